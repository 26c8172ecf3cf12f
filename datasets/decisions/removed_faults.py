"""Used rows of studies with an operation that the block cannot read, and shares of an arm that do not fit."""

from __future__ import annotations

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.removed import removed_findings, share_of
from windup.datasets.files.errors import Fault

_ROUNDING = 1e-6


def removed_faults(
    studies: pd.DataFrame, dosing: pd.DataFrame, observations: pd.DataFrame, catalogue: Catalogue
) -> list[Fault]:
    """All that keeps used rows from the block ``cause_removed``, whether it is on or not.

    Parameters
    ----------
    studies, dosing, observations
        Typed tables indexed by line.
    catalogue
        Drugs and procedures.
    """
    is_procedure = dosing["drug"].isin(list(catalogue.procedure_by_name))
    faults = _share_faults(dosing, is_procedure)
    operated = set(dosing.loc[is_procedure, "study_id"])
    condition = dict(zip(studies["study_id"], studies["condition"], strict=True))
    used = observations[(observations["used"] == "yes") & observations["study_id"].isin(operated)]
    for line, row in used.iterrows():
        for arm in filter(None, (row["arm_id"], row["reference_arm"])):
            doses = dosing[(dosing["study_id"] == row["study_id"]) & (dosing["arm_id"] == arm)]
            known = str(condition.get(row["study_id"], ""))
            for column, _, found, remedy in removed_findings(row["time_weeks"], doses, known, catalogue):
                at = "reference_arm" if column == "arm_id" and arm != row["arm_id"] else column
                remedy = f"{remedy.rstrip('.')}, or set used to no."
                faults.append(Fault("observations.csv", int(str(line)), at, found, remedy))
    return faults


def _share_faults(dosing: pd.DataFrame, is_procedure: pd.Series) -> list[Fault]:
    """Shares beside a treatment that is no procedure, and shares of an arm that are more than all."""
    faults = [
        Fault(
            "dosing.csv",
            int(str(line)),
            "share_treated",
            f"'{row['drug']}' is no procedure.",
            "Empty the cell: drugs and classes are given to all of an arm.",
        )
        for line, row in dosing[dosing["share_treated"].notna() & ~is_procedure].iterrows()
    ]
    for (_, arm), phases in dosing[is_procedure].groupby(["study_id", "arm_id"], sort=False):
        total = sum(share_of(phase) for _, phase in phases.iterrows())
        if total > 1.0 + _ROUNDING:
            found = f"The shares of '{arm}' who had a procedure add up to {total:g}."
            remedy = "Give the share who had it in that week; nobody is operated on twice."
            faults.append(Fault("dosing.csv", int(str(phases.index[-1])), "share_treated", found, remedy))
    return faults
