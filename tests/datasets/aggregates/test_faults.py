"""Claims about faults of aggregate data: each is found at its place in the file or the map, all at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from windup.datasets import DataFaults, aggregates_to_trials

from .synthesis import contrasts, faults_of, long, long_contrasts, revman5, revman_map, wide, with_map

type Case = tuple[pd.DataFrame, dict[str, Any] | None, tuple[str, int, str], str]


def with_cell(table: pd.DataFrame, line: int, column: str, value: object) -> pd.DataFrame:
    """The table with another cell in a line, as a text editor counts it."""
    changed = table.astype(object)
    changed[column] = [value if place == line - 2 else cell for place, cell in enumerate(changed[column])]
    return changed


CASES: dict[str, Callable[[], Case]] = {
    "mean that is no number": lambda: (
        with_cell(long(), 3, "mean", "low"), None, ("results", 3, "mean"), "'low' is not a number."
    ),
    "mean outside its scale": lambda: (
        with_cell(long(), 3, "mean", 42), None, ("results", 3, "mean"), "outside its ends, 0 to 10"
    ),
    "mean of the second arm outside its scale": lambda: (
        with_cell(wide(), 3, "mean2", 42), None, ("results", 3, "mean2"), "outside its ends, 0 to 10"
    ),
    "mean that is empty": lambda: (
        with_cell(long(), 3, "mean", ""), {"file": {"layout": "long"}}, ("results", 3, "mean"),
        "The cell is empty.",
    ),
    "SD of 0": lambda: (with_cell(long(), 4, "sd", 0), None, ("results", 4, "sd"), "0 is below 0.0001."),
    "half a patient": lambda: (
        with_cell(wide(), 2, "n2", 51.5), None, ("results", 2, "n2"), "'51.5' is not a whole number."
    ),
    "study without a name": lambda: (
        with_cell(long(), 2, "studlab", ""), None, ("results", 2, "studlab"), "The cell is empty."
    ),
    "arm without a treatment": lambda: (
        with_cell(long(), 5, "treat", ""), None, ("results", 5, "treat"), "The cell is empty."
    ),
    "one treatment of a contrast": lambda: (
        with_cell(contrasts(), 2, "treat2", ""), None, ("results", 2, "treat2"), "The cell is empty."
    ),
    "contrast without a difference": lambda: (
        with_cell(contrasts(), 2, "TE", ""), None, ("results", 2, "TE"), "The row has no result."
    ),
    "two arms without a value": lambda: (
        with_cell(long_contrasts(), 3, "y", ""), {"file": {"layout": "long contrasts"}}, ("results", 3, "y"),
        "2 of 2 rows of 'alpha' at this time have no value.",
    ),
    "two results of an arm": lambda: (
        pd.concat([long(), long().iloc[[1]].assign(mean=4.0)]), None, ("results", 6, "treat"),
        "The arm 'Pregabalin 300' of 'alpha' has another result at this time in row 3.",
    ),
    "two treatments in an arm": lambda: (
        pd.concat([long(), long().iloc[[0]].assign(week=4, treat="Pregabalin 300")]).assign(
            arm=list("ababa")
        ),
        None, ("results", 2, "arm"), "has the treatments",
    ),
    "unit of time that nothing shows": lambda: (
        long().rename(columns={"week": "time"}), None, ("results", 1, "time"), "does not show the unit"
    ),
    "two columns of one meaning": lambda: (
        long().assign(study="x"), None, ("results", 1, "study"), "'studlab' and 'study' both"
    ),
    "no treatments": lambda: (
        long().drop(columns="treat"), None, ("results", 1, "treatment"), "No column holds the treatments."
    ),
    "no rows": lambda: (long().iloc[:0], None, ("results", 0, ""), "The table has no rows."),
    "no time anywhere": lambda: (
        long().drop(columns="week"), None, ("map", 0, "rows week"), "Neither the file nor the map"
    ),
    "drug that does not exist": lambda: (
        long(), {"treatment": {"Pregabalin 300": {"drug": "pregabaline"}}},
        ("map", 0, 'treatment."Pregabalin 300" drug'), "'pregabaline' is not allowed.",
    ),
    "drug without a dose": lambda: (
        long(), {"treatment": {"Pregabalin 300": {"drug": "pregabalin"}}},
        ("map", 0, 'treatment."Pregabalin 300"'), "has no dose, and a dose is never guessed.",
    ),
    "dose without times a day": lambda: (
        long(),
        {"treatment": {"Pregabalin 300": {
            "drug": "pregabalin", "dose_per_administration": 150, "dose_unit": "mg"}}},
        ("map", 0, 'treatment."Pregabalin 300" dose_per_administration'), "how often a day",
    ),
    "condition that does not exist": lambda: (
        long(), {"studies": {"condition": "fibromyalgie"}}, ("map", 0, "studies condition"), "is not allowed."
    ),
    "no condition": lambda: (
        long(), {"studies": {"condition": ""}}, ("map", 0, "studies condition"),
        "2 of 2 studies have no condition, 'alpha' first.",
    ),
    "no scale": lambda: (
        long(), {"rows": {"scale": ""}}, ("map", 0, "rows scale"), "The map does not name the scale."
    ),
    "study that the file does not have": lambda: (
        long(), {"study": {"gamma": {"week": 4}}}, ("map", 0, 'study."gamma"'), "has no study 'gamma'."
    ),
    "cell that is no cell": lambda: (
        long(), {"rows": {"scael": "NRS_0_10"}}, ("map", 0, "rows"), "'scael' is no column of this table."
    ),
    "difference of responders": lambda: (
        contrasts(), {"rows": {"outcome": "responder_50"}}, ("map", 0, "rows outcome"),
        "no row for a difference between shares",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_fault_is_found_at_its_place_and_nothing_else_is(case: str) -> None:
    table, more, place, found = CASES[case]()
    faults = faults_of(table, with_map(**(more or {})))
    assert [(fault.file, fault.row, fault.column) for fault in faults] == [place]
    assert found in faults[0].found
    assert faults[0].remedy


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
