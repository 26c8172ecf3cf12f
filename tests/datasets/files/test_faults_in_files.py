from __future__ import annotations

from pathlib import Path

import pytest

from windup.datasets import DataFaults, load_trials

from ..tiny import faults_of, places, tiny_tables, write_tables

OBSERVATIONS = "observations.csv"


def test_a_missing_file_is_a_fault_of_the_whole_file(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    (tmp_path / OBSERVATIONS).unlink()
    assert places(faults_of(tmp_path)) == {(OBSERVATIONS, 0, "")}


def test_every_missing_file_is_reported_at_once(tmp_path: Path) -> None:
    assert [fault.file for fault in faults_of(tmp_path)] == ["dosing.csv", OBSERVATIONS, "studies.csv"]


def test_a_file_that_is_a_folder_cannot_be_read(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    (tmp_path / OBSERVATIONS).unlink()
    (tmp_path / OBSERVATIONS).mkdir()
    assert places(faults_of(tmp_path)) == {(OBSERVATIONS, 0, "")}


def test_an_empty_file_is_a_fault_of_the_whole_file(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    (tmp_path / OBSERVATIONS).write_text("\n", encoding="utf-8")
    assert places(faults_of(tmp_path)) == {(OBSERVATIONS, 0, "")}


def test_utf_8_with_a_damaged_character_is_reported_at_its_line(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS][3]["location"] = "Tabelle für Männer"
    write_tables(tmp_path, tables)
    content = (tmp_path / OBSERVATIONS).read_bytes().replace(b"Table 1", b"Tabl\xe9 1", 1)
    (tmp_path / OBSERVATIONS).write_bytes(content)
    assert places(faults_of(tmp_path)) == {(OBSERVATIONS, 2, "")}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    content = (tmp_path / OBSERVATIONS).read_bytes()
    (tmp_path / OBSERVATIONS).write_bytes(b"\xef\xbb\xbf" + content)
    assert faults_of(tmp_path) == ()


def test_a_missing_required_column_is_reported_in_the_header(tmp_path: Path) -> None:
    tables = tiny_tables()
    for row in tables[OBSERVATIONS]:
        del row["value"]
    assert places(faults_of(write_tables(tmp_path, tables))) == {(OBSERVATIONS, 1, "value")}


def test_an_unknown_column_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    tables = tiny_tables()
    for row in tables[OBSERVATIONS]:
        row["locaton"] = row.pop("location")
    faults = {fault.column: fault.remedy for fault in faults_of(write_tables(tmp_path, tables))}
    assert faults["locaton"] == "Did you mean 'location'?"


def test_optional_columns_may_be_missing(tmp_path: Path) -> None:
    tables = tiny_tables()
    for row in tables[OBSERVATIONS]:
        del row["flags"]
    assert load_trials(write_tables(tmp_path, tables)).observations["flags"].tolist() == [""] * 5


def test_a_row_with_a_cell_too_many_is_reported(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    lines = (tmp_path / OBSERVATIONS).read_text(encoding="utf-8").splitlines()
    lines[3] += ",stray"
    (tmp_path / OBSERVATIONS).write_text("\n".join(lines), encoding="utf-8")
    assert places(faults_of(tmp_path)) == {(OBSERVATIONS, 4, "")}


def test_rows_after_a_cell_of_two_lines_keep_the_line_an_editor_shows(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS][0]["how"] = "reported\nin two lines"
    tables[OBSERVATIONS][1]["n"] = "0"
    assert places(faults_of(write_tables(tmp_path, tables))) == {(OBSERVATIONS, 4, "n")}


def test_an_open_quotation_mark_is_reported(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    with (tmp_path / OBSERVATIONS).open("a", encoding="utf-8") as handle:
        handle.write('"open,')
    assert {fault.file for fault in faults_of(tmp_path)} == {OBSERVATIONS}


def test_the_message_names_file_row_and_column_of_every_fault(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS][0]["n"] = "0"
    with pytest.raises(DataFaults, match=r"1 error in the data.*\n.*observations.csv, row 2, column 'n'"):
        load_trials(write_tables(tmp_path, tables))
