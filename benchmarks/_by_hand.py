"""The trials solved as one would write it by hand: a vmap over arms of an adaptive diffrax solve.

Tsit5 with PID step control at 1e-4/1e-6 and diffrax's default adjoint; every arm has its own dose phases
(steps end where a dose changes) and is saved at its own visits. Everything else of the density stays
windup's, the patients at enrolment included, so that the comparison is one of solvers.
"""

from __future__ import annotations

from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.models import Course, Doses, Drive, PainModel, Schedule, Values

_RELATIVE_TOLERANCE, _ABSOLUTE_TOLERANCE = 1e-4, 1e-6


def solve_by_hand(
    model: PainModel[Any, Any], schedule: Schedule, drive: Drive, values: Values, *, enrolled: Any
) -> Course:
    """Stands in for `windup.models.solve`."""
    own = jax.tree.map(lambda x: x[schedule.study], (enrolled, drive))
    days, changes, slot = _visits(schedule), _changes(schedule), _slots(schedule)
    nodes = jnp.asarray(schedule.trial_days)

    def arm(state: Any, drive: Drive, doses: Doses, days: Array, changes: Array) -> Any:
        def slope(t: Any, y: Any, _: Any) -> Any:
            step = jnp.clip(jnp.searchsorted(nodes, t, side="right") - 1, 0, len(nodes) - 2)
            actions = model.actions(jax.tree.map(lambda x: x[step], doses), values)
            return model.derivative(y, actions, drive, values)

        control = diffrax.PIDController(rtol=_RELATIVE_TOLERANCE, atol=_ABSOLUTE_TOLERANCE)
        return diffrax.diffeqsolve(
            diffrax.ODETerm(slope), diffrax.Tsit5(), 0.0, days[-1] + 1e-6, None, state,
            saveat=diffrax.SaveAt(ts=days),
            stepsize_controller=diffrax.ClipStepSizeController(control, jump_ts=changes),
        ).ys  # fmt: skip

    doses = jax.tree.map(lambda x: jnp.asarray(x.T), schedule.doses)
    states = jax.vmap(arm)(own[0], own[1], doses, jnp.asarray(days), jnp.asarray(changes))
    at = schedule.visit_arm
    state = jax.tree.map(lambda x: x[at, slot], states)
    actions = model.actions(schedule.visit_doses, values)
    return Course(
        pain=model.pain(state, actions, jax.tree.map(lambda x: x[at], own[1]), values),
        serum_magnesium=model.serum_magnesium_mmol_per_L(state, values),
        csf_magnesium=model.csf_magnesium_mmol_per_L(state, values),
    )


def _visit_days(schedule: Schedule) -> np.ndarray:
    days: np.ndarray = schedule.trial_days[schedule.visit_node]
    return days


def _slots(schedule: Schedule) -> np.ndarray:
    """Position of every visit among its arm's visits in order of time."""
    day, slots = _visit_days(schedule), np.zeros(len(schedule.visit_arm), int)
    for arm in np.unique(schedule.visit_arm):
        of_arm = np.flatnonzero(schedule.visit_arm == arm)
        slots[of_arm[np.argsort(day[of_arm], kind="stable")]] = np.arange(len(of_arm))
    return slots


def _visits(schedule: Schedule) -> np.ndarray:
    """Days of each arm's visits, the last one repeated up to the longest list."""
    slots, day = _slots(schedule), _visit_days(schedule)
    days = np.zeros((len(schedule.study), slots.max() + 1))
    for arm in range(len(days)):
        of_arm = schedule.visit_arm == arm
        days[arm] = day[of_arm].max(initial=0.0)
        days[arm, slots[of_arm]] = day[of_arm]
    return days


def _changes(schedule: Schedule) -> np.ndarray:
    """Days on which a dose of each arm changes, padded with days that no solve reaches."""
    daily = np.stack(jax.tree.leaves(schedule.doses))
    changes = [
        schedule.trial_days[1:-1][np.any(np.diff(daily[:, :, arm]) != 0.0, axis=0)]
        for arm in range(daily.shape[2])
    ]
    width = max(map(len, changes))
    beyond = schedule.trial_days[-1] + 1.0 + np.arange(width)
    return np.stack([np.concatenate([days, beyond[len(days) :]]) for days in changes])
