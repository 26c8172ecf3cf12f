"""Every arm that a question allows, in every draw: expected changes in pain, and what they are about."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.special import expit
from scipy.stats import norm

from windup.datasets import CandidateArm, DesignQuestion
from windup.fit.analyses.prediction.courses import mechanism_of
from windup.fit.analyses.prediction.new_study import drug_spread, mean_study, onset
from windup.fit.analyses.trial_design.expected import Expected
from windup.fit.analyses.virtual_trials.patients import baseline_grid
from windup.fit.design.doses import DAYS_PER_WEEK, ArmDoses
from windup.fit.design.hypothetical_arms import NO_DRUG, Arms, doses_of, patient_in
from windup.fit.execution.batches import over_draws
from windup.fit.execution.progress import Progress
from windup.fit.problem.problem import Draw, values_of
from windup.fit.runs.fitted_run import FittedRun
from windup.models import loop_gains


class Told(NamedTuple):
    """What one question means in the draws of one run.

    Attributes
    ----------
    expected
        What a trial would print, of the draws that could be solved.
    effect
        Difference of the arm ``of`` from the first in the mean study in ``week``, points; empty without.
    gain
        Total loop gain.
    """

    expected: Expected
    effect: Float[np.ndarray, " draws"]
    gain: Float[np.ndarray, " draws"]


def told_by(
    generator: np.random.Generator,
    run: FittedRun,
    questions: tuple[DesignQuestion, ...],
    draws: Draw,
    progress: Progress,
) -> tuple[Told, ...]:
    """Every question in the draws of one run.

    Parameters
    ----------
    generator
        Random numbers, for shares whose cause stays and spreads of drugs that were not fitted.
    run
        The run.
    questions
        Whose arms are solved together.
    draws
        Parameters, draws in front.
    progress
        Called with the progress of the phase ``solve``.
    """
    catalogue, problem = run.trials.catalogue, run.problem
    stay, gone = Arms(catalogue.dose_columns), Arms(catalogue.dose_columns)
    places = [_places(stay, gone, question, run) for question in questions]
    removes = any(arm.procedure for question in questions for arm in question.arm)
    of_stay, of_gone = stay.schedule(), gone.schedule() if removes else None

    def program(draw: Draw) -> dict[str, Any]:
        values = values_of(problem, draw)
        pain = {False: stay.solve(problem.model, of_stay, values).pain}
        if of_gone is not None:
            pain[True] = gone.solve(problem.model, of_gone, values, cause=False).pain
        return {"pain": pain, "gain": jnp.asarray(loop_gains(problem.model, values)[1])}

    (solved,) = over_draws(program, mechanism_of(run, (draws,)), "solve", progress)
    return tuple(
        _told(generator, run, question, place, solved, draws)
        for question, place in zip(questions, places, strict=True)
    )


class _Places(NamedTuple):
    """Of each arm among the solved visits, ``(nodes, weeks)``; whether its cause is away."""

    visits: tuple[np.ndarray, ...]
    gone: tuple[bool, ...]


def _places(stay: Arms, gone: Arms, question: DesignQuestion, run: FittedRun) -> _Places:
    catalogue = run.trials.catalogue
    found = []
    for arm in question.arm:
        of = stay if arm.procedure is None else gone
        doses = _doses(question, arm, run)
        found.append(
            np.array(
                [
                    of.visits(
                        patient_in(question.condition, pain, question.magnesium_intake, catalogue),
                        doses,
                        question.regimen(arm).reported,
                    )
                    for pain in baseline_grid(question).tolist()
                ]
            )
        )
    return _Places(tuple(found), tuple(arm.procedure is not None for arm in question.arm))


def _doses(question: DesignQuestion, arm: CandidateArm, run: FittedRun) -> ArmDoses:
    return doses_of(question.regimen(arm), run.trials.catalogue) if arm.phase else NO_DRUG


def _told(
    generator: np.random.Generator,
    run: FittedRun,
    question: DesignQuestion,
    places: _Places,
    solved: dict[str, Any],
    draws: Draw,
) -> Told:
    grid = baseline_grid(question)
    weight = norm.pdf(grid, question.pain, question.pain_sd)
    weight /= weight.sum()
    change = np.stack(
        [
            np.einsum("n,dnw->dw", weight, solved["pain"][gone][:, place] - grid[None, :, None])
            for place, gone in zip(places.visits, places.gone, strict=True)
        ],
        axis=1,
    )
    for number, arm in enumerate(question.arm):
        if arm.procedure is not None:
            change[:, number] *= 1.0 - _stays(generator, run, arm.procedure, draws, len(change))[:, None]
    usable = np.isfinite(change).all(axis=(1, 2))
    change, chosen = change[usable], {name: value[usable] for name, value in draws.items()}
    weeks = question.regimen(question.arm[0]).reported
    visits = [weeks.index(week) for week in question.visits]
    effect = np.zeros(0)
    if question.week is not None:
        of = [arm.name for arm in question.arm].index(str(question.of))
        at = weeks.index(question.week)
        effect = change[:, of, at] - change[:, 0, at]
    placebo = mean_study(question.regimen(question.arm[0]), chosen, run.trials.catalogue).placebo
    variance = np.asarray(chosen["individual_spread"]) ** 2
    return Told(
        Expected(
            mean=(change - placebo[:, None, :])[:, :, visits],
            study=_between_studies(generator, run, question, chosen),
            variance=float(variance.mean()),
            shared=float(np.mean(np.asarray(chosen["visit_correlation"]) * variance)),
            stays=np.array(
                [(1.0 - question.dropout(arm)) ** np.array(question.visits) for arm in question.arm]
            ),
        ),
        effect,
        np.asarray(solved["gain"])[usable],
    )


def _stays(
    generator: np.random.Generator, run: FittedRun, procedure: str, draws: Draw, count: int
) -> Float[np.ndarray, " draws"]:
    """Share of people whose cause stays: of the fit where it has such arms, else of the prior."""
    fitted = run.problem.design.removal.procedures
    if procedure in fitted and "cause_stays" in draws:
        log_odds = np.asarray(draws["cause_stays"])[:, fitted.index(procedure)]
    else:
        row = run.trials.catalogue.procedure_by_name[procedure]
        log_odds = row.log_odds + row.log_odds_sd * generator.standard_normal(count)
    share: np.ndarray = expit(log_odds)
    return share


def _between_studies(
    generator: np.random.Generator, run: FittedRun, question: DesignQuestion, draws: Draw
) -> Float[np.ndarray, "cells cells"]:
    """Mean over draws of the covariance of a new study; its shift of all visits is not in a change."""
    regimens = [question.regimen(arm) for arm in question.arm]
    weeks = regimens[0].reported
    at = [weeks.index(week) for week in question.visits]
    cells = len(regimens) * len(at)
    count = len(np.asarray(draws["individual_spread"]))
    square = run.problem.errors.new_study_scale(generator, draws, count) ** 2
    total = np.zeros((cells, cells))

    def add(effect: Float[np.ndarray, "draws cells"]) -> None:
        total[:] += np.einsum("d,da,db->ab", square, effect, effect) / count

    for course in ("placebo", "natural"):
        share = onset(regimens[0], np.asarray(draws[f"{course}_time"]))[:, at]
        spread = np.asarray(draws[f"{course}_spread"])
        add(np.tile(spread[:, None] * share, (1, len(regimens))))
    arms = [_doses(question, arm, run) for arm in question.arm]
    days = [DAYS_PER_WEEK * week for week in question.visits]
    for drug in dict.fromkeys(itertools.chain.from_iterable(doses.drugs for doses in arms)):
        load = np.array([_load(doses, drug, day) for doses in arms for day in days])
        spread = drug_spread(generator, drug, draws, run.problem.drugs)
        add(spread[:, None] * load[None, :])
    return total


def _load(doses: ArmDoses, drug: str, day: float) -> float:
    if drug not in doses.drugs:
        return 0.0
    return float(doses.drug_load(doses.drugs, day, len(doses.drugs))[doses.drugs.index(drug)])
