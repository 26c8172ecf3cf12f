"""Claims about faults of aggregate data: each is found at its place in the file or the map, all at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from windup.datasets import DataFaults, aggregates_to_trials

from .synthesis import contrasts, faults_of, long, long_contrasts, revman5, revman_map, wide, with_map


def with_cell(table: pd.DataFrame, line: int, column: str, value: object) -> pd.DataFrame:
    """The table with another cell in a line, as a text editor counts it."""
    changed = table.astype(object)
    changed[column] = [value if place == line - 2 else cell for place, cell in enumerate(changed[column])]
    return changed


type Place = tuple[str, int, str]
type Group = Callable[[], tuple[pd.DataFrame, dict[str, Any], dict[Place, str]]]


def with_cells(table: pd.DataFrame, **cells: tuple[int, object]) -> pd.DataFrame:
    """The table with one other cell in each column that is named."""
    for column, (line, value) in cells.items():
        table = with_cell(table, line, column, value)
    return table


# Faults that do not touch each other stand in one table: what is found, by place.
GROUPS: dict[str, Group] = {
    "cells of arms": lambda: (
        with_cells(long(), studlab=(2, ""), mean=(3, "low"), sd=(4, 0), treat=(5, "")),
        {},
        {
            ("results", 2, "studlab"): "The cell is empty.",
            ("results", 3, "mean"): "'low' is not a number.",
            ("results", 4, "sd"): "0 is below 0.0001.",
            ("results", 5, "treat"): "The cell is empty.",
        },
    ),
    "means": lambda: (
        with_cell(with_cell(long(), 3, "mean", ""), 2, "mean", 42),
        {"file": {"layout": "long"}},
        {
            ("results", 2, "mean"): "42 on the scale NRS_0_10 is outside its ends, 0 to 10.",
            ("results", 3, "mean"): "The cell is empty.",
        },
    ),
    "cells of arms side by side": lambda: (
        with_cells(wide(), mean2=(3, 42), n2=(2, 51.5)),
        {},
        {("results", 2, "n2"): "'51.5' is not a whole number.", ("results", 3, "mean2"): "outside its ends"},
    ),
    "cells of contrasts": lambda: (
        with_cells(
            pd.concat([contrasts()] * 2).assign(treat3=["", "", "", "Drug"]), treat2=(2, ""), TE=(3, "")
        ),
        {},
        {
            ("results", 2, "treat2"): "The cell is empty.",
            ("results", 3, "TE"): "The row has no result.",
            ("results", 5, "treat3"): "The row has 3 treatments and no result of any of them.",
        },
    ),
    "no arm with a value": lambda: (
        with_cell(long_contrasts(), 3, "y", ""),
        {"file": {"layout": "long contrasts"}},
        {("results", 3, "y"): "2 of 2 rows of 'alpha' at this time have no value."},
    ),
    "two results of an arm": lambda: (
        pd.concat([long(), long().iloc[[1]].assign(mean=4.0)]),
        {},
        {("results", 6, "treat"): "'Pregabalin 300' of 'alpha' has another result at this time in row 3."},
    ),
    "two treatments of an arm": lambda: (
        pd.concat([long(), long().iloc[[0]].assign(week=9, treat="Pregabalin 300")]).assign(
            arm=list("ababa")
        ),
        {},
        {("results", 6, "arm"): "The arm 'a' has the treatments 'placebo' and 'Pregabalin 300'."},
    ),
    "headers": lambda: (
        long().rename(columns={"week": "time"}).assign(study="x"),
        {},
        {
            ("results", 1, "time"): "The file does not show the unit of these times.",
            ("results", 1, "study"): "The columns 'studlab' and 'study' both look like 'study'.",
        },
    ),
    "column of treatments": lambda: (
        long().drop(columns="treat"),
        {},
        {("results", 1, "treatment"): "No column holds the treatments."},
    ),
    "rows": lambda: (long().iloc[:0], {}, {("results", 0, ""): "The table has no rows."}),
    "time and times a day": lambda: (
        long().drop(columns="week"),
        {
            "treatment": {
                "Pregabalin 300": {"drug": "pregabalin", "dose_per_administration": 150, "dose_unit": "mg"}
            }
        },
        {
            ("map", 0, "rows week"): "Neither the file nor the map gives the time of the results.",
            ("map", 0, 'treatment."Pregabalin 300" dose_per_administration'): "how often a day",
        },
    ),
    "drug and dose of one treatment": lambda: (
        long(),
        {
            "treatment": {
                "Pregabalin 300": {
                    "drug": "pregabaline",
                    "dose_per_administration": -150,
                    "dose_unit": "mg/day",
                }
            }
        },
        {
            ("map", 0, 'treatment."Pregabalin 300" drug'): "'pregabaline' is not allowed.",
            ("map", 0, 'treatment."Pregabalin 300" dose_per_administration'): "-150 is below 0.",
        },
    ),
    "a column that is missing": lambda: (
        long().drop(columns="mean"),
        {"file": {"layout": "long"}},
        {("results", 1, "mean"): "No column holds means, or numbers of responders."},
    ),
    "map": lambda: (
        long(),
        {
            "treatment": {
                "Pregabalin 300": {"drug": "pregabaline"},
                "Gabapentin 1800": {"drug": "gabapentin"},
            },
            "studies": {"condition": "fibromyalgie"},
            "study": {"gamma": {"week": 4}},
            "rows": {"scael": "NRS_0_10", "scale": ""},
        },
        {
            ("map", 0, 'treatment."Pregabalin 300" drug'): "'pregabaline' is not allowed.",
            ("map", 0, 'treatment."Gabapentin 1800"'): "has no dose, and a dose is never guessed.",
            ("map", 0, "studies condition"): "'fibromyalgie' is not allowed.",
            ("map", 0, 'study."gamma"'): "The file has no study 'gamma'.",
            ("map", 0, "rows"): "'scael' is no column of this table.",
            ("map", 0, "rows scale"): "The map does not name the scale.",
        },
    ),
    "what a map lacks": lambda: (
        contrasts(),
        {"studies": {"condition": ""}, "rows": {"outcome": "responder_50"}},
        {
            ("map", 0, "studies condition"): "2 of 2 studies have no condition, 'alpha' first.",
            ("map", 0, "rows outcome"): "The tables have no row for a difference between shares",
        },
    ),
}


@pytest.mark.parametrize("group", GROUPS)
def test_faults_are_found_at_their_places_and_no_other_is(group: str) -> None:
    table, more, expected = GROUPS[group]()
    faults = faults_of(table, with_map(**more))
    found = {(fault.file, fault.row, fault.column): fault.found for fault in faults}
    assert found.keys() == expected.keys()
    assert [place for place, words in expected.items() if words not in found[place]] == []
    assert all(fault.remedy for fault in faults)


def test_faults_of_file_and_map_are_reported_together() -> None:
    table = with_cell(with_cell(with_cell(long(), 2, "mean", 42), 3, "sd", -1), 5, "n", "many")
    mapping = with_map(rows={"scale": "NRS"}, studies={"condition": ""})
    mapping["treatment"].pop("Gabapentin 1800")
    places = {(fault.file, fault.row, fault.column) for fault in faults_of(table, mapping)}
    assert places == {
        ("results", 3, "sd"), ("results", 5, "n"), ("results", 5, "treat"), ("map", 0, "rows scale"),
        ("map", 0, "studies condition"),
    }  # fmt: skip


def test_results_are_checked_although_a_label_is_not_mapped() -> None:
    mapping = with_map()
    mapping["treatment"].pop("Gabapentin 1800")
    faults = faults_of(with_cell(long(), 2, "mean", 42), mapping)
    assert [(fault.row, fault.column) for fault in faults] == [(2, "mean"), (5, "treat")]


def test_result_that_cannot_be_read_still_shows_how_long_the_treatment_lasted() -> None:
    table = with_cell(with_cell(long(), 4, "mean", "x"), 5, "week", "")
    assert [(fault.row, fault.column) for fault in faults_of(table)] == [(4, "mean")]


def test_label_that_is_not_mapped_is_one_sentence_however_many_rows_it_has() -> None:
    table = pd.concat([long(), long().assign(week=4)])
    faults = faults_of(table, {**with_map(), "treatment": {}})
    assert [fault.found for fault in faults] == [
        "The map does not say what the treatment 'Pregabalin 300' is (2 rows).",
        "The map does not say what the treatment 'Gabapentin 1800' is (2 rows).",
    ]


def test_outcome_that_is_not_mapped_is_one_sentence() -> None:
    mapping = revman_map()
    mapping["outcome"].pop("Pain 2")
    (fault,) = faults_of(revman5(), mapping)
    assert fault.found == "The map does not say what the outcome 'Pain 2' is."
    assert fault.column == "Outcome name"


def test_responders_above_their_patients_are_found() -> None:
    table = pd.DataFrame({"study": "a", "t": ["Placebo"], "week": 8, "r": 51, "n": 50})
    (fault,) = faults_of(table, with_map(rows={"outcome": "responder_30"}, treatment={}))
    assert (fault.row, fault.column) == (2, "r")
    assert fault.found == "51 responders are more than 50 patients."


def test_export_of_revman_with_ragged_rows_says_which_field_to_leave_out(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    text = revman5().to_csv(index=False)
    file.write_text(text.replace("alpha,", "alpha,x,", 1), encoding="utf-8")
    with pytest.raises(DataFaults) as caught:
        aggregates_to_trials(file, mapping=revman_map())
    (fault,) = caught.value.faults
    assert (fault.file, fault.row) == ("data.csv", 5)
    assert "'Risk of bias tables'" in fault.remedy


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[rows\n", "It is no TOML"),
        ('rows = "x"', "It is no table."),
        ("rowz = 1", "'rowz' is no table of a map."),
    ],
)
def test_map_that_cannot_be_read_is_named(tmp_path: Path, text: str, found: str) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(DataFaults) as caught:
        aggregates_to_trials(long(), mapping=mapping)
    assert any(fault.file == "map.toml" and found in fault.found for fault in caught.value.faults)


def test_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("", encoding="utf-8")
    with pytest.raises(DataFaults, match="The file is empty"):
        aggregates_to_trials(tmp_path / "none.csv")
