"""Claims about what a trial measured, each number worked out by hand."""

import math
from typing import Any

import pandas as pd
import pytest

from windup.datasets import Trials, packaged_catalogue, packaged_trials
from windup.fit.design.measured.trial_effects import nearest, trial_effects

STUDY = {"citation": "A 2000", "condition": "fibromyalgia", "withdrawal": False, "design": "parallel_rct"}


def trials(rows: list[dict[str, Any]], *dosing: dict[str, Any], **study: Any) -> Trials:
    """One study with an arm on pregabalin and one on placebo, 8 weeks each, unless told otherwise."""
    arms = [
        {"arm_id": "drug", "drug": "pregabalin"},
        {"arm_id": "placebo", "drug": "placebo"},
        *dosing,
    ]
    given = {"study_id": "a", "n_randomised": 50.0, "start_week": 0.0, "end_week": 8.0}
    row = {
        "study_id": "a",
        "arm_id": "drug",
        "reference_arm": "",
        "time_weeks": 8.0,
        "kind": "mean",
        "standard_error": math.nan,
        "n": 40.0,
        "used": True,
        "blocks": "",
    }
    return Trials(
        pd.DataFrame([{"study_id": "a", **STUDY, **study}]),
        pd.DataFrame([given | arm for arm in arms]),
        pd.DataFrame([row | each for each in rows]),
        packaged_catalogue(),
        "",
    )


def pair(kind: str, drug: float, placebo: float, **more: Any) -> list[dict[str, Any]]:
    both = {"kind": kind, **more}
    return [{"estimate": drug, **both}, {"arm_id": "placebo", "estimate": placebo, **both}]


def only(found: pd.DataFrame) -> Any:
    assert len(found) == 1
    return found.iloc[0]


def test_difference_of_changes_has_the_root_of_the_sum_of_squared_errors() -> None:
    row = only(trial_effects(trials(pair("change", -2.0, -1.2, standard_error=0.3))))
    assert (row["difference"], row["read_from"]) == (pytest.approx(-0.8), "change")
    assert row["standard_error"] == pytest.approx(math.sqrt(0.3**2 + 0.3**2))
    assert (row["drug"], row["control"], row["n"]) == ("pregabalin", "placebo", 80.0)


def test_means_are_taken_from_their_own_baselines_with_half_their_errors_shared() -> None:
    base = pair("mean", 6.8, 6.2, time_weeks=0.0, standard_error=0.4)
    row = only(trial_effects(trials([*base, *pair("mean", 4.8, 5.0, standard_error=0.3)])))
    # (4.8 - 6.8) - (5.0 - 6.2), and for each arm 0.3² + 0.4² - 2 · 0.5 · 0.3 · 0.4 = 0.13.
    assert (row["difference"], row["read_from"]) == (pytest.approx(-0.8), "mean")
    assert row["standard_error"] == pytest.approx(math.sqrt(0.26))


def test_printed_contrast_goes_before_everything_else() -> None:
    contrast = {"kind": "contrast", "reference_arm": "placebo", "estimate": -0.7, "standard_error": 0.25}
    row = only(trial_effects(trials([*pair("change", -2.0, -1.2), contrast])))
    assert (row["difference"], row["standard_error"]) == (-0.7, 0.25)
    assert row["read_from"] == "contrast"


def test_percent_changes_are_of_the_arms_baselines_or_of_six_and_a_half() -> None:
    percent = pair("percent_change", -30.0, -20.0)
    base = pair("mean", 7.0, 6.0, time_weeks=0.0)
    row = only(trial_effects(trials([*base, *percent])))
    assert (row["difference"], row["read_from"]) == (pytest.approx(-2.1 + 1.2), "percent_change")
    row = only(trial_effects(trials(percent)))
    assert (row["difference"], row["read_from"]) == (pytest.approx(-0.65), "percent_change of 6.5")


def test_means_without_baselines_are_compared_as_they_are() -> None:
    row = only(trial_effects(trials(pair("mean", 4.5, 5.0, standard_error=0.3))))
    assert (row["difference"], row["read_from"]) == (pytest.approx(-0.5), "final mean")
    assert row["standard_error"] == pytest.approx(math.sqrt(0.18))


def test_error_that_an_arm_does_not_report_is_not_invented() -> None:
    rows = pair("change", -2.0, -1.2, standard_error=0.3)
    rows[1]["standard_error"] = math.nan
    assert math.isnan(only(trial_effects(trials(rows)))["standard_error"])


def test_rows_that_the_fit_does_not_include_are_no_trial_effect() -> None:
    assert trial_effects(trials(pair("change", -2.0, -1.2, used=False))).empty


def test_withdrawal_and_people_without_chronic_pain_are_left_out() -> None:
    rows = pair("change", -2.0, -1.2)
    assert trial_effects(trials(rows, withdrawal=True)).empty
    assert trial_effects(trials(rows, condition="migraine")).empty


def test_combination_is_compared_with_the_arm_that_shares_most_of_its_drugs() -> None:
    both = [
        {"arm_id": "both", "drug": "pregabalin"},
        {"arm_id": "both", "drug": "opioid"},
    ]
    rows = [*pair("change", -2.0, -1.2), {"arm_id": "both", "kind": "change", "estimate": -2.6}]
    found = trial_effects(trials(rows, *both)).set_index("arm")
    assert found.loc["both", ["drug", "control"]].tolist() == ["opioid", "drug"]
    assert found.loc["both", "difference"] == pytest.approx(-0.6)
    assert not found.loc["both", "placebo_controlled"]


def test_arm_with_two_equal_controls_is_left_out() -> None:
    rows = [*pair("change", -2.0, -1.2), {"arm_id": "other", "kind": "change", "estimate": -0.9}]
    assert trial_effects(trials(rows, {"arm_id": "other", "drug": "placebo"})).empty


def test_visit_nearest_a_week_is_one_on_treatment_where_there_is_one() -> None:
    rows = [row for week in (4.0, 8.0, 12.0) for row in pair("change", -week, 0.0, time_weeks=week)]
    found = trial_effects(trials(rows))
    assert found["on_treatment"].tolist() == [True, True, False]
    assert only(nearest(found, 12.0))["week"] == 8.0
    assert only(nearest(found[found["week"] == 12.0], 12.0))["week"] == 12.0


def test_packaged_trials_give_what_their_tables_print() -> None:
    found = trial_effects(packaged_trials()).set_index(["study", "arm"])
    # 3.9 - 6.4 on gabapentin and 5.1 - 6.5 on placebo (Backonja 1998).
    assert found.loc[("backonja1998", "gabapentin_3600"), "difference"] == pytest.approx(-1.1)
    assert set(found["condition"]) <= set(packaged_trials().studies["condition"])
