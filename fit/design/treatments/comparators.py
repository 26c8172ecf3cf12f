"""Which rows of a randomised comparison are of control arms, which of baselines, and which of treated arms.

Decided by the tables alone. The rule for control arms is that of `windup.fit.design.measured.trial_effects`:
the drugs of a control arm are a proper subset of those of another arm. An arm that is between two others (one
drug, where placebo and a combination are there too) is a treated one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from windup.datasets import LOOSE_DESIGNS, Trials
from windup.fit.design.arrays import Design
from windup.fit.design.measured.network import NOT_RANDOMISED
from windup.fit.design.treatments.removal import MOST_OF_AN_ARM

_NOTHING = frozenset({"placebo", "none"})

WITHDRAWAL = "randomised withdrawal: every arm has the drug at baseline"
NO_CONTROL = "no control arm: no arm has fewer treatments than another one"
NO_TREATED_ROW = "no observation of a treated arm after baseline"


class ComparedRows(NamedTuple):
    """Parts of the rows of a design, in its order.

    Attributes
    ----------
    given
        Rows at or before week 0 of every arm, and all rows of control arms; in every study.
    treated
        All other rows of studies that count: those that read a treated arm after baseline.
    left_out
        Studies that do not count, with the reason.
    """

    given: Bool[np.ndarray, " rows"]
    treated: Bool[np.ndarray, " rows"]
    left_out: Mapping[str, str]


def compared_rows(trials: Trials, design: Design) -> ComparedRows:
    """Rows of control arms and baselines, and rows of treated arms, of every randomised comparison.

    A contrast of a treated arm with its control arm is a row of the treated arm.

    Parameters
    ----------
    trials
        The tables that the design was made of.
    design
        Their arrays.
    """
    control = _control_arms(trials, design)
    arm, visits = design.visits.arm, design.rows.visits
    reads_control = control[arm[visits[:, 0]]] & (~design.contrast | control[arm[visits[:, 2]]])
    given = reads_control | (design.table["time_weeks"].to_numpy(float) <= 0.0)
    facts = trials.studies.set_index("study_id").loc[list(design.studies)]
    has_control = np.bincount(design.schedule.study[control], minlength=len(design.studies)) > 0
    has_treated = np.bincount(design.rows.study[~given], minlength=len(design.studies)) > 0
    left_out: dict[str, str] = {}
    for number, name in enumerate(design.studies):
        if facts.loc[name, "design"] in LOOSE_DESIGNS:
            left_out[name] = NOT_RANDOMISED
        elif facts.loc[name, "withdrawal"]:
            left_out[name] = WITHDRAWAL
        elif not has_control[number]:
            left_out[name] = NO_CONTROL
        elif not has_treated[number]:
            left_out[name] = NO_TREATED_ROW
    counts = np.array([name not in left_out for name in design.studies])
    return ComparedRows(given, ~given & counts[design.rows.study], left_out)


def _control_arms(trials: Trials, design: Design) -> Bool[np.ndarray, " arms"]:
    """Arms whose drugs are a proper subset of those of another arm, and contain those of no other one."""
    given = treatments_by_arm(trials)
    drugs = [given.get(name) for name in design.arms]
    control = np.zeros(len(drugs), bool)
    for number, mine in enumerate(drugs):
        others = [
            drugs[other]
            for other in np.flatnonzero(design.schedule.study == design.schedule.study[number])
            if other != number
        ]
        known = [each for each in others if each is not None]
        control[number] = (
            mine is not None
            and any(mine < other for other in known)
            and not any(other < mine for other in known)
        )
    return control


def treatments_by_arm(trials: Trials) -> dict[str, frozenset[str]]:
    """Treatments of every arm (``study/arm``): without placebo and a procedure that only some of it had."""
    dosing = trials.dosing
    share = dosing["share_treated"].fillna(1.0).to_numpy(float)
    few = dosing["drug"].isin(list(trials.catalogue.procedure_by_name)) & (share <= MOST_OF_AN_ARM)
    named = dosing["study_id"] + "/" + dosing["arm_id"]
    drug = dosing["drug"].where(~few, "none")
    return {str(arm): frozenset(each) - _NOTHING for arm, each in drug.groupby(named)}
