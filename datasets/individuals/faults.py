"""What is wrong with a table of patients, and with the table of what their arms received."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from windup.datasets.catalogue.instrument import Instrument
from windup.datasets.files.errors import Fault, nearest
from windup.datasets.individuals.columns import TIMES

_ARM = ["study_id", "arm_id"]


def time_faults(name: str, table: pd.DataFrame, headers: frozenset[str]) -> list[Fault]:
    """The column of times: one of two, and no cell empty.

    Parameters
    ----------
    name
        Name of the file.
    table
        Typed table indexed by line.
    headers
        Columns that it has.
    """
    there = [column for column in TIMES if column in headers]
    if len(there) != 1:
        found = "Both columns of times are there." if there else "A column of times is missing."
        remedy = "Keep one of them." if there else "Add a column named 'time_weeks' or 'time_days'."
        return [Fault(name, 1, TIMES[0], found, remedy)]
    (column,) = there
    return [
        Fault(name, int(str(line)), column, "The cell is empty.", "Give the time, or remove the row.")
        for line in table.index[table[column].isna()]
    ]


def patient_faults(
    name: str, table: pd.DataFrame, instrument: Instrument | None, *, crossover: bool
) -> list[Fault]:
    """Pain outside its scale, a patient with two entries at one time, and a patient in two arms.

    Parameters
    ----------
    name
        Name of the file.
    table
        Columns ``study_id``, ``arm_id``, ``patient_id``, ``week`` and ``pain``, indexed by line.
    instrument
        Scale of the pains; None where it is not known.
    crossover
        Whether the same people receive every arm.
    """
    faults = list(_outside(name, table, instrument)) if instrument is not None else []
    faults += _twice(name, table)
    if not crossover:
        faults += _in_two_arms(name, table)
    return faults


def _outside(name: str, table: pd.DataFrame, instrument: Instrument) -> Iterator[Fault]:
    low, high = instrument.low, instrument.high
    if low is None or high is None:
        return
    for line, pain in table.loc[(table["pain"] < low) | (table["pain"] > high), "pain"].items():
        found = f"{pain:g} lies outside the scale {instrument.name}, {low:g} to {high:g}."
        yield Fault(name, int(str(line)), "pain", found, "Correct the value, or name the right scale.")


def _twice(name: str, table: pd.DataFrame) -> Iterator[Fault]:
    known = table[(table["patient_id"] != "") & table["week"].notna()]
    keys = [*_ARM, "patient_id", "week"]
    for _, same in known[known.duplicated(keys, keep=False)].groupby(keys, sort=False):
        for line in same.index[1:]:
            row = same.loc[line]
            found = f"Patient '{row['patient_id']}' has an entry at this time in row {same.index[0]} already."
            yield Fault(name, int(str(line)), "patient_id", found, "Keep one of the two rows.")


def _in_two_arms(name: str, table: pd.DataFrame) -> Iterator[Fault]:
    known, person = table[(table["patient_id"] != "") & (table["arm_id"] != "")], ["study_id", "patient_id"]
    several = known.groupby(person)["arm_id"].transform("nunique") > 1
    for (_, patient), mine in known[several].groupby(person, sort=False):
        first = mine["arm_id"].iloc[0]
        for arm, others in mine.groupby("arm_id", sort=False):
            if arm != first:
                found = f"Patient '{patient}' stands in the arms '{first}' and '{arm}'."
                remedy = (
                    "Correct the arm; or give the design crossover_rct, with times counted from the start "
                    "of each period, where patients received both."
                )
                yield Fault(name, int(str(others.index[0])), "arm_id", found, remedy)


def arm_faults(name: str, arms: pd.DataFrame, patients_name: str, patients: pd.DataFrame) -> Iterator[Fault]:
    """Arms of one table that the other one lacks.

    Parameters
    ----------
    name, arms
        Name of the file of arms, and its typed table indexed by line.
    patients_name, patients
        The same of the patients.
    """
    seen = list(dict.fromkeys(patients[_ARM].itertuples(index=False, name=None)))
    told = set(arms[_ARM].itertuples(index=False, name=None))
    for line, row in arms.iterrows():
        if row["study_id"] == "":
            found = "The cell is empty, and the patients are those of several studies."
            yield Fault(name, int(str(line)), "study_id", found, "Name the study of the arm.")
        elif row["arm_id"] and (row["study_id"], row["arm_id"]) not in seen:
            found = f"No patient of '{row['study_id']}' stands in the arm '{row['arm_id']}'."
            yield Fault(
                name, int(str(line)), "arm_id", found, nearest(row["arm_id"], (arm for _, arm in seen))
            )
    for study, arm in seen:
        if arm and (study, arm) not in told:
            first = patients.index[(patients["study_id"] == study) & (patients["arm_id"] == arm)][0]
            found = f"The arm '{arm}' of '{study}' has no row in {name}."
            yield Fault(patients_name, int(first), "arm_id", found, f"Add the row to {name}.")
