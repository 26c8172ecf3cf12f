"""Claims about what is made of solved regimens: flags, responders, half-times."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from windup.datasets import Regimen, packaged_catalogue
from windup.fit.analyses.prediction.basis import basis_of
from windup.fit.analyses.prediction.courses import RegimenCourse
from windup.fit.analyses.prediction.new_study import mean_study, new_study, responder_share
from windup.fit.analyses.prediction.tables import half_gone_weeks
from windup.fit.design.arrays import LARGEST_KEPT_SHARE
from windup.fit.problem.errors.mixture import Mixture

_OF_STUDIES = {
    "placebo_per_baseline_point": 0.0,
    "placebo_time": 14.0,
    "placebo_spread": 0.6,
    "natural_course": 0.4,
    "natural_time": 90.0,
    "natural_spread": 0.5,
    "offset_spread": 0.4,
    "drug_spread": 0.3,
    # No study is odd.
    "wide_weight": 0.0,
}


def regimen() -> Regimen:
    phase = {"drug": "pregabalin", "dose": 300.0, "unit": "mg/day", "start_week": 0.0, "end_week": 12.0}
    kind = "painful_diabetic_neuropathy"
    return Regimen.model_validate(
        {"name": "one", "condition": kind, "weeks_reported": [12.0], "phase": [phase]}
    )


def course(pain: np.ndarray, weeks: tuple[float, ...] = (0.0, 12.0)) -> RegimenCourse:
    none = np.full_like(pain, 6.5)
    return RegimenCourse(np.array(weeks), pain, none, none, none, {}, np.zeros((len(pain), 0)))


def draws_around(centre: float, width: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(centre, width, 400)


def test_difference_that_repeats_its_prior_is_prior_driven_and_one_that_moved_is_not() -> None:
    prior, moved = draws_around(0.0, 1.0, 0), draws_around(-1.0, 0.2, 1)
    assert basis_of(prior, prior, ()).basis == "prior-driven"
    assert basis_of(moved, prior, ()).basis == "interpolation"
    assert basis_of(moved, prior, ("combination unseen",)).basis == "extrapolation"
    assert basis_of(moved, prior, ("no used trial of nac",)).basis == "prior-driven"


def test_responders_are_those_of_a_normal_distribution_with_the_placebo_course() -> None:
    draws: Any = {
        "placebo_response": np.full((1, 6), 1.2),
        "placebo_per_baseline_point": np.zeros(1),
        "placebo_time": np.array([14.0]),
        "natural_course": np.array([0.4]),
        "natural_time": np.array([90.0]),
        "individual_spread": np.array([2.2]),
    }
    each = course(np.array([[6.5, 5.5]]))
    one = regimen()
    study = mean_study(one, draws, packaged_catalogue())
    share = responder_share(each, one, draws, study, LARGEST_KEPT_SHARE["responder_50"], treated=True)
    pain = 5.5 - 1.2 * (1.0 - np.exp(-84.0 / 14.0)) - 0.4 * (1.0 - np.exp(-84.0 / 90.0))
    assert share[0, 0] == pytest.approx(NormalDist(0.0, 2.2).cdf(-(pain - 0.5 * 6.5)))


def test_half_time_of_an_exponential_wash_out_is_found_between_weeks() -> None:
    weeks = tuple(np.arange(21.0))
    benefit = np.where(np.array(weeks) <= 12.0, 1.0, 0.5 ** ((np.array(weeks) - 12.0) / 3.0))
    lasting = np.ones(21)
    found = half_gone_weeks(course(6.5 - np.stack([benefit, lasting, 0.0 * lasting]), weeks), 12.0)
    assert found[0] == pytest.approx(3.0, abs=1e-9)
    assert np.isinf(found[1])
    assert np.isnan(found[2])


def test_a_new_study_deviates_in_its_placebo_response_and_in_its_natural_course() -> None:
    count = 40_000
    draws: Any = {name: np.full(count, value) for name, value in _OF_STUDIES.items()}
    draws |= {"placebo_response": np.full((count, 7), 1.2), "drug_spread_by_drug": np.zeros((count, 0))}
    one = regimen()
    found = new_study(np.random.default_rng(0), one, draws, (), packaged_catalogue(), Mixture())
    onset, drift = (1.0 - np.exp(-84.0 / days) for days in (14.0, 90.0))
    week = one.reported.index(12.0)
    assert found.placebo[:, week].mean() == pytest.approx(1.2 * onset + 0.4 * drift, abs=0.02)
    assert found.placebo[:, week].std() == pytest.approx(np.hypot(0.6 * onset, 0.5 * drift), rel=0.02)
