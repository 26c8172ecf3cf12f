"""Claims about estimates next to the trials of their own treatment."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.fit.design.measured.trial_effects import COLUMNS
from windup.fit.diagnostics.own_trials import EXPECTED, OWN_TRIALS, own_contrasts, own_trials
from windup.fit.diagnostics.pooling import random_effects


def contrast(study: str, difference: float, error: float, **changes: Any) -> dict[str, Any]:
    return {
        "study": study,
        "citation": "A 2000",
        "condition": "fibromyalgia",
        "drug": "pregabalin",
        "arm": "active",
        "control": "placebo",
        "placebo_controlled": True,
        "week": 12.0,
        "difference": difference,
        "standard_error": error,
        "n": 200.0,
        "n_control": 100.0,
        "read_from": "change",
        "on_treatment": True,
        **changes,
    }


def tree_of(contrasts: list[dict[str, Any]], expected: np.ndarray) -> xr.DataTree:
    table = pd.DataFrame(contrasts, columns=list(COLUMNS)).rename_axis("contrast")
    dataset = xr.Dataset.from_dataframe(table)
    dataset[EXPECTED] = (("sample", "contrast"), expected)
    return xr.DataTree.from_dict({OWN_TRIALS: dataset})


def row_of(contrasts: list[dict[str, Any]], expected: np.ndarray) -> dict[str, Any]:
    (row,) = own_trials(tree_of(contrasts, expected)).to_dict("records")
    return {str(key): value for key, value in row.items()}


def test_departure_of_a_single_trial_counts_in_its_standard_error() -> None:
    row = row_of([contrast("a", -1.0, 0.2)], np.array([[-0.5], [-0.1]]))
    assert (row["pooled"], row["median"]) == pytest.approx((-1.0, -0.3))
    assert row["z"] == pytest.approx(0.7 / 0.2)
    assert row["departs"]


def test_estimate_is_weighted_as_its_trials_are() -> None:
    errors = np.array([0.2, 0.5])
    row = row_of([contrast("a", -1.0, 0.2), contrast("b", -0.8, 0.5)], np.array([[-1.1, 0.3]] * 3))
    weights = random_effects(np.array([-1.0, -0.8]), errors).weights
    assert row["median"] == pytest.approx(weights @ [-1.1, 0.3])
    assert row["trials"] == 2
    assert row["patients"] == 400


def test_agreement_is_not_flagged() -> None:
    row = row_of([contrast("a", -1.0, 0.2), contrast("b", -1.2, 0.2)], np.array([[-1.0, -1.2]] * 3))
    assert row["z"] == pytest.approx(0.0, abs=1e-12)
    assert not row["departs"]


def test_arms_of_one_trial_count_once_with_the_control_arm_they_share() -> None:
    arms = [contrast("a", -1.0, 0.3, arm="low"), contrast("a", -2.0, 0.3, arm="high")]
    row = row_of(arms, np.array([[-1.0, -2.0]] * 2))
    assert row["trials"] == 1
    assert row["pooled"] == -1.5
    # Of two arms of 100 and one control arm of 100: s^2 (1 + 1/2) / 2.
    assert row["pooled_standard_error"] == pytest.approx(0.3 * math.sqrt(0.75))
    assert row["patients"] == 300


def test_trial_without_a_standard_error_is_counted_and_not_pooled() -> None:
    row = row_of([contrast("a", -1.0, 0.2), contrast("b", 4.0, math.nan)], np.array([[-1.0, 4.0]] * 2))
    assert (row["trials"], row["without_error"], row["pooled"]) == (1, 1, -1.0)
    alone = row_of([contrast("b", 4.0, math.nan)], np.array([[4.0]] * 2))
    assert (alone["trials"], alone["without_error"]) == (0, 1)
    assert math.isnan(alone["z"])
    assert not alone["departs"]


def test_draw_that_could_not_be_solved_is_left_out() -> None:
    row = row_of([contrast("a", -1.0, 0.2)], np.array([[-0.5], [math.nan], [-0.5]]))
    assert row["median"] == -0.5


def test_largest_departure_stands_first_and_unknown_ones_last() -> None:
    contrasts = [
        contrast("a", -1.0, math.nan, drug="pea"),
        contrast("b", -1.0, 0.2, drug="nsaid"),
        contrast("c", -1.0, 0.2, drug="opioid"),
    ]
    table = own_trials(tree_of(contrasts, np.array([[-1.0, -0.9, 0.0]] * 2)))
    assert table["drug"].tolist() == ["opioid", "nsaid", "pea"]


def test_contrasts_hold_what_the_draws_expect_of_each() -> None:
    found = own_contrasts(tree_of([contrast("a", -1.0, 0.2)], np.array([[-0.4], [-0.6]])))
    assert found["study"].tolist() == ["a"]
    assert found["median"].tolist() == [-0.5]


def test_run_that_lacks_the_group_has_no_rows() -> None:
    assert own_trials(xr.DataTree()).empty
    assert own_contrasts(xr.DataTree()).empty
