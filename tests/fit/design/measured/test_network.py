"""Claims about the contrasts of a network of trials, each number worked out by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from windup.datasets import Trials
from windup.fit.design.measured.network import (
    NOT_RANDOMISED,
    NOTHING,
    PLACEBO,
    WITHOUT_ERROR,
    network_contrasts,
)

from .test_trial_effects import only, pair, trials


def one(rows: list[dict[str, Any]], *dosing: dict[str, Any]) -> Any:
    return only(network_contrasts(trials(rows, *dosing)).table)


def test_treatment_is_read_against_placebo_at_the_visit_nearest_to_the_week() -> None:
    rows = [
        *pair("change", -1.0, -1.0, time_weeks=2.0, standard_error=0.3),
        *pair("change", -2.0, -1.2, standard_error=0.3),
    ]
    row = one(rows)
    assert (row["treatment"], row["base"], row["week"]) == ("pregabalin", PLACEBO, 8.0)
    assert row["difference"] == pytest.approx(-0.8)
    assert row["standard_error"] == pytest.approx(math.sqrt(0.18))
    assert row["n"] == 100.0
    early = only(network_contrasts(trials(rows), week=3.0).table)
    assert early["difference"] == pytest.approx(0.0)


def test_doses_of_one_treatment_are_averaged_with_errors_that_correlate_by_one_half() -> None:
    contrast = {"kind": "contrast", "reference_arm": "placebo", "standard_error": 0.4}
    high = {"arm_id": "high", "drug": "pregabalin"}
    rows = [{**contrast, "estimate": -1.0}, {**contrast, "estimate": -0.4, "arm_id": "high"}]
    rows.append({"arm_id": "placebo", "kind": "change", "estimate": -1.0})
    row = one(rows, high)
    assert (row["arms"], row["base_arm"]) == ("drug, high", "placebo")
    assert row["difference"] == pytest.approx(-0.7)
    assert row["standard_error"] == pytest.approx(0.4 * math.sqrt(0.75))


def test_what_all_arms_get_is_no_treatment_and_an_arm_without_more_has_nothing() -> None:
    both = [{"arm_id": arm, "drug": "nsaid"} for arm in ("drug", "waiting")]
    rows = [
        {"kind": "change", "estimate": -2.0, "standard_error": 0.3},
        {"kind": "change", "estimate": -1.5, "standard_error": 0.3, "arm_id": "waiting"},
    ]
    row = one(rows, *both)
    assert (row["treatment"], row["base"]) == ("pregabalin", NOTHING)


def test_study_without_a_standard_error_is_named() -> None:
    found = network_contrasts(trials(pair("change", -2.0, -1.2)))
    assert found.table.empty
    assert found.left_out == {"a": WITHOUT_ERROR}


def test_error_on_request_is_that_of_a_trial_of_this_size() -> None:
    # The SD that the first study implies: 0.4 / sqrt(1 / 50 + 1 / 50) = 2.
    contrast = {"kind": "contrast", "reference_arm": "placebo", "estimate": -1.0, "standard_error": 0.4}
    known = trials([contrast, {"arm_id": "placebo", "kind": "change", "estimate": -1.0}])
    small = trials(pair("change", -2.0, -1.2), study_id="b")
    both = Trials(
        pd.concat([known.studies, small.studies.assign(study_id="b")]),
        pd.concat([known.dosing, small.dosing.assign(study_id="b", n_randomised=8.0)]),
        pd.concat([known.observations, small.observations.assign(study_id="b")]),
        known.catalogue,
        "",
    )
    found = network_contrasts(both, impute_errors=True)
    assert found.left_out == {}
    row = found.table.set_index("study").loc["b"]
    assert bool(row["imputed"])
    assert row["standard_error"] == pytest.approx(2.0 * math.sqrt(1.0 / 8.0 + 1.0 / 8.0))
    assert not bool(found.table.set_index("study").loc["a", "imputed"])


def test_study_that_was_not_randomised_is_named() -> None:
    found = network_contrasts(trials(pair("change", -2.0, -1.2, standard_error=0.3), design="cohort"))
    assert found.table.empty
    assert found.left_out == {"a": NOT_RANDOMISED}


def test_contrasts_of_one_study_share_the_error_of_their_base() -> None:
    snri = {"arm_id": "snri", "drug": "snri"}
    rows = pair("change", -2.0, -1.2, standard_error=0.3)
    rows.append({"arm_id": "snri", "kind": "change", "estimate": -2.5, "standard_error": 0.4})
    found = network_contrasts(trials(rows, snri))
    first, second = found.table["standard_error"]
    expected = [[first**2, 0.5 * first * second], [0.5 * first * second, second**2]]
    np.testing.assert_allclose(found.covariance("a"), expected)


def test_only_pairs_of_treatments_count() -> None:
    def found(rows: list[dict[str, Any]]) -> Trials:
        return trials([{**each, "used": each.get("arm_id") != "placebo"} for each in rows])

    contrasts = network_contrasts(found(pair("change", -2.0, -1.2, standard_error=0.3)))
    assert contrasts.table.empty
    assert contrasts.left_out == {}
