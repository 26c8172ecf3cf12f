"""Rows at which a mechanism has to extrapolate, decided by the tables alone; no result of a fit is looked at.

All of these count treated rows only (`windup.fit.design.treatments.comparators`): baselines and control arms
say nothing of a mechanism.

- ``highest_dose``: arms with the largest printed dose of a drug in a trial that compares several fixed doses
  of it, by one route and with the same other treatments.
- ``beyond_16_weeks``: visits after week 16.
- ``after_withdrawal``: visits more than half a week (rounding of weeks in publications) after the last dose
  of every drug of the arm, and contrasts with such visits.
- ``combination``: arms with two treatments or more that models have.
- ``cause_removed``: visits after a procedure that takes the cause of pain away
  (`windup.fit.design.treatments.removal`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Bool

from windup.datasets import Trials
from windup.fit.analyses.comparison.limits import LATE_WEEKS
from windup.fit.design.arrays import Design
from windup.fit.design.treatments.comparators import ComparedRows, treatments_by_arm

KINDS: Final = ("highest_dose", "beyond_16_weeks", "after_withdrawal", "combination", "cause_removed")
_SLACK_WEEKS = 0.5
# A treatment outside all models: no model can combine it with another.
_UNKNOWN = "other"
# Rounding of printed doses.
_SAME_DOSE = 1.01


def extrapolated_rows(
    trials: Trials, design: Design, compared: ComparedRows
) -> dict[str, Bool[np.ndarray, " rows"]]:
    """Rows of every kind, in the order of ``KINDS``; a row can be of several.

    Parameters
    ----------
    trials
        The tables that the design was made of.
    design
        Their arrays.
    compared
        Which of their rows are of baselines and control arms.
    """
    treatments = treatments_by_arm(trials)
    week = design.table["time_weeks"].to_numpy(float)
    last = _last_weeks(trials.dosing, treatments)
    ends = np.array([last.get(name, np.inf) for name in design.arms])
    arm = design.visits.arm[design.rows.visits]
    # A contrast is of both its arms; columns beyond are those of the arm of reference.
    own, reference = arm[:, 0], np.where(design.contrast, arm[:, 2], arm[:, 0])

    def of_arms(chosen: set[str]) -> Bool[np.ndarray, " rows"]:
        among = np.array([name in chosen for name in design.arms], bool)
        either: Bool[np.ndarray, " rows"] = among[own] | among[reference]
        return either

    late = (week > ends[own] + _SLACK_WEEKS) | (week > ends[reference] + _SLACK_WEEKS)
    combined = {name for name, drugs in treatments.items() if len(drugs - {_UNKNOWN}) > 1}
    removed = np.isin(design.rows.visits[:, [0, 2]], design.removal.visit)
    found = {
        "highest_dose": of_arms(_highest_doses(trials.dosing, treatments)),
        "beyond_16_weeks": week > LATE_WEEKS,
        "after_withdrawal": late,
        "combination": of_arms(combined),
        "cause_removed": removed[:, 0] | (design.contrast & removed[:, 1]),
    }
    return {kind: found[kind] & ~compared.given for kind in KINDS}


def _last_weeks(dosing: pd.DataFrame, treatments: dict[str, frozenset[str]]) -> dict[str, float]:
    """Week of the last dose of any treatment of every arm that has one."""
    named = dosing["study_id"] + "/" + dosing["arm_id"]
    given = [drug in treatments[arm] for arm, drug in zip(named, dosing["drug"], strict=True)]
    ends = dosing["end_week"][given].groupby(named[given]).max()
    return {str(arm): float(week) for arm, week in ends.items() if np.isfinite(week)}


def _highest_doses(dosing: pd.DataFrame, treatments: dict[str, frozenset[str]]) -> set[str]:
    """Arms with the largest of several fixed doses of a drug that their study compares."""
    fixed = dosing["daily_low"].isna() & dosing["daily_high"].isna()
    arms = dosing["study_id"] + "/" + dosing["arm_id"]
    table = dosing.assign(daily=dosing["daily_dose"].where(fixed), arm=arms)
    highest: set[str] = set()
    keys = ["study_id", "drug", "substance", "route", "daily_dose_unit"]
    for (_, drug, *_), rows in table.groupby(keys, dropna=False):
        doses = {
            str(arm): float(each["daily"].max()) if each["daily"].notna().all() else np.nan
            for arm, each in rows.groupby("arm")
            if drug in treatments[str(arm)]
        }
        for arm, dose in doses.items():
            alike = [doses[other] for other in doses if treatments[other] == treatments[arm]]
            known = [each for each in alike if np.isfinite(each)]
            if np.isfinite(dose) and dose >= max(known) and max(known) > _SAME_DOSE * min(known):
                highest.add(arm)
    return highest
