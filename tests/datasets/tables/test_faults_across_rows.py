from __future__ import annotations

from pathlib import Path

from ..tiny import Tables, cell, faults_of, places, tiny_tables, write_tables

STUDIES, DOSING, OBSERVATIONS = "studies.csv", "dosing.csv", "observations.csv"


def _spoilt(tmp_path: Path, tables: Tables) -> set[tuple[str, int, str]]:
    return places(faults_of(write_tables(tmp_path, tables)))


def test_two_rows_of_one_name_are_both_reported(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(OBSERVATIONS, 3, "row_id", "a1")(tables)
    assert _spoilt(tmp_path, tables) == {(OBSERVATIONS, 2, "row_id"), (OBSERVATIONS, 3, "row_id")}


def test_a_study_described_twice_is_reported(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[STUDIES].append(dict(tables[STUDIES][0]))
    assert (STUDIES, 5, "study_id") in _spoilt(tmp_path, tables)


def test_overlapping_phases_of_one_drug_are_reported_at_the_later_phase(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[DOSING].append(tables[DOSING][0] | {"start_week": "7.5", "end_week": "9"})
    assert _spoilt(tmp_path, tables) == {(DOSING, 7, "start_week")}


def test_phases_that_follow_each_other_are_no_fault(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[DOSING].append(tables[DOSING][0] | {"start_week": "8", "end_week": "9"})
    assert _spoilt(tmp_path, tables) == set()


def test_a_single_administration_may_start_and_end_at_once(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[DOSING][0] |= {"end_week": "0", "administrations_per_day": ""}
    assert _spoilt(tmp_path, tables) == set()


def test_a_phase_of_no_length_has_no_rate(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(DOSING, 2, "end_week", "0")(tables)
    assert _spoilt(tmp_path, tables) == {(DOSING, 2, "administrations_per_day")}


def test_a_used_arm_may_not_receive_a_treatment_outside_the_cascade(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(DOSING, 2, "drug", "other")(tables)
    assert _spoilt(tmp_path, tables) == {(OBSERVATIONS, 2, "arm_id")}


def test_used_pain_needs_a_chronic_condition(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(STUDIES, 2, "condition", "migraine")(tables)
    assert _spoilt(tmp_path, tables) == {(OBSERVATIONS, 2, "used"), (OBSERVATIONS, 3, "used")}


def test_used_magnesium_needs_no_chronic_condition(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(STUDIES, 4, "condition", "other")(tables)
    assert _spoilt(tmp_path, tables) == set()


def test_a_used_change_beside_its_used_mean_is_a_fault(tmp_path: Path) -> None:
    tables = tiny_tables()
    change = tables[OBSERVATIONS][0] | {"row_id": "a3", "outcome": "pain_intensity_change", "value": "-2"}
    tables[OBSERVATIONS].append(change)
    assert _spoilt(tmp_path, tables) == {(OBSERVATIONS, 7, "used")}


def test_a_used_contrast_beside_its_used_arm_is_a_fault(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS].append(tables[OBSERVATIONS][0] | {"row_id": "b2", "study_id": "beta"})
    assert _spoilt(tmp_path, tables) == {(OBSERVATIONS, 7, "used")}


def test_used_responders_may_stand_beside_the_mean(tmp_path: Path) -> None:
    tables = tiny_tables()
    share = {"row_id": "a3", "outcome": "responder_50", "scale": "percent", "value": "30", "sd": ""}
    tables[OBSERVATIONS].append(tables[OBSERVATIONS][0] | share)
    assert _spoilt(tmp_path, tables) == set()


def test_a_share_above_one_hundred_percent_is_a_fault(tmp_path: Path) -> None:
    tables = tiny_tables()
    share = {"row_id": "a3", "outcome": "responder_50", "scale": "percent", "value": "130", "sd": ""}
    tables[OBSERVATIONS].append(tables[OBSERVATIONS][0] | share)
    assert _spoilt(tmp_path, tables) == {(OBSERVATIONS, 7, "value")}


def test_used_rows_of_two_studies_with_the_same_patients_are_a_fault(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(STUDIES, 3, "overlaps", "alpha")(tables)
    assert _spoilt(tmp_path, tables) == {(STUDIES, 3, "overlaps")}


def test_a_used_row_needs_a_scale_that_converts(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(OBSERVATIONS, 2, "scale", "TSS")(tables)
    assert _spoilt(tmp_path, tables) == {(OBSERVATIONS, 2, "outcome")}
