"""Claims about workbooks: what Excel shows is what is read; what it hides is named."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from windup.datasets import Fault, load_trials

from ..tiny import faults_of, tiny_tables
from .formats import FORMATS


def saved_with(folder: Path, change: Callable[[Any], None]) -> Path:
    """The tiny tables in one workbook, its sheet of observations changed."""
    FORMATS["one workbook"](folder, tiny_tables())
    book = openpyxl.load_workbook(folder / "trials.xlsx")
    change(book["Observations"])
    book.save(folder / "trials.xlsx")
    return folder


def column_of(sheet: Any, name: str) -> str:
    (cell,) = (cell for cell in sheet[1] if cell.value == name)
    return str(cell.column_letter)


def put(name: str, row: int, value: object, form: str = "General") -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        cell = sheet[f"{column_of(sheet, name)}{row}"]
        cell.value, cell.number_format = value, form

    return change


def found(folder: Path, change: Callable[[Any], None]) -> tuple[Fault, ...]:
    return faults_of(saved_with(folder, change))


def test_fault_names_the_workbook_its_sheet_and_the_row_that_excel_shows(tmp_path: Path) -> None:
    (fault,) = found(tmp_path, put("n", 3, "many"))
    assert str(fault).startswith(
        "trials.xlsx, sheet observations, row 3, column 'n': 'many' is not a number."
    )


def test_merged_cells_are_named(tmp_path: Path) -> None:
    faults = found(tmp_path, lambda sheet: sheet.merge_cells("B2:B3"))
    assert (2, "study_id", "The cells B2:B3 are merged.") in {(f.row, f.column, f.found) for f in faults}


def test_formula_without_a_stored_value_is_named(tmp_path: Path) -> None:
    faults = found(tmp_path, put("value", 2, "=2+2"))
    assert (2, "value", "The formula has no stored value.") in {(f.row, f.column, f.found) for f in faults}


@pytest.mark.parametrize("name", ["arm_id", "value"])
def test_date_that_excel_made_of_a_number_or_a_name_is_named(tmp_path: Path, name: str) -> None:
    faults = found(tmp_path, put(name, 2, datetime.date(2015, 5, 1), "yyyy-mm-dd"))
    assert any(f.column == name and f.found.startswith("The cell holds a date or time") for f in faults)


def test_error_of_a_formula_is_named(tmp_path: Path) -> None:
    faults = found(tmp_path, put("value", 2, "#DIV/0!"))
    assert (2, "value", "The cell holds the error #DIV/0!.") in {(f.row, f.column, f.found) for f in faults}


def test_text_that_may_mean_thousands_is_named(tmp_path: Path) -> None:
    (fault,) = found(tmp_path, put("n", 2, "1.234"))
    assert (fault.row, fault.found) == (2, "'1.234' is text, and may mean thousands or decimals.")


def test_cell_that_shows_percent_is_read_as_it_is_shown(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        for name, value in (("outcome", "responder_50"), ("scale", "percent"), ("sd", None)):
            put(name, 2, value)(sheet)
        put("value", 2, 0.45, "0.0%")(sheet)

    assert load_trials(saved_with(tmp_path, change)).observations["value"][0] == 45.0


def test_number_in_a_column_of_names_has_no_decimals(tmp_path: Path) -> None:
    assert load_trials(saved_with(tmp_path, put("row_id", 2, 17.0))).observations["row_id"][0] == "17"


def test_sheet_that_is_missing_is_named(tmp_path: Path) -> None:
    FORMATS["one workbook"](tmp_path, tiny_tables())
    book = openpyxl.load_workbook(tmp_path / "trials.xlsx")
    del book["Dosing"]
    book.save(tmp_path / "trials.xlsx")
    (fault,) = faults_of(tmp_path)
    assert "no sheet named 'dosing'" in fault.found


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1", b"study_id,condition\n"]
)
def test_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    FORMATS["three workbooks"](tmp_path, tiny_tables())
    (tmp_path / "studies.xlsx").write_bytes(content)
    assert {(fault.file, fault.row) for fault in faults_of(tmp_path)} == {("studies.xlsx, sheet studies", 0)}


def test_workbook_named_csv_is_named(tmp_path: Path) -> None:
    FORMATS["three workbooks"](tmp_path, tiny_tables())
    (tmp_path / "studies.xlsx").rename(tmp_path / "studies.csv")
    (fault,) = faults_of(tmp_path)
    assert fault.found == "It is a workbook, not CSV text."
