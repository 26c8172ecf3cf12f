"""Claims about tables as people have them: whatever program saved them, they are the same tables."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windup.datasets import Trials, load_trials

from ..tiny import Tables, faults_of, places, tiny_tables, write_tables
from .formats import FORMATS, Save, csv_text

OBSERVATIONS = "observations.csv"


def accented_tables() -> Tables:
    """The tiny tables with letters beyond ASCII in names, and numbers with decimals."""
    tables = tiny_tables()
    for rows in tables.values():
        for row in rows:
            row["study_id"] = row["study_id"].replace("alpha", "Ähre 2015")
    tables[OBSERVATIONS][0] |= {"value": "4.25", "how": "für Männer, gelesen"}
    return tables


def assert_equal(one: Trials, other: Trials) -> None:
    for name in ("studies", "dosing", "observations"):
        # Where a row stands in its file is the one thing that the format may change.
        tables = [getattr(trials, name).drop(columns="line") for trials in (one, other)]
        pd.testing.assert_frame_equal(*tables)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    return load_trials(write_tables(tmp_path_factory.mktemp("plain"), accented_tables()))


@pytest.mark.parametrize("save", FORMATS.values(), ids=FORMATS.keys())
def test_tables_are_the_same_whatever_saved_them(tmp_path: Path, plain: Trials, save: Save) -> None:
    save(tmp_path, accented_tables())
    assert_equal(load_trials(tmp_path), plain)


@pytest.mark.parametrize("save", FORMATS.values(), ids=FORMATS.keys())
def test_files_that_a_run_keeps_are_read_as_the_same_trials(tmp_path: Path, save: Save) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "run").mkdir()
    save(tmp_path / "mine", accented_tables())
    first = load_trials(tmp_path / "mine")
    for name, content in first.files.items():
        (tmp_path / "run" / name).write_bytes(content)
    again = load_trials(tmp_path / "run")
    assert again.sha256 == first.sha256
    assert_equal(again, first)


@settings(max_examples=20, derandomize=True, deadline=None)
@given(st.data())
def test_order_of_rows_and_columns_means_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    tables = {}
    for name, rows in accented_tables().items():
        columns = data.draw(st.permutations(list(rows[0])))
        tables[name] = [
            {column: row[column] for column in columns} for row in data.draw(st.permutations(rows))
        ]
    found = load_trials(write_tables(tmp_path_factory.mktemp("permuted"), tables))
    wanted = load_trials(write_tables(tmp_path_factory.mktemp("plain"), accented_tables()))
    keys = {"studies": ["study_id"], "dosing": ["study_id", "arm_id"], "observations": ["row_id"]}
    for name, key in keys.items():
        ordered = [
            getattr(trials, name).drop(columns="line", errors="ignore").sort_values(key, ignore_index=True)
            for trials in (found, wanted)
        ]
        pd.testing.assert_frame_equal(*ordered)


def test_one_workbook_is_one_file_of_a_run_and_its_hash_that_of_its_bytes(tmp_path: Path) -> None:
    FORMATS["one workbook"](tmp_path, accented_tables())
    trials = load_trials(tmp_path)
    assert list(trials.files) == ["trials.xlsx"]
    assert trials.sha256 == hashlib.sha256((tmp_path / "trials.xlsx").read_bytes()).hexdigest()
    assert_equal(load_trials(tmp_path / "trials.xlsx"), trials)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Windows-1252", "studies.csv: The text is not Unicode and was read as Windows-1252"),
        ("CR alone in Mac OS Roman", "studies.csv: The text is not Unicode and was read as Mac OS Roman"),
        ("tabs in UTF-16", "studies.csv: Columns are separated by tabs"),
        ("semicolons and decimal commas", "observations.csv: Numbers have decimal commas"),
        ("R", "dosing.csv: The column without a name holds row numbers and was left out"),
        ("trailing empty columns", "dosing.csv: Empty columns without a name were left out"),
    ],
)
def test_what_was_assumed_of_a_file_is_noted(tmp_path: Path, name: str, said: str) -> None:
    FORMATS[name](tmp_path, accented_tables())
    assert [note for note in load_trials(tmp_path).notes if note.startswith(said)]


def test_plain_files_need_no_note(plain: Trials) -> None:
    assert plain.notes == ()


def test_decimal_comma_between_commas_is_refused_where_it_shifts_the_row(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    text = (tmp_path / OBSERVATIONS).read_text(encoding="utf-8").replace("NRS_0_10,4,2", "NRS_0_10,4,5,2", 1)
    (tmp_path / OBSERVATIONS).write_text(text, encoding="utf-8")
    assert places(faults_of(tmp_path)) == {(OBSERVATIONS, 2, "")}


def test_row_longer_than_its_header_is_refused_even_where_its_last_cells_are_empty(tmp_path: Path) -> None:
    rows = [{**row, "doi": ""} for row in tiny_tables()["studies.csv"]]
    header, *lines = csv_text(rows).splitlines()
    text = "\n".join([header, *(f"{line}," for line in lines)])
    (write_tables(tmp_path, tiny_tables()) / "studies.csv").write_text(text)
    assert {(row, column) for _, row, column in places(faults_of(tmp_path))} == {(2, ""), (3, ""), (4, "")}


def test_column_without_a_name_that_holds_something_is_named(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS] = [{**row, "": "seen"} for row in tables[OBSERVATIONS]]
    (fault,) = faults_of(write_tables(tmp_path, tables))
    assert (fault.row, fault.found) == (1, "Column 21 has cells but no name.")


def test_quotation_mark_after_a_backslash_is_part_of_the_cell(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    text = (tmp_path / "studies.csv").read_text(encoding="utf-8").replace("A 2000", r'"A, \"the second\""', 1)
    (tmp_path / "studies.csv").write_text(text, encoding="utf-8")
    assert load_trials(tmp_path).studies["citation"][0] == 'A, "the second"'


def test_table_in_two_files_is_refused(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    (tmp_path / "studies.tsv").write_text("study_id\n")
    (fault,) = faults_of(tmp_path)
    assert fault.found == "The table stands in studies.csv and in studies.tsv."


def test_file_of_another_program_is_named(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    (tmp_path / "studies.csv").rename(tmp_path / "studies.ods")
    (fault,) = faults_of(tmp_path)
    assert str(fault) == "studies.csv: studies.ods is of a kind that is not read. Save it as .xlsx or as CSV."


def test_workbook_beside_complete_files_is_noted_and_not_read(tmp_path: Path) -> None:
    FORMATS["one workbook"](tmp_path, tiny_tables())
    write_tables(tmp_path, tiny_tables())
    assert load_trials(tmp_path).notes == ("trials.xlsx was not read.",)


def test_first_line_without_any_known_name_is_one_fault(tmp_path: Path) -> None:
    write_tables(tmp_path, tiny_tables())
    text = "Studies,of,my,review,,,,\n" + (tmp_path / "studies.csv").read_text(encoding="utf-8")
    (tmp_path / "studies.csv").write_text(text, encoding="utf-8")
    (fault,) = faults_of(tmp_path)
    assert fault.found == "No column of this table stands in the first line, which begins 'Studies'."


def test_row_of_totals_is_named_once(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS].append(
        {**dict.fromkeys(tables[OBSERVATIONS][0], ""), "row_id": "Total:", "n": "180"}
    )
    (fault,) = faults_of(write_tables(tmp_path, tables))
    assert (fault.row, fault.found) == (7, "The row begins 'Total:' and looks like a sum of others.")
