from __future__ import annotations

from pathlib import Path

import pytest

from ..tiny import cell, faults_of, places, tiny_tables, write_tables

STUDIES, DOSING, OBSERVATIONS = "studies.csv", "dosing.csv", "observations.csv"

ONE_CELL = [
    pytest.param(OBSERVATIONS, 2, "value", "four", id="value is not a number"),
    pytest.param(OBSERVATIONS, 2, "value", "nan", id="value is not finite"),
    pytest.param(OBSERVATIONS, 3, "n", "12.5", id="n is not whole"),
    pytest.param(OBSERVATIONS, 3, "n", "0", id="n below one"),
    pytest.param(OBSERVATIONS, 2, "value", "11", id="pain above ten"),
    pytest.param(OBSERVATIONS, 2, "value", "-1", id="pain below zero"),
    pytest.param(OBSERVATIONS, 5, "value", "0.3", id="serum magnesium below 0.2 mmol/L"),
    pytest.param(OBSERVATIONS, 5, "value", "13", id="serum magnesium above 5 mmol/L"),
    pytest.param(OBSERVATIONS, 2, "sd", "0", id="SD of zero"),
    pytest.param(OBSERVATIONS, 2, "se", "-0.1", id="negative SE"),
    pytest.param(OBSERVATIONS, 2, "outcome", "pain_intensty", id="unknown outcome"),
    pytest.param(OBSERVATIONS, 2, "scale", "NRS", id="unknown scale"),
    pytest.param(OBSERVATIONS, 2, "used", "perhaps", id="neither yes nor no"),
    pytest.param(OBSERVATIONS, 2, "flags", "locf;lcf", id="unknown flag"),
    pytest.param(OBSERVATIONS, 2, "reason", "no n", id="used with a reason"),
    pytest.param(OBSERVATIONS, 6, "reason", "dunno", id="unknown reason"),
    pytest.param(OBSERVATIONS, 6, "reason", "overlaps delta", id="overlap with an unknown study"),
    pytest.param(OBSERVATIONS, 2, "study_id", "alfa", id="unknown study"),
    pytest.param(OBSERVATIONS, 2, "arm_id", "drugs", id="unknown arm"),
    pytest.param(OBSERVATIONS, 4, "reference_arm", "control", id="unknown reference arm"),
    pytest.param(OBSERVATIONS, 4, "reference_arm", "", id="contrast without a reference arm"),
    pytest.param(OBSERVATIONS, 4, "reference_arm", "drug", id="contrast of an arm with itself"),
    pytest.param(OBSERVATIONS, 2, "reference_arm", "placebo", id="mean with a reference arm"),
    pytest.param(OBSERVATIONS, 4, "value", "1", id="value outside its interval"),
    pytest.param(OBSERVATIONS, 4, "low", "", id="one limit missing"),
    pytest.param(OBSERVATIONS, 4, "low", "-0.1", id="limits in the wrong order"),
    pytest.param(OBSERVATIONS, 4, "interval", "", id="limits of no stated kind"),
    pytest.param(OBSERVATIONS, 2, "time_weeks", "", id="used without a time"),
    pytest.param(DOSING, 2, "dose_per_administration", "-150", id="negative dose"),
    pytest.param(DOSING, 2, "dose_per_administration", "10-40", id="dose as text"),
    pytest.param(DOSING, 2, "drug", "pregabaline", id="unknown drug"),
    pytest.param(DOSING, 2, "dose_unit", "mgs", id="unknown unit"),
    pytest.param(DOSING, 2, "route", "mouth", id="unknown route"),
    pytest.param(DOSING, 2, "end_week", "-1", id="phase ends before it starts"),
    pytest.param(DOSING, 2, "start_week", "", id="phase without a start"),
    pytest.param(DOSING, 3, "study_id", "omega", id="arm of an unknown study"),
    pytest.param(STUDIES, 2, "condition", "fibromyalgie", id="unknown condition"),
    pytest.param(STUDIES, 2, "design", "rct", id="unknown design"),
    pytest.param(STUDIES, 3, "overlaps", "alfa", id="overlap with an unknown study in studies"),
    pytest.param(STUDIES, 3, "crossover", "perhaps", id="crossover neither yes nor no"),
    pytest.param(DOSING, 2, "role", "controls", id="unknown role"),
]


def test_the_tiny_folder_has_no_fault(tmp_path: Path) -> None:
    assert faults_of(write_tables(tmp_path, tiny_tables())) == ()


@pytest.mark.parametrize(("name", "line", "column", "text"), ONE_CELL)
def test_a_spoilt_cell_is_reported_at_its_file_row_and_column(
    tmp_path: Path, name: str, line: int, column: str, text: str
) -> None:
    tables = tiny_tables()
    cell(name, line, column, text)(tables)
    assert (name, line, column) in places(faults_of(write_tables(tmp_path, tables)))


@pytest.mark.parametrize(("name", "line", "column", "text"), ONE_CELL)
def test_a_spoilt_cell_blames_no_other_row_of_its_table(
    tmp_path: Path, name: str, line: int, column: str, text: str
) -> None:
    tables = tiny_tables()
    cell(name, line, column, text)(tables)
    here = {place for place in places(faults_of(write_tables(tmp_path, tables))) if place[0] == name}
    assert {row for _, row, _ in here} == {line}


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    tables = tiny_tables()
    wanted = {
        (STUDIES, 2, "design"),
        (DOSING, 2, "dose_unit"),
        (OBSERVATIONS, 2, "value"),
        (OBSERVATIONS, 3, "n"),
        (OBSERVATIONS, 4, "low"),
    }
    for name, line, column in wanted:
        cell(name, line, column, {"value": "four", "n": "0", "low": "-0.1"}.get(column, "nonsense"))(tables)
    assert places(faults_of(write_tables(tmp_path, tables))) == wanted


def test_a_misspelt_word_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(DOSING, 2, "drug", "pregabaline")(tables)
    (fault,) = faults_of(write_tables(tmp_path, tables))
    assert fault.remedy.startswith("Did you mean 'pregabalin'")


def test_a_misspelt_arm_is_answered_with_the_nearest_arm_of_its_study(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(OBSERVATIONS, 3, "arm_id", "placbo")(tables)
    (fault,) = faults_of(write_tables(tmp_path, tables))
    assert fault.remedy == "Did you mean 'placebo'?"


def test_a_used_row_may_take_n_from_its_arm(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(OBSERVATIONS, 2, "n", "")(tables)
    assert faults_of(write_tables(tmp_path, tables)) == ()


def test_a_used_row_without_any_n_is_a_fault(tmp_path: Path) -> None:
    tables = tiny_tables()
    cell(OBSERVATIONS, 2, "n", "")(tables)
    cell(DOSING, 2, "n_randomised", "")(tables)
    assert places(faults_of(write_tables(tmp_path, tables))) == {(OBSERVATIONS, 2, "n")}
