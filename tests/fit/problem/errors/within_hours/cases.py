"""Problems with rows of minutes to hours, and what they are at a draw."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro import handlers

from windup.datasets import WITHIN_HOURS, Trials, packaged_trials
from windup.fit.design.subset import only
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.errors.within_hours.density import AtEnrolment
from windup.fit.problem.errors.within_hours.rows import HoursRows
from windup.fit.problem.model import at_enrolment, draw_patients, evaluate
from windup.fit.problem.problem import Problem, completed

STUDIES = ("fuchsbuder1997", "icu_pk2018", "noppers2011", "sibai1989")
"""All with rows within hours, and one of magnesium over weeks."""


@cache
def trials_with(*blocks: str) -> Trials:
    return only(packaged_trials(blocks=blocks), STUDIES)


@cache
def problem_with(model: str = "turnover", *blocks: str) -> Problem:
    return build_problem(trials_with(*(blocks or (WITHIN_HOURS,))), model_named(model))


def rows_of(problem: Problem) -> HoursRows:
    assert problem.hours is not None
    return problem.hours


@cache
def at_draw(model: str, seed: int = 0) -> tuple[HoursRows, dict[str, Any], AtEnrolment]:
    """Rows, parameters of the observation model, and patients at one draw from the prior."""
    problem = problem_with(model)

    def drawn(key: jax.Array) -> tuple[Any, ...]:
        _, draw, people = handlers.seed(draw_patients, key)(problem)
        point = evaluate(problem, draw, people)
        at = at_enrolment(problem, point, people)
        return completed(problem, draw), at.values, at.state, at.drive, at.drug_spread

    draw, *patients = jax.jit(drawn)(jax.random.key(seed))
    return rows_of(problem), draw, AtEnrolment(problem.model, *patients)


def in_order(rows: HoursRows, order: np.ndarray) -> HoursRows:
    """The same rows in another order."""
    by_arm = ("magnesium", "swallowed", "ketamine")
    changed: dict[str, Any] = {}
    for name, value in rows._asdict().items():
        if name not in by_arm:
            changed[name] = tuple(value[i] for i in order) if isinstance(value, tuple) else value[order]
    return rows._replace(**changed)


def with_doses(rows: HoursRows, factor: float) -> HoursRows:
    """The same rows after other doses of ketamine."""
    given = tuple(dose._replace(amount=factor * dose.amount) for dose in rows.ketamine)
    return rows._replace(ketamine=given)


def plain(value: Any) -> float:
    return float(jnp.asarray(value))
