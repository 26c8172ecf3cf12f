"""One patient group, illness and treatment, with every state to look at."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.models import Drive, PainModel, Values, illness_mesh, integrate, trial_mesh

from .arms import NO_DRUG, Regimen, doses_at, drive_of

ARMS = 4
TRIAL_DAYS = trial_mesh(364.0)
ILLNESS_DAYS = illness_mesh()


class Run(NamedTuple):
    """States at the nodes of both meshes, ``(nodes, arms)``; pain with the drugs of the step before."""

    illness: Any
    illness_pain: Array
    trial: Any
    pain: Array

    def at(self, day: float) -> Any:
        return jax.tree.map(lambda x: np.asarray(x[int(np.argmin(np.abs(TRIAL_DAYS - day)))]), self.trial)

    def pain_at(self, day: float) -> np.ndarray:
        return np.asarray(self.pain[int(np.argmin(np.abs(TRIAL_DAYS - day)))])


@cache
def _compiled(model: PainModel[Any, Any]) -> Any:
    def derivative(state: Any, actions: Any, constants: tuple[Drive, Values]) -> Any:
        return model.derivative(state, actions, *constants)

    def course(start: Any, doses: Any, days: Array, drive: Drive, values: Values) -> tuple[Any, Array]:
        actions = model.actions(doses, values)
        constants, rates = (drive, values), model.linear_rates(values)
        rest = integrate(derivative, start, actions, days, constants, rates, limits=model.limits())
        states = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), start, rest)
        acting = jax.tree.map(lambda x: jnp.concatenate([x[:1], x]), actions)
        everywhere = jax.tree.map(lambda x: jnp.broadcast_to(x, (len(days) + 1, *x.shape)), drive)
        return states, model.pain(states, acting, everywhere, values)

    return jax.jit(course)


def run(
    model: PainModel[Any, Any],
    values: Values,
    drive: Drive,
    regimens: Sequence[Regimen] = (NO_DRUG,),
    *,
    illness_days: float = 365.0,
    trial_drive: Drive | None = None,
) -> Run:
    """Illness from health, then a year of treatment; up to four arms."""
    assert len(regimens) <= ARMS
    padded = [*regimens, *[NO_DRUG] * (ARMS - len(regimens))]
    before, during = (
        jax.tree.map(lambda x: jnp.broadcast_to(x, (ARMS,)), one) for one in (drive, trial_drive or drive)
    )
    course = _compiled(model)
    onset = model.fallen_ill(before, values)
    untreated = doses_at(ILLNESS_DAYS, [NO_DRUG] * ARMS)
    illness, illness_pain = course(onset, untreated, jnp.diff(jnp.asarray(ILLNESS_DAYS)), before, values)
    enrolled = jax.tree.map(lambda x: x[int(np.argmin(np.abs(ILLNESS_DAYS - illness_days)))], illness)
    doses = doses_at(TRIAL_DAYS, padded)
    trial, pain = course(enrolled, doses, jnp.diff(jnp.asarray(TRIAL_DAYS)), during, values)
    return Run(illness, illness_pain, trial, pain)


def in_health(model: PainModel[Any, Any], values: Values, regimens: Sequence[Regimen]) -> Run:
    return run(model, values, drive_of(), regimens, illness_days=0.0)
