"""Prior draws, drives and schedules for the tests of the models."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.datasets import packaged_catalogue
from windup.models import (
    Doses,
    Drive,
    PainModel,
    Schedule,
    Values,
    average_over_steps,
    illness_mesh,
    node_of,
    refined,
    trial_mesh,
    with_days,
)

# A drug is given as (daily dose, first day, last day).
type Regimen = Mapping[str, tuple[float, float, float]]

NO_DRUG: Regimen = {}
VISIT_DAYS = (0.0, 3.0, 7.0, 14.0, 28.0, 42.0, 56.0, 84.0, 98.0, 140.0, 182.0)
# Doses for the two routes without a reference dose: elemental mg/day by vein, one application in a day.
DRUGS = packaged_catalogue().drugs
REFERENCE_DOSE = {
    drug.dose_columns[0]: drug.reference_dose for drug in DRUGS if drug.reference_dose is not None
}
FULL_DOSE = {**REFERENCE_DOSE, "magnesium_intravenous": 100.0, "capsaicin_patch": 1.0}
DOSE_COLUMNS = packaged_catalogue().dose_columns


def medians(model: PainModel[Any, Any], **changes: float) -> Values:
    unknown = set(changes) - {parameter.name for parameter in model.parameters()}
    assert not unknown, unknown
    values = {parameter.name: parameter.location for parameter in model.parameters()}
    return {name: jnp.asarray(value) for name, value in (values | changes).items()}


def prior_draws(model: PainModel[Any, Any], draws: int, seed: int = 0) -> Values:
    """Leaves of shape (draws,)."""
    noise = np.random.default_rng(seed).normal(size=(len(model.parameters()), draws))
    values = {}
    for parameter, z in zip(model.parameters(), noise, strict=True):
        shift = parameter.prior_scale * z
        drawn = parameter.location * np.exp(shift) if parameter.family == "lognormal" else shift
        values[parameter.name] = drawn if parameter.family == "lognormal" else parameter.location + drawn
    return {name: jnp.asarray(value) for name, value in values.items()}


def one_draw(values: Values, index: int) -> Values:
    return {name: value[index] for name, value in values.items()}


def drive_of(
    peripheral: float | Array = 0.0,
    central: float | Array = 0.0,
    injury: float | Array = 0.0,
    habitual_magnesium: float | Array = 1.0,
    *,
    studies: int = 1,
) -> Drive:
    parts = (peripheral, central, injury, habitual_magnesium)
    return Drive(*(jnp.broadcast_to(jnp.asarray(part, float), (studies,)) for part in parts))


def doses_at(day_nodes: np.ndarray, regimens: Sequence[Regimen]) -> Doses:
    steps = len(day_nodes) - 1
    table: Any = {name: np.zeros((steps, len(regimens))) for name in DOSE_COLUMNS}
    for arm, regimen in enumerate(regimens):
        for drug, (dose, first, last) in regimen.items():
            table[drug][:, arm] += dose * average_over_steps(day_nodes, first, last)
    return table


def constant_doses(**doses: float) -> Doses:
    """One arm, one moment."""
    return {name: jnp.full((1,), doses.get(name, 0.0)) for name in DOSE_COLUMNS}


def schedule_of(
    regimens: Sequence[Regimen],
    *,
    illness_days: float = 1095.0,
    visit_days: Sequence[float] = VISIT_DAYS,
    factor: int = 1,
    own_studies: bool = False,
) -> Schedule:
    """All arms in one study (or each in its own), seen at the same days.

    ``factor`` refines both meshes; powers of two keep the nodes exactly.
    """
    illness, trial = illness_mesh(), trial_mesh(max(visit_days))
    enrolled = int(np.argmin(np.abs(illness - illness_days)))
    if factor > 1:
        illness, trial, enrolled = refined(illness, factor), refined(trial, factor), enrolled * factor
    arms = len(regimens)
    days = np.asarray(visit_days)
    trial = with_days(trial, days)
    return Schedule(
        illness_days=illness,
        trial_days=trial,
        illness_node=np.full(arms if own_studies else 1, enrolled),
        study=np.arange(arms) if own_studies else np.zeros(arms, int),
        doses=doses_at(trial, regimens),
        visit_arm=np.repeat(np.arange(arms), len(days)),
        visit_node=np.tile(node_of(trial, days), arms),
    )


def full_dose_regimens(last_day: float = 84.0) -> list[Regimen]:
    """Placebo, then each drug alone at its full dose: half of it in the first week, as in a titration."""
    regimens: list[Regimen] = [NO_DRUG]
    for drug in DOSE_COLUMNS:
        dose = FULL_DOSE[drug]
        if drug == "capsaicin_patch":
            regimens.append({drug: (dose, 0.0, 1.0)})
        elif drug == "magnesium_intravenous":
            regimens.append({drug: (dose, 0.0, 14.0)})
        elif drug == "ketamine":
            regimens.append({drug: (dose, 0.0, 4.0)})
        else:
            regimens.append({drug: (dose, 7.0, last_day)})
    return regimens


def finite(tree: Any) -> bool:
    return all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(tree))
