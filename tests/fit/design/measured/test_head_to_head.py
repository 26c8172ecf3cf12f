"""Claims about what a trial measured of one treatment against another, each number worked out by hand."""

import math
from typing import Any

import pytest

from windup.fit.design.measured.head_to_head import head_to_head

from .test_trial_effects import only, pair, trials

SNRI = {"arm_id": "snri", "drug": "snri"}


def other(estimate: float, **more: Any) -> dict[str, Any]:
    return {"arm_id": "snri", "kind": "change", "estimate": estimate, **more}


def test_two_drugs_of_one_trial_are_compared_whatever_its_placebo_arm_did() -> None:
    rows = [*pair("change", -2.0, -1.0, standard_error=0.3), other(-2.5, standard_error=0.4)]
    found = only(head_to_head(trials(rows, SNRI)))
    assert (found["drug"], found["other"]) == ("pregabalin", "snri")
    assert found["difference"] == pytest.approx(0.5)
    assert found["standard_error"] == pytest.approx(0.5)


def test_printed_contrast_counts_from_either_side() -> None:
    row = {"kind": "contrast", "estimate": -0.4, "standard_error": 0.2}
    one = {**row, "arm_id": "drug", "reference_arm": "snri"}
    reverse = {**row, "arm_id": "snri", "reference_arm": "drug", "estimate": 0.4}
    for each in (one, reverse):
        found = only(head_to_head(trials([each], SNRI)))
        assert (found["difference"], found["standard_error"]) == (pytest.approx(-0.4), 0.2)
        assert found["read_from"] == "contrast"


def test_what_both_arms_get_cancels() -> None:
    both = [{"arm_id": arm, "drug": "nsaid"} for arm in ("drug", "snri")]
    found = only(head_to_head(trials([*pair("change", -2.0, -1.0), other(-2.5)], SNRI, *both)))
    assert (found["drug"], found["other"]) == ("pregabalin", "snri")
    assert math.isnan(found["standard_error"])


def test_drug_added_to_another_is_no_comparison_of_two() -> None:
    both = [{"arm_id": "snri", "drug": "pregabalin"}]
    assert head_to_head(trials([*pair("change", -2.0, -1.0), other(-2.5)], SNRI, *both)).empty


def test_visit_on_both_treatments_nearest_to_week_12_is_taken() -> None:
    rows = [
        each
        for week, difference in ((4.0, 0.1), (8.0, 0.2), (20.0, 0.9))
        for each in (*pair("change", -2.0, -1.0, time_weeks=week), other(-2.0 - difference, time_weeks=week))
    ]
    # Both courses end in week 8.
    found = only(head_to_head(trials(rows, SNRI)))
    assert (found["week"], found["difference"]) == (8.0, pytest.approx(0.2))
