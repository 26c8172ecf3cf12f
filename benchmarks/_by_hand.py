"""The trials solved as one would write it by hand: a vmap over arms of an adaptive diffrax solve.

Tsit5 with PID step control at 1e-4/1e-6 and diffrax's default adjoint; every arm has its own dose phases
(steps end where a dose changes) and is saved at its own visits. What makes the opponent cheap and costs
windup nothing is granted to it: the patients at enrolment, that a steady patient without a dose needs no
solve, and a last step at the arm's last visit.
"""

from __future__ import annotations

from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from windup.models import Course, Doses, Drive, PainModel, Schedule, Values

_RELATIVE_TOLERANCE, _ABSOLUTE_TOLERANCE = 1e-4, 1e-6


def solve_by_hand(
    model: PainModel[Any, Any],
    schedule: Schedule,
    drive: Drive,
    values: Values,
    *,
    enrolled: Any,
    solver: diffrax.AbstractSolver[Any] | None = None,
) -> Course:
    """Stands in for `windup.models.solve`; ``solver`` is Tsit5 where none is given."""
    treated = np.flatnonzero(np.any(np.stack(jax.tree.leaves(schedule.doses)) != 0.0, axis=(0, 1)))
    days, slot = _visit_days(schedule, treated), _visit_slot(schedule)
    nodes = jnp.asarray(schedule.trial_days)
    control = diffrax.PIDController(rtol=_RELATIVE_TOLERANCE, atol=_ABSOLUTE_TOLERANCE)

    def arm(state: Any, drive: Drive, doses: Doses, days: Array, changes: Array) -> Any:
        # Actions from the doses of the moment: to read them from a table made once is faster forward, but
        # the adjoint of that table makes a gradient half as long again.
        def slope(day: Any, state: Any, _: Any) -> Any:
            step = jnp.searchsorted(nodes, day, side="right") - 1
            actions = model.actions(jax.tree.map(lambda dose: dose[step], doses), values)
            return model.derivative(state, actions, drive, values)

        return diffrax.diffeqsolve(
            diffrax.ODETerm(slope), diffrax.Tsit5() if solver is None else solver, 0.0, days[-1], None, state,
            saveat=diffrax.SaveAt(ts=days),
            stepsize_controller=diffrax.ClipStepSizeController(control, jump_ts=changes),
        ).ys  # fmt: skip

    patients = jax.tree.map(lambda x: x[schedule.study], enrolled)
    drives = jax.tree.map(lambda x: x[schedule.study], drive)
    moving, driven = (jax.tree.map(lambda x: x[treated], tree) for tree in (patients, drives))
    doses = jax.tree.map(lambda dose: jnp.asarray(dose.T[treated]), schedule.doses)
    changes = jnp.asarray(_changes(schedule, treated))
    states = jax.vmap(arm)(moving, driven, doses, jnp.asarray(days), changes)

    row = np.zeros(len(schedule.study), int)
    row[treated] = np.arange(len(treated))
    arm_of = schedule.visit_arm
    moves = np.isin(arm_of, treated)
    state = jax.tree.map(
        lambda there, first: jnp.where(moves, there[row[arm_of], slot], first[arm_of]), states, patients
    )
    actions = model.actions(schedule.visit_doses, values)
    return Course(
        pain=model.pain(state, actions, jax.tree.map(lambda x: x[arm_of], drives), values),
        serum_magnesium=model.serum_magnesium_mmol_per_L(state, values),
        csf_magnesium=model.csf_magnesium_mmol_per_L(state, values),
    )


def _visit_slot(schedule: Schedule) -> Int[np.ndarray, " visits"]:
    """Position of every visit among its arm's visits in order of time."""
    slot = np.zeros(len(schedule.visit_arm), int)
    for arm in np.unique(schedule.visit_arm):
        of_arm = np.flatnonzero(schedule.visit_arm == arm)
        slot[of_arm[np.argsort(schedule.visit_node[of_arm], kind="stable")]] = np.arange(len(of_arm))
    return slot


def _visit_days(schedule: Schedule, arms: Int[np.ndarray, " arms"]) -> Float[np.ndarray, "arms visits"]:
    """Days of each arm's visits in order, the last one repeated up to the longest list."""
    days = [np.sort(schedule.trial_days[schedule.visit_node[schedule.visit_arm == arm]]) for arm in arms]
    longest = max(map(len, days))
    return np.stack([np.pad(each, (0, longest - len(each)), mode="edge") for each in days])


def _changes(schedule: Schedule, arms: Int[np.ndarray, " arms"]) -> Float[np.ndarray, "arms changes"]:
    """Days on which a dose of each arm changes, padded with days that no solve reaches."""
    daily = np.stack(jax.tree.leaves(schedule.doses))
    days = [schedule.trial_days[1:-1][np.any(np.diff(daily[:, :, arm]) != 0.0, axis=0)] for arm in arms]
    beyond = schedule.trial_days[-1] + 1.0 + np.arange(max(map(len, days)))
    return np.stack([np.concatenate([each, beyond[len(each) :]]) for each in days])
