"""Claims about faults of tables of patients: each is found, with its place and what to do."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from windup.datasets import DataFaults, Fault, VisitWindows, patients_to_trials

from .simulated import ARMS, STUDY, simulated_patients

type Change = Callable[[pd.DataFrame], pd.DataFrame]


def with_cell(line: int, column: str, value: object) -> Change:
    """The table with another cell in a line, as a text editor counts it."""

    def changed(table: pd.DataFrame) -> pd.DataFrame:
        other = table.astype(object)
        other[column] = [value if place == line - 2 else cell for place, cell in enumerate(other[column])]
        return other

    return changed


def faults_of(table: pd.DataFrame, **options: object) -> tuple[Fault, ...]:
    with pytest.raises(DataFaults) as caught:
        patients_to_trials(table, **{"study": STUDY, **options})
    return caught.value.faults


TABLES: dict[str, tuple[Change, tuple[int, str], str]] = {
    "pain above its scale": (
        with_cell(5, "pain", 11), (5, "pain"), "11 lies outside the scale NRS_0_10, 0 to 10."
    ),
    "pain below its scale": (with_cell(5, "pain", -1), (5, "pain"), "-1 lies outside"),
    "pain that is no number": (with_cell(5, "pain", "much"), (5, "pain"), "'much' is not a number."),
    "time that is empty": (with_cell(5, "time_weeks", ""), (5, "time_weeks"), "The cell is empty."),
    "time of years": (with_cell(5, "time_weeks", 9999), (5, "time_weeks"), "9999 is above 520."),
    "patient without a name": (with_cell(5, "patient_id", ""), (5, "patient_id"), "The cell is empty."),
    "arm without a name": (with_cell(5, "arm_id", ""), (5, "arm_id"), "The cell is empty."),
    "two entries at one time": (
        with_cell(3, "time_weeks", 0), (3, "patient_id"), "has an entry at this time in row 2 already."
    ),
    "patient in two arms": (
        with_cell(2, "arm_id", "placebo"), (3, "arm_id"), "stands in the arms 'placebo' and 'active'."
    ),
    "no pain": (lambda table: table.drop(columns="pain"), (1, "pain"), "The column is missing."),
    "no time": (
        lambda table: table.drop(columns="time_weeks"), (1, "time_weeks"), "A column of times is missing."
    ),
    "two columns of times": (
        lambda table: table.assign(time_days=0), (1, "time_weeks"), "Both columns of times are there."
    ),
    "no rows": (lambda table: table.iloc[:0], (0, ""), "The table has no rows."),
    "two names of the study": (
        lambda table: table.assign(study_id="s"), (0, "study"), "the study is named 'simulated' too."
    ),
    "a study without a name": (
        lambda table: table.assign(study_id=["", *["s"] * (len(table) - 1)]),
        (2, "study_id"), "The cell is empty.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLES)
def test_fault_of_a_table_is_found_at_its_place(case: str) -> None:
    change, place, found = TABLES[case]
    faults = faults_of(change(simulated_patients(3)))
    mine = [fault for fault in faults if (fault.row, fault.column) == place and found in fault.found]
    assert len(mine) == 1
    assert mine[0].remedy


OPTIONS: dict[str, tuple[dict[str, object], str, str]] = {
    "scale": ({"scale": "NRS_0_1"}, "scale", "'NRS_0_1' is no scale of pain."),
    "scale of something else": ({"scale": "mmol_per_L"}, "scale", "is no scale of pain."),
    "responders": ({"responders": (40,)}, "responders", "40 % less pain"),
    "responders on a linked instrument": (
        {"scale": "WOMAC_pain_0_20", "responders": (50,)}, "responders", "has a link with it."
    ),
    "flag": ({"flags": ("worst",)}, "flags", "'worst' is not a flag."),
    "pairs": ({"pairs": "each"}, "pairs", "'each' is not known here."),
    "column of studies": (
        {"study": STUDY | {"conditon": "x"}}, "study", "'conditon' is no column of studies.csv."
    ),
    "condition": ({"study": STUDY | {"condition": "hiv"}}, "study condition", "'hiv' is not allowed."),
    "no study": ({"study": {}}, "study_id", "The table has no column study_id."),
    "column": ({"columns": {"age": "Age"}}, "column", "'age' is no column of a table of patients."),
    "header": ({"columns": {"pain": "NRS"}}, "pain", "No column 'NRS' is there to be read as 'pain'."),
    "no weeks": ({"windows": VisitWindows(())}, "visit_week", "Windows without a week."),
    "weeks not ascending": (
        {"windows": VisitWindows((4.0, 0.0))}, "visit_week", "The weeks are not ascending."
    ),
    "window turned round": (
        {"windows": VisitWindows((0.0,), 3.0, -3.0)}, "window_days", "begins on day 3 and ends on day -3"
    ),
    "windows that overlap": (
        {"windows": VisitWindows((1.0, 2.0), -4.0, 4.0)}, "window_days", "week 1 and week 2 share days"
    ),
    "baseline under treatment": (
        {"windows": VisitWindows((0.0,), 1.0, 3.0)}, "window_days", "baseline in week 0 begins after day 0"
    ),
    "entries": ({"windows": VisitWindows((0.0,), least_entries=0)}, "least_entries", "0 is below 1."),
    "arm that nobody is in": (
        {"arms": pd.DataFrame({"arm_id": ["active", "placebo", "other"], "drug": "none"})},
        "arm_id", "No patient of 'simulated' stands in the arm 'other'.",
    ),
    "arm that is not in the table of arms": (
        {"arms": ARMS.iloc[:1]}, "arm_id", "The arm 'placebo' of 'simulated' has no row in arms."
    ),
    "drug": ({"arms": ARMS.assign(drug="pregabaline")}, "drug", "'pregabaline' is not allowed."),
    "column of arms": ({"arms": ARMS.assign(dosage=3)}, "dosage", "The column is not known here."),
}  # fmt: skip


@pytest.mark.parametrize("case", OPTIONS)
def test_fault_of_an_argument_is_found_and_named(case: str) -> None:
    options, column, found = OPTIONS[case]
    faults = faults_of(simulated_patients(3), **options)
    assert [fault for fault in faults if fault.column == column and found in fault.found] != []


def test_all_faults_are_reported_at_once() -> None:
    table = with_cell(3, "pain", 12)(with_cell(6, "time_weeks", np.nan)(simulated_patients(3)))
    faults = faults_of(table, flags=("x",), scale="NRS_0_10", arms=ARMS.assign(drug=["x", "y"]))
    assert [(fault.file, fault.row, fault.column) for fault in faults] == [
        ("arms", 2, "drug"),
        ("arms", 3, "drug"),
        ("options", 0, "flags"),
        ("patients", 3, "pain"),
        ("patients", 6, "time_weeks"),
    ]


def test_arm_of_several_studies_has_to_name_its_study() -> None:
    table = pd.concat([simulated_patients(3).assign(study_id=name) for name in ("one", "two")])
    faults = faults_of(table, study={}, arms=ARMS)
    assert [(fault.file, fault.row, fault.column) for fault in faults if fault.file == "arms"] == [
        ("arms", 2, "study_id"),
        ("arms", 3, "study_id"),
    ]


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match=r"visits\.csv: The file is missing from"):
        patients_to_trials(tmp_path / "visits.csv", study=STUDY)
