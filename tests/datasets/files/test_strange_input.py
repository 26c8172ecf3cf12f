"""Claims about input that nobody writes on purpose: each was an error of the program, or a hidden one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from windup.datasets import Fault, RegimenFaults, load_regimens, load_trial_plans

from ..tiny import cell, faults_of, places, tiny_tables, write_tables

OBSERVATIONS = "observations.csv"
REGIMEN = """
[[regimen]]
name = "a"
condition = "fibromyalgia"
[[regimen.phase]]
drug = "pregabalin"
dose = 300
unit = "mg/day"
start_week = 0
end_week = 12
"""


def spoilt(folder: Path, name: str, line: int, column: str, text: str) -> tuple[Fault, ...]:
    tables = tiny_tables()
    cell(name, line, column, text)(tables)
    return faults_of(write_tables(folder, tables))


def regimen_faults(folder: Path, text: str | bytes) -> list[tuple[str, str]]:
    path = folder / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RegimenFaults) as raised:
        load_regimens(path)
    return [(fault.key, fault.found) for fault in raised.value.faults]


@pytest.mark.parametrize("text", ["many", "nan", "inf", "1e999"])
def test_what_is_no_number_in_a_column_of_whole_numbers_is_one_fault(tmp_path: Path, text: str) -> None:
    assert places(spoilt(tmp_path, OBSERVATIONS, 2, "n", text)) == {(OBSERVATIONS, 2, "n")}


@pytest.mark.parametrize("text", ["1_0", "٤", "0x4", "4,0", "+-4", "4."])
def test_only_plain_numbers_are_numbers(tmp_path: Path, text: str) -> None:
    wanted = set() if text == "4." else {(OBSERVATIONS, 2, "value")}
    assert places(spoilt(tmp_path, OBSERVATIONS, 2, "value", text)) == wanted


@pytest.mark.parametrize(
    ("column", "text"),
    [("time_weeks", "1e300"), ("sd", "1e308"), ("sd", "1e-320"), ("se", "0"), ("n", "1e300")],
)
def test_numbers_that_no_trial_can_have_are_refused(tmp_path: Path, column: str, text: str) -> None:
    assert places(spoilt(tmp_path, OBSERVATIONS, 2, column, text)) == {(OBSERVATIONS, 2, column)}


def test_dose_that_nobody_can_take_is_refused(tmp_path: Path) -> None:
    found = spoilt(tmp_path, "dosing.csv", 2, "dose_per_administration", "1e308")
    assert places(found) == {("dosing.csv", 2, "dose_per_administration")}


def test_interval_of_a_used_row_has_a_length(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS][2] |= {"low": "-1", "high": "-1"}
    assert places(faults_of(write_tables(tmp_path, tables))) == {(OBSERVATIONS, 4, "high")}


def test_control_characters_of_a_cell_do_not_reach_the_terminal(tmp_path: Path) -> None:
    found = spoilt(tmp_path, "studies.csv", 2, "condition", "\x1b[2J\u202ered")
    assert "'\\x1b[2J\\u202ered' is not allowed." in {fault.found for fault in found}


def test_long_cell_is_shown_by_its_ends(tmp_path: Path) -> None:
    (fault,) = spoilt(tmp_path, OBSERVATIONS, 2, "value", "x" * 50_000)
    assert len(fault.found) <= 800
    assert fault.found.startswith("'xxx")
    assert fault.found.endswith("xxx' is not a number.")


def test_study_that_is_not_described_is_not_answered_with_all_that_are(tmp_path: Path) -> None:
    (fault,) = spoilt(tmp_path, "studies.csv", 2, "overlaps", "zzzz")
    assert fault.remedy == "Correct the name, or describe it in studies.csv."


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    assert len(faults_of(tmp_path / "mine")) == 3


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    (tmp_path / OBSERVATIONS).unlink()
    os.mkfifo(tmp_path / OBSERVATIONS)
    assert places(faults_of(tmp_path)) == {(OBSERVATIONS, 0, "")}


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "{a=" * 5000])
def test_brackets_without_end_are_a_fault(tmp_path: Path, text: str) -> None:
    ((key, found),) = regimen_faults(tmp_path, text)
    assert (key, found) == ("", "Its brackets are nested too deeply.")


@pytest.mark.parametrize("key", ["dose", "name", "start_week"])
def test_number_of_thousands_of_digits_is_a_fault(tmp_path: Path, key: str) -> None:
    lines = [
        f"{key} = 0x{'f' * 5000}" if line.startswith(f"{key} =") else line for line in REGIMEN.splitlines()
    ]
    ((place, found),) = regimen_faults(tmp_path, "\n".join(lines))
    assert place.endswith(key)
    assert found == "A number of more than 300 digits stands there."


def test_decimal_number_of_thousands_of_digits_is_a_fault(tmp_path: Path) -> None:
    assert len(regimen_faults(tmp_path, f"a = {'9' * 5000}")) == 1


def test_byte_order_mark_of_a_toml_file_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f"\ufeff{REGIMEN}", encoding="utf-8")
    assert len(load_regimens(tmp_path / "mine.toml")) == 1


def test_toml_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    assert regimen_faults(tmp_path, REGIMEN.replace('"a"', '"é"').encode("latin-1")) == [
        ("row 3", "The text is not UTF-8.")
    ]


@pytest.mark.parametrize(
    ("key", "value"), [("weeks", "1e300"), ("end_week", "1e300"), ("dose", "1e308"), ("start_week", "nan")]
)
def test_numbers_that_no_regimen_can_have_are_refused(tmp_path: Path, key: str, value: str) -> None:
    text = REGIMEN.replace("[[regimen.phase]]", "weeks = 12\n[[regimen.phase]]")
    lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in text.splitlines()]
    assert [place.split(", ")[-1] for place, _ in regimen_faults(tmp_path, "\n".join(lines))] == [key]


@pytest.mark.parametrize("key", ["route", "administrations_per_day"])
def test_wrong_value_is_one_fault_and_nothing_that_follows_from_it(tmp_path: Path, key: str) -> None:
    text = REGIMEN.replace('unit = "mg/day"', f'unit = "mg"\n{key} = -1')
    if key == "route":
        text += "administrations_per_day = 2\n"
    assert [place for place, _ in regimen_faults(tmp_path, text)] == [f"phase 1, {key}"]


def test_entry_of_a_list_is_named_by_its_number(tmp_path: Path) -> None:
    text = REGIMEN.replace("[[regimen.phase]]", 'weeks_reported = [4, "a"]\n[[regimen.phase]]')
    assert regimen_faults(tmp_path, text) == [("weeks_reported 2", "'a' stands there.")]


def test_two_tables_without_a_name_do_not_have_the_same(tmp_path: Path) -> None:
    text = (REGIMEN + REGIMEN).replace('name = "a"\n', "")
    assert regimen_faults(tmp_path, text) == [("name", "The key is missing.")] * 2


def test_plan_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RegimenFaults, match="It is a folder"):
        load_trial_plans(tmp_path)
