"""What the trials of a fit know of each drug: how much, how long, in whom, and with what else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from windup.fit.design.arrays import Design
from windup.fit.design.basis import NO_TRIAL
from windup.fit.design.doses import ArmDoses

# Reason for an extrapolation that readers of predictions look for.
UNSEEN_COMBINATION = "combination unseen"
# Rounding of doses and mesh borders.
_SLACK = 1.01
_DAY = 1.0


class Support(NamedTuple):
    """Used arms in which a drug can have moved pain.

    Attributes
    ----------
    arms, rows, studies
        Numbers of them; rows are those of the arms, as their own or as the reference.
    largest_dose
        By dose column, in its unit; only columns that were used.
    longest_days
        Longest time on the drug before a last visit.
    conditions
        Of the studies.
    """

    arms: int
    rows: int
    studies: int
    largest_dose: dict[str, float]
    longest_days: float
    conditions: frozenset[str]


def support_of(design: Design, drugs: tuple[str, ...]) -> Support:
    """What the used arms with all of some drugs hold; doses and days are of the first of them."""
    chosen = arms_with(design, drugs)
    columns = design.catalogue.drug(drugs[0]).dose_columns
    steps = np.diff(design.schedule.trial_days)
    doses = {column: design.schedule.doses[column][:, chosen] for column in columns}
    last = np.zeros(len(design.arms))
    np.maximum.at(last, design.schedule.visit_arm, design.schedule.trial_days[design.schedule.visit_node])
    taken = np.any([dose > 0.0 for dose in doses.values()], axis=0)
    before_last = design.schedule.trial_days[1:, None] <= last[chosen][None, :] + _DAY
    days = np.sum(steps[:, None] * (taken & before_last), axis=0)
    arm_of_visit = design.visits.arm[design.rows.visits]
    studies = set(design.schedule.study[chosen].tolist())
    return Support(
        arms=len(chosen),
        rows=int(np.isin(arm_of_visit, chosen).any(axis=1).sum()),
        studies=len(studies),
        largest_dose={column: float(dose.max()) for column, dose in doses.items() if dose.any()},
        longest_days=float(days.max(initial=0.0)),
        conditions=frozenset(design.conditions[study] for study in studies),
    )


def arms_with(design: Design, drugs: tuple[str, ...]) -> np.ndarray:
    """Used arms of people in pain that got all of some drugs."""
    painful = design.painful[design.schedule.study]
    return np.array(
        [arm for arm, given in enumerate(design.arm_drugs) if painful[arm] and set(drugs) <= set(given)], int
    )


def beyond(design: Design, doses: ArmDoses, condition: str, until_day: float) -> tuple[str, ...]:
    """In what a regimen goes beyond the trials; empty where it lies inside them."""
    reasons = []
    for drug in doses.drugs:
        known = support_of(design, (drug,))
        if not known.arms:
            reasons.append(f"{NO_TRIAL} of {drug}")
            continue
        mine = [phase for phase in doses.phases if phase.drug == drug]
        for column in dict.fromkeys(phase.column for phase in mine):
            dose = max(phase.dose for phase in mine if phase.column == column)
            if column not in known.largest_dose:
                reasons.append(f"route of {drug} ({column}) unseen")
            elif dose > _SLACK * known.largest_dose[column]:
                reasons.append(f"dose of {drug} above the largest used")
        days = sum(max(min(phase.end_day, until_day) - phase.start_day, 0.0) for phase in mine)
        if days > known.longest_days + _DAY:
            reasons.append(f"longer on {drug} than any used trial ({known.longest_days / 7.0:.0f} weeks)")
        if condition not in known.conditions:
            reasons.append(f"{drug} unseen in this condition")
    if len(doses.drugs) > 1 and not len(arms_with(design, doses.drugs)):
        reasons.append(UNSEEN_COMBINATION)
    return tuple(reasons)
