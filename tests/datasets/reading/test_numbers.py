"""Claims about numbers as people write them: read as meant, or refused where they may mean two."""

from __future__ import annotations

from pathlib import Path

import pytest

from windup.datasets import load_trials
from windup.datasets.reading.numbers import NotANumber, decimal_mark, number

from ..files.formats import csv_text
from ..tiny import Tables, faults_of, tiny_tables, write_tables

OBSERVATIONS = "observations.csv"


@pytest.mark.parametrize(
    ("text", "mark", "wanted"),
    [
        ("\u22121.5", ".", -1.5),
        ("\u20131.5", ".", -1.5),
        ("\u20101.5", ".", -1.5),
        ("1 200", ".", 1200.0),
        ("1'200.5", ".", 1200.5),
        ("1’200", ",", 1200.0),
        ("1,200.5", ".", 1200.5),
        ("1,200,000", ".", 1_200_000.0),
        ("1.200,5", ",", 1200.5),
        ("1.200.000", ",", 1_200_000.0),
        ("1.234", ".", 1.234),
        ("1,234", ",", 1.234),
        ("0,125", ",", 0.125),
        ("2,5E-02", ",", 0.025),
        ("1e+05", ".", 100_000.0),
        ("45 %", ".", 45.0),
        ("12", "", 12.0),
        (".5", ".", 0.5),
    ],
)  # fmt: skip
def test_number_is_read_as_meant(text: str, mark: str, wanted: float) -> None:
    assert number(text, mark) == wanted


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1,234", "."),
        ("1.234", ","),
        ("1,234", ""),
        ("1.234", ""),
        ("1,5", "."),
        ("1.5", ","),
        ("12 34", "."),
        ("10-40", "."),
        ("10\u201340", "."),
        ("<0.001", "."),
        ("4.2*", "."),
        ("4.2 (1.1)", "."),
        ("1,2,3", "."),
        ("1.2.3", ","),
        ("1 2345", "."),
        ("1'23", "."),
        ("5 %%", "."),
        ("- 5", "."),
        ("--5", "."),
        ("5-", "."),
    ],
)  # fmt: skip
def test_what_is_no_number_or_may_be_two_is_refused(text: str, mark: str) -> None:
    with pytest.raises(NotANumber):
        number(text, mark)


def test_refusal_of_a_number_that_may_be_two_names_both() -> None:
    with pytest.raises(NotANumber, match=r"'1\.234' may mean 1234 or 1\.234") as raised:
        number("1.234", ",")
    assert raised.value.remedy == "Write 1234, or write the decimals so that they differ, e.g. 1,2340."


@pytest.mark.parametrize(
    ("cells", "separator", "mark"),
    [
        (["6,5", "4"], ";", ","),
        (["6.5", "4"], ";", "."),
        (["1,234", "4"], ";", ""),
        (["1.234", "6,5"], "\t", ","),
        (["6,5"], ",", "."),
        (["6,5"], "", "."),
        (["0,125"], ";", ","),
        (["6,5", "6.5"], ";", ""),
    ],
)  # fmt: skip
def test_decimal_mark_is_that_of_the_numbers_that_mean_one_thing(
    cells: list[str], separator: str, mark: str
) -> None:
    assert decimal_mark(cells, separator) == mark


def semicolons(folder: Path, tables: Tables) -> Path:
    for name, rows in tables.items():
        (folder / name).write_text(csv_text(rows, ";"), encoding="utf-8")
    return folder


def test_thousands_or_decimals_are_refused_beside_decimal_commas(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS][0] |= {"value": "4,5", "n": "1.234"}
    tables[OBSERVATIONS][2] |= {"low": "-1,8", "high": "-0,2"}
    tables[OBSERVATIONS][3] |= {"value": "2,1", "sd": "0,2"}
    (fault,) = faults_of(semicolons(tmp_path, tables))
    assert (fault.column, fault.found) == ("n", "'1.234' may mean 1234 or 1.234.")


def test_percent_sign_is_read_where_the_scale_is_percent(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS][0] |= {"outcome": "responder_50", "scale": "percent", "value": "45 %", "sd": ""}
    assert load_trials(write_tables(tmp_path, tables)).observations["estimate"][0] == 0.45


@pytest.mark.parametrize("column", ["value", "sd", "n"])
def test_percent_sign_on_another_scale_is_refused(tmp_path: Path, column: str) -> None:
    tables = tiny_tables()
    tables[OBSERVATIONS][0][column] = "4%"
    (fault,) = faults_of(write_tables(tmp_path, tables))
    assert (fault.row, fault.column) == (2, column)


@pytest.mark.parametrize("mark", ["NA", "N/A", "#N/A", "n.a.", ".", "-", "\u2013", "\u2014", "NR", "n.r."])
def test_mark_for_not_reported_is_an_empty_cell(tmp_path: Path, mark: str) -> None:
    tables = tiny_tables()
    for row in tables[OBSERVATIONS]:
        for column in ("se", "low", "high", "interval", "flags"):
            row[column] = row[column] or mark
    assert load_trials(write_tables(tmp_path, tables)).observations["se"].isna().all()


def test_study_may_be_called_na(tmp_path: Path) -> None:
    tables = tiny_tables()
    for rows in tables.values():
        for row in rows:
            row["study_id"] = row["study_id"].replace("alpha", "NA")
    assert "NA" in set(load_trials(write_tables(tmp_path, tables)).studies["study_id"])
