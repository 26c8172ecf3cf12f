"""Columns of a table of patients, and of the small table of what its arms received."""

from __future__ import annotations

import dataclasses

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.trial_columns import trial_tables
from windup.datasets.dictionary.columns import Column
from windup.datasets.dictionary.limits import LONGEST_WEEKS

DAYS_PER_WEEK = 7.0

TIMES = ("time_weeks", "time_days")
"""Columns of which a table of patients has one."""

PATIENTS: tuple[Column, ...] = (
    Column("study_id", "text", "Study of the patient; it may be missing where the study has a name already.",
           column_required=False),
    Column("arm_id", "text", "Arm of the patient.", cell_required=True),
    Column("patient_id", "text", "Name or number of the patient, unique within the study.",
           cell_required=True),
    Column("time_weeks", "number", "Time of the entry from the start of the assigned treatment.",
           unit="weeks", column_required=False, minimum=-LONGEST_WEEKS, maximum=LONGEST_WEEKS),
    Column("time_days", "number", "The same in days.", unit="days", column_required=False,
           minimum=-DAYS_PER_WEEK * LONGEST_WEEKS, maximum=DAYS_PER_WEEK * LONGEST_WEEKS),
    Column("pain", "number", "Pain of the patient at that time; empty: not seen.", unit="scale"),
)  # fmt: skip
"""One row is one patient at one time; other columns are not read."""

_FILLED_FROM_PATIENTS = ("study_id", "start_week", "end_week")
_COUNTED = "n_randomised"


def arm_columns(catalogue: Catalogue) -> tuple[Column, ...]:
    """Columns of the table of arms: those of ``dosing.csv`` without what the patients show.

    Parameters
    ----------
    catalogue
        Drugs that it may name.
    """
    return tuple(
        dataclasses.replace(column, column_required=False, cell_required=False)
        if column.name in _FILLED_FROM_PATIENTS
        else column
        for column in trial_tables(catalogue)["dosing.csv"]
        if column.name != _COUNTED
    )
