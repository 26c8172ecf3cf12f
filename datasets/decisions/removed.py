"""Which rows the block of removed causes can take: what an operation leaves readable, and when."""

from __future__ import annotations

import math

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue

WOUND_WEEKS = 12.0
"""Weeks after an operation in which its wound hurts, too (expert: three months is also the least by which
pain after an operation counts as lasting, doi:10.1097/j.pain.0000000000001413)."""

_MOST = 0.5


def share_of(phase: pd.Series) -> float:
    """Share of the arm's patients who had a procedure; all where the cell is empty."""
    share = float(phase["share_treated"])
    return 1.0 if math.isnan(share) else share


def removed_findings(
    week: float, doses: pd.DataFrame, condition: str, catalogue: Catalogue
) -> list[tuple[str, str, str, str]]:
    """All that keeps a row from the block: column, reason, what was found, and what to do.

    Parameters
    ----------
    week
        Of the row.
    doses
        Typed rows of ``dosing.csv`` of its arm.
    condition
        Of its study.
    catalogue
        Drugs and procedures.
    """
    found: list[tuple[str, str, str, str]] = []
    if doses.empty:
        return found
    procedures = catalogue.procedure_by_name
    operated = doses[doses["drug"].isin(list(procedures))]
    drugs = sorted(set(doses["drug"]) & set(catalogue.drug_by_name))
    if len(operated) and drugs:
        found.append(
            (
                "arm_id",
                "treatment outside the cascade",
                f"Its arm had an operation and {', '.join(drugs)}.",
                "A course after an operation is read without drugs of the models.",
            )
        )
    for _, phase in operated.iterrows():
        name, since = str(phase["drug"]), week - phase["start_week"]
        if condition not in procedures[name].conditions:
            known = ", ".join(procedures[name].conditions)
            found.append(
                (
                    "arm_id",
                    "treatment outside the cascade",
                    f"'{name}' takes away the cause of {known}, not of '{condition}'.",
                    "Correct the condition, or add it to the procedure in procedures.csv.",
                )
            )
        # Where few of an arm had it, its week is a guess and the wound is not what the visit is about.
        if share_of(phase) > _MOST and 0.0 < since < WOUND_WEEKS:
            found.append(
                (
                    "time_weeks",
                    "wound of an operation",
                    f"The visit is {since:g} weeks after '{name}'; its wound hurts for {WOUND_WEEKS:g}.",
                    "Read a later visit.",
                )
            )
    return found
