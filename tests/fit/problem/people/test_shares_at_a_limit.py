"""Claims about shares of people at a limit after an operation: whose reports they are of."""

from __future__ import annotations

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from windup.fit import Settings
from windup.fit.problem.build import problem_of
from windup.fit.problem.people.levels import score_above

from .operated import course_at, operated_trial, trials_with, with_shares

STAYS = 0.2


def test_share_of_one_patient_is_of_those_whose_cause_stays_and_of_those_whose_cause_is_away(
    tmp_path: Path,
) -> None:
    tables = operated_trial()
    dosing = [{**each, "share_treated": ""} for each in tables["dosing.csv"]]
    later = {**dosing[0], "arm_id": "waiting", "start_week": "12", "end_week": "12", "share_treated": "0.25"}
    tables = with_shares({**tables, "dosing.csv": [*dosing, later]}, "3")
    problem = problem_of(trials_with(tmp_path, tables), Settings.from_preset(model="time_course"))
    values = {each.name: jnp.asarray(each.location) for each in problem.model.parameters()}
    draw = {"enrolment_by_study": jnp.zeros(1)}
    levels = course_at(problem, draw, values, float(np.log(STAYS / (1.0 - STAYS)))).levels
    assert levels is not None
    # Without a loop the central share of the pain is what is left at once.
    first, central = 10.0 * float(expit(0.4)), float(problem.design.central_share[0])
    for number, gone in enumerate((0.8, 0.25 * 0.8)):
        parts = {
            round(float(pain), 6): float(weight)
            for weight, pain in zip(levels.weight[number], levels.pain[number], strict=True)
            if weight > 0.0
        }
        assert parts == pytest.approx({round(first, 6): 1.0 - gone, round(central * first, 6): gone})
    whole = levels._replace(sd=jnp.full(levels.pain.shape, 1.9))
    mean = jnp.sum(levels.weight * levels.pain, axis=1)
    score, _ = score_above(whole, mean, jnp.full(2, 3.0))
    expected = 0.2 * norm.sf(3.0, first, 1.9) + 0.8 * norm.sf(3.0, central * first, 1.9)
    assert norm.cdf(float(score[0])) == pytest.approx(expected)
