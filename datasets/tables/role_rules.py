"""Roles of arms in comparisons of people with and without a condition."""

from __future__ import annotations

import pandas as pd

from windup.datasets.files.errors import Fault

_DOSING = "dosing.csv"
_CASE_CONTROL = "case_control"


def role_faults(dosing: pd.DataFrame, observations: pd.DataFrame) -> list[Fault]:
    """Arms with two roles, and used comparisons in which no arm, or every arm, is a control.

    Parameters
    ----------
    dosing, observations
        Typed tables indexed by line.
    """
    first: dict[tuple[str, str], tuple[int, str]] = {}
    faults: list[Fault] = []
    for index, study, arm, role in zip(
        dosing.index, dosing["study_id"], dosing["arm_id"], dosing["role"], strict=True
    ):
        _, known = first.setdefault((study, arm), (int(index), role))
        if role != known:
            found = f"The arm '{arm}' has the roles '{known or 'case'}' and '{role or 'case'}'."
            faults.append(Fault(_DOSING, int(index), "role", found, "Give all its rows the same role."))
    flagged = observations["flags"].str.split(";").map(lambda words: _CASE_CONTROL in words)
    used = observations[flagged & (observations["used"] == "yes")]
    compared: dict[str, list[str]] = {}
    for study, arm in zip(used["study_id"], used["arm_id"], strict=True):
        compared.setdefault(str(study), []).append(str(arm))
    for study, names_of_arms in compared.items():
        arms = [(study, arm) for arm in dict.fromkeys(names_of_arms) if (study, arm) in first]
        roles = {first[arm][1] or "case" for arm in arms}
        if len(roles) == 1:
            number = "no" if roles == {"case"} else "every"
            names = ", ".join(f"'{arm}'" for _, arm in arms)
            found = f"In the case-control comparison of '{study}', {number} arm is a control ({names})."
            remedy = "Write control in 'role' for people without the condition, and case for the others."
            faults.append(Fault(_DOSING, first[arms[0]][0], "role", found, remedy))
    return faults
