"""The regimens whose effect at 12 weeks every fit reports: each drug of the cascade at its reference dose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.datasets import Drug, packaged_catalogue
from windup.fit.diagnostics.estimand import REFERENCE_CONDITION, REFERENCE_PAIN, REFERENCE_WEEKS
from windup.models import (
    Course,
    PainModel,
    Schedule,
    Values,
    average_over_steps,
    lasting_drive,
    node_of,
    solve,
    trial_mesh,
)

WEEKS = REFERENCE_WEEKS
DAYS = 7.0 * WEEKS


class ReportedRegimen(NamedTuple):
    """A drug at a customary dose, whose effect every fit reports.

    Attributes
    ----------
    label
        As it is shown.
    drug
        Its drug.
    column
        Dose column of the model.
    dose
        Daily dose after absorption, in the drug's unit.
    days
        Days from the start on which it is taken.
    """

    label: str
    drug: str
    column: str
    dose: float
    days: float


def reported_regimens(drugs: tuple[Drug, ...]) -> tuple[ReportedRegimen, ...]:
    """The regimen of each drug that its row of ``drugs.csv`` names: for 12 weeks where it does not say."""

    def regimen(drug: Drug) -> ReportedRegimen:
        dose = drug.reported_dose or drug.reference_dose or 1.0
        absorbed = drug.reference_dose if drug.reported_dose is None else drug.absorbed(dose)
        return ReportedRegimen(
            label=drug.reported_label or f"{drug.label} {dose:g} {drug.unit}",
            drug=drug.name,
            column=drug.dose_columns[0],
            dose=absorbed or 1.0,
            days=drug.reported_days or DAYS,
        )

    return tuple(regimen(drug) for drug in drugs)


def _central_share() -> float:
    share = packaged_catalogue().condition_by_name[REFERENCE_CONDITION].central_share
    assert share is not None  # a chronic condition
    return share


# Prior draws include states that cannot last; their drift is no effect of a drug.
_solve_all = partial(solve, integrate_untreated=True)


def effects_at_12_weeks(
    model: PainModel[Any, Any], values: Values, *, solve: Callable[..., Course] = _solve_all
) -> Float[Array, " drug"]:
    """Difference from no drug at week 12 in the reference patient, NRS points; negative is less pain.

    What it is the effect of is worded in `windup.fit.diagnostics.estimand`. The placebo course is the same in
    both and cancels; a study's own deviation is left out, so this is the effect in the mean study. ``solve``
    integrates every arm, also the one without a drug.
    """
    course = course_at_12_weeks(model, values, solve=solve)
    return course.pain[1:] - course.pain[0]


def course_at_12_weeks(
    model: PainModel[Any, Any], values: Values, *, solve: Callable[..., Course] = _solve_all
) -> Course:
    """The reference patient at week 12: without a drug first, then on each of `reported_regimens`."""
    central_share = _central_share()
    one = jnp.ones(1)
    share, intake = np.array([central_share]), np.ones(1)
    enrolled = model.at_enrolment(REFERENCE_PAIN * one, share, intake, values)
    drive = lasting_drive(enrolled.strength, central_share)
    return solve(model, _schedule(model.pharmacology.drugs), drive, values, enrolled=enrolled.state)


def _schedule(drugs: tuple[Drug, ...]) -> Schedule:
    nodes = trial_mesh(DAYS)
    regimens = reported_regimens(drugs)
    arms = len(regimens) + 1
    doses: Any = {c: np.zeros((len(nodes) - 1, arms)) for drug in drugs for c in drug.dose_columns}
    for arm, regimen in enumerate(regimens, start=1):
        doses[regimen.column][:, arm] = regimen.dose * average_over_steps(nodes, 0.0, regimen.days)
    return Schedule(
        trial_days=nodes,
        study=np.zeros(arms, int),
        doses=doses,
        visit_arm=np.arange(arms),
        visit_node=np.full(arms, node_of(nodes, np.array([DAYS]))[0]),
    )
