"""Phases of treatment: each ends after it starts, and one drug's phases do not overlap."""

from __future__ import annotations

import math

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.files.errors import Fault

_DOSING = "dosing.csv"


def phase_faults(dosing: pd.DataFrame, catalogue: Catalogue) -> list[Fault]:
    """Phases that end too early, have no length but a rate, or overlap.

    Parameters
    ----------
    dosing
        Typed table indexed by line.
    catalogue
        Treatments that it may name.
    """
    faults: list[Fault] = []
    for index, row in dosing.iterrows():
        line, start, end = int(str(index)), row["start_week"], row["end_week"]
        if end < start:
            found = f"The phase ends (week {end:g}) before it starts (week {start:g})."
            faults.append(Fault(_DOSING, line, "end_week", found, "Exchange or correct the weeks."))
        elif end == start and not math.isnan(row["administrations_per_day"]):
            found = "A phase of no length has administrations per day."
            remedy = "Empty the cell for a single administration, or give the phase an end."
            faults.append(Fault(_DOSING, line, "administrations_per_day", found, remedy))
    # Two placebos or two treatments of one outside class may run side by side; one drug may not.
    vague = dosing["drug"].isin(catalogue.without_dose)
    drug = dosing["drug"].where(~vague, dosing["drug"] + " " + dosing["substance"])
    keyed = dosing.assign(drug_or_substance=drug)
    keys = ["study_id", "arm_id", "drug_or_substance"]
    for _, phases in keyed[keyed.duplicated(keys, keep=False)].groupby(keys, sort=False):
        before = math.nan
        for index, row in phases.sort_values(["start_week", "end_week"]).iterrows():
            # Comparisons with NaN are false: a phase without weeks is reported by the schema instead.
            if row["start_week"] < before:
                found = (
                    f"The phase of '{row['substance']}' starts in week {row['start_week']:g}, "
                    f"while a phase of '{row['drug']}' in this arm lasts until week {before:g}."
                )
                remedy = "Let the phases of a drug follow each other."
                faults.append(Fault(_DOSING, int(str(index)), "start_week", found, remedy))
            before = row["end_week"]
    return faults
