"""Names that must stand in another table."""

from __future__ import annotations

import pandas as pd

from windup.datasets.dictionary.usage import overlapping_study
from windup.datasets.files.errors import Fault, close_to

_STUDIES, _DOSING, _OBSERVATIONS = "studies.csv", "dosing.csv", "observations.csv"


def _known(table: pd.DataFrame, name: str, column: str, allowed: set[str], where: str) -> list[Fault]:
    return [
        Fault(
            name,
            int(str(line)),
            column,
            f"'{word}' does not stand in {where}.",
            _remedy(word, allowed, where),
        )
        for line, word in table[column].items()
        if word and word not in allowed
    ]


def _remedy(word: str, allowed: set[str], where: str) -> str:
    # All names would be hundreds, and the right one may not be among them yet.
    return close_to(word, sorted(allowed)) or f"Correct the name, or describe it in {where}."


def key_faults(studies: pd.DataFrame, dosing: pd.DataFrame, observations: pd.DataFrame) -> list[Fault]:
    """Studies and arms that are named but not described, in every table.

    Parameters
    ----------
    studies, dosing, observations
        Typed tables indexed by line.
    """
    ids = set(studies["study_id"]) - {""}
    faults = _known(dosing, _DOSING, "study_id", ids, _STUDIES)
    faults += _known(observations, _OBSERVATIONS, "study_id", ids, _STUDIES)
    faults += _known(studies, _STUDIES, "overlaps", ids, _STUDIES)
    arms: dict[str, set[str]] = {}
    for _, row in dosing.iterrows():
        arms.setdefault(row["study_id"], set()).add(row["arm_id"])
    for line, row in observations.iterrows():
        here = arms.get(row["study_id"], set())
        if row["study_id"] not in ids:
            continue
        for column in ("arm_id", "reference_arm"):
            arm = row[column]
            if arm and arm not in here:
                found = f"'{arm}' is no arm of '{row['study_id']}' in {_DOSING}."
                remedy = _remedy(arm, here, _DOSING)
                faults.append(Fault(_OBSERVATIONS, int(str(line)), column, found, remedy))
        other = overlapping_study(row["reason"])
        if other and other not in ids:
            found = f"'{other}' does not stand in {_STUDIES}."
            remedy = _remedy(other, ids, _STUDIES)
            faults.append(Fault(_OBSERVATIONS, int(str(line)), "reason", found, remedy))
    return faults
