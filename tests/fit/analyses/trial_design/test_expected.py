"""Claims about designs and what they print: costs, counts, and errors of simulated patients."""

import itertools
from typing import Any

import numpy as np
import pytest

from windup.datasets import LEAST_PATIENTS, DesignQuestion
from windup.fit.analyses.trial_design.candidates import TrialDesign, designs_within
from windup.fit.analyses.trial_design.expected import Expected

from .questions import question


def test_designs_are_all_choices_of_arms_visits_and_allocation() -> None:
    asked = question(weeks=[2.0, 4.0, 12.0], most_visits=2, most_arms=2, allocations=[1.0, 2.0], budget=300.0)
    found = {(each.arms, each.visits, each.patients) for each in designs_within(asked, 300.0)}
    visits = [*itertools.combinations(range(3), 1), *itertools.combinations(range(3), 2)]
    expected = set()
    for chosen in visits:
        for arms in ((0, 1), (0, 2)):
            expected |= {(arms, chosen, (150, 150)), (arms, chosen, (100, 200))}
        expected |= {((0, 1, 2), chosen, (100, 100, 100)), ((0, 1, 2), chosen, (60, 120, 120))}
    assert found == expected


def test_no_design_passes_the_budget_and_none_leaves_a_patient_for_every_arm_unpaid() -> None:
    costs: dict[str, Any] = {"patient_cost": 3.0, "visit_cost": 0.7, "week_cost": 0.11, "arm_cost": 40.0}
    asked = question(allocations=[0.5, 1.0, 3.0], most_arms=2, budget=900.0, **costs)
    designs = designs_within(asked, 900.0)
    assert designs
    for each in designs:
        weeks = [asked.visits[visit] for visit in each.visits]
        patient = 3.0 + 0.7 * (len(weeks) + 1) + 0.11 * weeks[-1]
        assert each.cost == pytest.approx(40.0 * len(each.arms) + patient * sum(each.patients))
        assert each.cost <= 900.0
        # Another round of the allocation is not paid for.
        round_of = each.cost + patient * (1.0 + max(each.patients[1:]) / each.patients[0]) * len(each.arms)
        assert round_of > 900.0


def test_arms_too_small_for_a_normal_error_are_no_design() -> None:
    asked = question(allocations=[1.0, 10.0], budget=100.0)
    smallest = min(min(each.patients) for each in designs_within(asked, 100.0))
    assert smallest >= LEAST_PATIENTS


def test_errors_of_the_means_are_those_of_simulated_patients() -> None:
    generator = np.random.default_rng(0)
    trials, patients, hazard, weeks = 4000, 60, 0.04, np.array([4.0, 12.0])
    variance, shared = 4.0, 2.4
    own = generator.normal(0.0, np.sqrt(variance - shared), (trials, patients, 2))
    reports = generator.normal(0.0, np.sqrt(shared), (trials, patients, 1)) + own
    left = generator.geometric(hazard, (trials, patients, 1)) - 1.0
    reports[np.broadcast_to(left < weeks, reports.shape)] = np.nan
    simulated = np.cov(np.nanmean(reports, axis=1).T)
    expected = Expected(
        np.zeros((1, 2, 2)), np.zeros((4, 4)), variance, shared, np.tile((1.0 - hazard) ** weeks, (2, 1))
    )
    found = expected.covariance(TrialDesign((0, 1), (0, 1), (patients, 2 * patients), 0.0))
    np.testing.assert_allclose(found[:2, :2], simulated, rtol=0.07)
    np.testing.assert_allclose(found[2:, 2:], simulated / 2.0, rtol=0.07)
    np.testing.assert_array_equal(found[:2, 2:], 0.0)


def test_what_is_printed_is_that_of_the_chosen_arms_and_visits() -> None:
    mean = np.arange(24.0).reshape(2, 3, 4)
    study = np.arange(144.0).reshape(12, 12)
    expected = Expected(mean, study, 1.0, 0.5, np.ones((3, 4)))
    design = TrialDesign((0, 2), (1, 3), (50, 50), 0.0)
    np.testing.assert_array_equal(expected.means(design), mean[:, [0, 0, 2, 2], [1, 3, 1, 3]])
    cells = [1, 3, 9, 11]
    np.testing.assert_array_equal(expected.between_studies(design), study[np.ix_(cells, cells)])
    assert isinstance(question(), DesignQuestion)
