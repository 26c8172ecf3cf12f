"""The regimens whose effect at 12 weeks every fit reports: each drug of the cascade at its reference dose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.design.conditions import CENTRAL_SHARE
from windup.models import (
    REFERENCE_DOSE,
    Course,
    Doses,
    PainModel,
    Schedule,
    Values,
    average_over_steps,
    gabapentin_bioavailable,
    lasting_drive,
    node_of,
    solve,
    trial_mesh,
)

WEEKS = 12.0
_DAYS = 7.0 * WEEKS
_GABAPENTIN_MG_PER_DAY = 1800.0

# Label, field of `Doses`, daily dose in the field's unit, days.
REGIMENS: tuple[tuple[str, str, float, float], ...] = (
    (
        "gabapentin 1800 mg/day",
        "gabapentin_bioavailable",
        gabapentin_bioavailable(_GABAPENTIN_MG_PER_DAY, 3.0),
        _DAYS,
    ),
    ("pregabalin 300 mg/day", "pregabalin", 300.0, _DAYS),
    ("magnesium 300 mg/day", "magnesium_oral", 300.0, _DAYS),
    ("capsaicin 8 % patch, once", "capsaicin_patch", 1.0, 1.0),
    ("capsaicin 0.075 % cream, 4 a day", "capsaicin_cream", 0.3, _DAYS),
    ("curcumin 1000 mg/day", "curcumin", 1000.0, _DAYS),
    ("resveratrol 500 mg/day", "resveratrol", 500.0, _DAYS),
    ("omega-3 2000 mg/day", "omega3", 2000.0, _DAYS),
    ("alpha-lipoic acid 600 mg/day", "ala", 600.0, _DAYS),
    ("N-acetylcysteine 1200 mg/day", "nac", 1200.0, _DAYS),
    ("palmitoylethanolamide 600 mg/day", "pea", 600.0, _DAYS),
    ("NSAID, full dose", "nsaid", 1.0, _DAYS),
    ("opioid 60 mg morphine/day", "opioid", 60.0, _DAYS),
    ("ketamine 350 mg/day, days 1-4", "ketamine", REFERENCE_DOSE["ketamine"], 4.0),
    ("memantine 20 mg/day", "memantine", 20.0, _DAYS),
    ("aerobic exercise, 3 a week", "exercise_aerobic", 3.0, _DAYS),
    ("resistance training, 3 a week", "exercise_resistance", 3.0, _DAYS),
)

# The patient the effects are quoted for: painful diabetic neuropathy (the commonest condition), pain of 6.5.
_CONDITION, _PAIN = "painful_diabetic_neuropathy", 6.5


# Prior draws include states that cannot last; their drift is no effect of a drug.
_solve_all = partial(solve, integrate_untreated=True)


def effects_at_12_weeks(
    model: PainModel[Any, Any], values: Values, *, solve: Callable[..., Course] = _solve_all
) -> Float[Array, " drug"]:
    """Difference from no drug at week 12 in the reference patient, NRS points; negative is less pain.

    The placebo course is the same in both and cancels; a study's own deviation is left out, so this is the
    effect in the mean study. ``solve`` integrates every arm, also the one without a drug.
    """
    course = course_at_12_weeks(model, values, solve=solve)
    return course.pain[1:] - course.pain[0]


def course_at_12_weeks(
    model: PainModel[Any, Any], values: Values, *, solve: Callable[..., Course] = _solve_all
) -> Course:
    """The reference patient at week 12: without a drug first, then on each of ``REGIMENS``."""
    central_share = CENTRAL_SHARE[_CONDITION]
    one = jnp.ones(1)
    share, intake = np.array([central_share]), np.ones(1)
    enrolled = model.at_enrolment(_PAIN * one, share, intake, values)
    drive = lasting_drive(enrolled.strength, central_share)
    return solve(model, _schedule(), drive, values, enrolled=enrolled.state)


def _schedule() -> Schedule:
    nodes = trial_mesh(_DAYS)
    arms = len(REGIMENS) + 1
    doses: dict[str, Any] = {field: np.zeros((len(nodes) - 1, arms)) for field in Doses._fields}
    for arm, (_, field, dose, days) in enumerate(REGIMENS, start=1):
        doses[field][:, arm] = dose * average_over_steps(nodes, 0.0, days)
    return Schedule(
        trial_days=nodes,
        study=np.zeros(arms, int),
        doses=Doses(**doses),
        visit_arm=np.arange(arms),
        visit_node=np.full(arms, node_of(nodes, np.array([_DAYS]))[0]),
    )
