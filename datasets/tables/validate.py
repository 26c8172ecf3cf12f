"""Rules that join cells or tables, gathered."""

from __future__ import annotations

import math

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.hours_faults import hours_faults
from windup.datasets.decisions.limits_faults import limits_faults
from windup.datasets.decisions.removed_faults import removed_faults
from windup.datasets.files.errors import Fault
from windup.datasets.tables.dose_rules import arms_in_use, dose_faults, limit_faults
from windup.datasets.tables.keys import key_faults
from windup.datasets.tables.phases import phase_faults
from windup.datasets.tables.role_rules import role_faults
from windup.datasets.tables.row_rules import row_faults
from windup.datasets.tables.used_rules import crossover_faults, duplicate_faults, usage_faults


def cross_table_faults(
    studies: pd.DataFrame, dosing: pd.DataFrame, observations: pd.DataFrame, catalogue: Catalogue
) -> list[Fault]:
    """Faults that no single column shows.

    Parameters
    ----------
    studies, dosing, observations
        Typed tables indexed by line.
    catalogue
        Drugs, conditions and instruments that they may name.
    """
    faults = key_faults(studies, dosing, observations) + phase_faults(dosing, catalogue)
    faults += role_faults(dosing, observations)
    arms = arms_in_use(observations.assign(used=observations["used"] == "yes"))
    faults += dose_faults(dosing, arms, catalogue) + limit_faults(dosing)
    conditions = dict(zip(studies["study_id"], studies["condition"], strict=True))
    drugs: dict[tuple[str, str], set[str]] = {}
    sized: dict[str, set[str]] = {}
    for _, row in dosing.iterrows():
        drugs.setdefault((row["study_id"], row["arm_id"]), set()).add(row["drug"])
        if not math.isnan(row["n_randomised"]):
            sized.setdefault(row["study_id"], set()).add(row["arm_id"])
    for index, row in observations.iterrows():
        line = int(str(index))
        faults += row_faults(row, line, catalogue)
        if row["used"] == "yes":
            study = row["study_id"]
            arms_of_row = ((study, row["arm_id"]), (study, row["reference_arm"]))
            received = set[str]().union(*(drugs.get(arm, set()) for arm in arms_of_row))
            condition, sizes = conditions.get(study, ""), sized.get(study, set())
            faults += usage_faults(row, line, condition, received, sizes, catalogue)
    faults += crossover_faults(studies, observations, catalogue)
    faults += limits_faults(observations, catalogue)
    faults += hours_faults(studies, dosing, observations, catalogue)
    faults += removed_faults(studies, dosing, observations, catalogue)
    return faults + duplicate_faults(studies, observations, catalogue)
