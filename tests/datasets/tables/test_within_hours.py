"""Claims about rows of minutes to hours: which a table may use, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from windup.datasets import BLOCKS, DEFAULT_BLOCKS, WITHIN_HOURS, check_counts, load_trials, packaged_trials

from ..tiny import Tables, faults_of, tiny_tables, write_tables

HOURS = str(round(3.0 / 168.0, 6))
LEVEL = {
    "row_id": "h1", "study_id": "gamma", "arm_id": "drip", "time_weeks": HOURS, "outcome": "serum_mg",
    "scale": "mmol_per_L", "value": "1.2", "sd": "0.1", "n": "20", "flags": "iv_course;within_hours",
}  # fmt: skip
DRIP = {
    "study_id": "gamma", "arm_id": "drip", "drug": "magnesium", "substance": "magnesium sulfate",
    "dose_per_administration": "4", "dose_unit": "g", "administrations_per_day": "", "start_week": "0",
    "end_week": "0", "route": "iv",
}  # fmt: skip

LONG_AGO = {"start_week": "-4", "end_week": "1", "administrations_per_day": "1"}


def tables_with(row: dict[str, str] | None = None, dose: dict[str, str] | None = None) -> Tables:
    tables = tiny_tables()
    tables["dosing.csv"].append({**tables["dosing.csv"][0], **DRIP, **(dose or {})})
    tables["observations.csv"].append({**tables["observations.csv"][0], **LEVEL, **(row or {})})
    return tables


def loaded(folder: Path, tables: Tables, *blocks: str):  # type: ignore[no-untyped-def]
    rows = load_trials(write_tables(folder, tables), blocks=blocks).observations
    return rows.set_index("row_id").loc["h1"]


def test_the_block_is_off_by_default() -> None:
    assert WITHIN_HOURS in BLOCKS
    assert WITHIN_HOURS not in DEFAULT_BLOCKS


def test_sixteen_packaged_rows_of_three_studies_need_the_block() -> None:
    trials = packaged_trials(blocks=tuple(BLOCKS))
    by_study = trials.of_hours["study_id"].value_counts().to_dict()
    assert by_study == {"fuchsbuder1997": 8, "icu_pk2018": 4, "noppers2011": 4}
    counts = check_counts(trials)["by_block"]
    assert isinstance(counts, dict)
    assert counts[WITHIN_HOURS] == 16


def test_without_the_block_they_are_left_out_as_minute_scale_and_nothing_else_changes() -> None:
    on, off = packaged_trials(blocks=(*DEFAULT_BLOCKS, WITHIN_HOURS)), packaged_trials()
    waiting = off.observations[off.observations["reason"] == BLOCKS[WITHIN_HOURS].reason]
    assert set(waiting["row_id"]) == set(on.of_hours["row_id"])
    assert set(waiting["reason"]) == {"acute or minute-scale"}
    assert on.of_courses["row_id"].tolist() == off.of_courses["row_id"].tolist()
    assert off.of_hours.empty


def test_no_row_keeps_the_reason_of_the_block_without_needing_it() -> None:
    rows = packaged_trials(blocks=tuple(BLOCKS)).observations
    assert not (rows["reason"] == "acute or minute-scale").any()


def test_a_level_after_an_infusion_is_taken_by_the_block_alone(tmp_path: Path) -> None:
    left_open = tables_with({"used": "", "reason": ""})
    assert loaded(tmp_path, left_open, WITHIN_HOURS)["used"]
    row = loaded(tmp_path, left_open)
    assert (bool(row["used"]), row["reason"]) == (False, "acute or minute-scale")


@pytest.mark.parametrize(
    ("row", "dose", "column", "found"),
    [
        pytest.param({"time_weeks": ""}, {}, "time_weeks", "no time", id="no time"),
        pytest.param({"time_weeks": "2"}, {}, "time_weeks", "more than a day", id="two weeks"),
        pytest.param({}, {"route": "im"}, "arm_id", "'magnesium' by the route 'im'", id="route"),
        pytest.param({}, {"drug": "gabapentin"}, "arm_id", "no kinetics within hours", id="drug"),
        pytest.param({}, {"dose_per_administration": ""}, "arm_id", "dose of 'magnesium'", id="dose"),
        pytest.param({}, LONG_AGO, "arm_id", "began 4 weeks before", id="weeks before"),
        pytest.param({"outcome": "serum_mg_change"}, {}, "outcome", "not read within hours", id="kind"),
        pytest.param(
            {"outcome": "pain_intensity", "scale": "NRS_0_10", "value": "4"}, {"drug": "placebo"},
            "flags", "no used pain on the scale of weeks", id="pain without a course",
        ),
    ],
)  # fmt: skip
def test_a_used_row_that_the_block_cannot_read_is_a_fault(
    tmp_path: Path, row: dict[str, str], dose: dict[str, str], column: str, found: str
) -> None:
    faults = faults_of(write_tables(tmp_path, tables_with(row, dose)))
    assert any(fault.column == column and found in fault.found for fault in faults), faults


def test_all_that_is_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    tables = tables_with({"outcome": "serum_mg_change", "time_weeks": "2"}, {"route": "im"})
    columns = {fault.column for fault in faults_of(write_tables(tmp_path, tables))}
    assert {"outcome", "time_weeks", "arm_id"} <= columns


@pytest.mark.parametrize("change", [{"time_weeks": "2"}, {"outcome": "serum_mg_change"}])
def test_a_row_that_windup_decides_and_the_block_cannot_read_says_why(
    tmp_path: Path, change: dict[str, str]
) -> None:
    row = loaded(tmp_path, tables_with({"used": "", **change}), WITHIN_HOURS)
    assert (bool(row["used"]), row["reason"]) == (False, "acute or minute-scale")
    assert row["why"] != ""
