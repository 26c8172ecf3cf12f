"""The same solve by adaptive diffrax at tight tolerance: the truth behind the fast integrator."""

from __future__ import annotations

from typing import Any

import diffrax
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from windup.models.core.base import PainModel
from windup.models.core.types import Doses, Drive, Values
from windup.models.integrator.schedule import Schedule
from windup.models.integrator.solve import Course
from windup.models.integrator.uncertain_doses import scaled_doses


def solve_adaptive(
    model: PainModel[Any, Any],
    schedule: Schedule,
    drive: Drive,
    values: Values,
    *,
    enrolled: Any = None,
    relative_tolerance: float = 1e-10,
    absolute_tolerance: float = 1e-10,
    dose_factors: Float[Array, " parts"] | None = None,
    integrate_untreated: bool = True,
) -> Course:
    """As `windup.models.solve`, with diffrax (Dopri8, PID step control, restarts at every change of dose).

    Slow (seconds) and not differentiated; for checks and importance weights. One arm at a time in a vmap, so
    the loop waits for the slowest arm. Every arm is integrated, also one without a dose, whatever
    ``integrate_untreated`` says.
    """
    controller = diffrax.PIDController(rtol=relative_tolerance, atol=absolute_tolerance)
    solver = diffrax.Dopri8()

    def run(state: Any, begin: Array | float, end: Array, actions: Any, one: Drive) -> Any:
        term = diffrax.ODETerm(lambda t, y, args: model.derivative(y, actions, one, values))
        solution = diffrax.diffeqsolve(
            term, solver, begin, end, None, state, stepsize_controller=controller, max_steps=100_000,
            saveat=diffrax.SaveAt(t1=True), throw=False,
        )  # fmt: skip
        failed = solution.result != diffrax.RESULTS.successful
        return jax.tree.map(lambda x: jnp.where(failed, jnp.nan, x[-1]), solution.ys)

    if enrolled is None:
        onset = model.fallen_ill(drive, values)
        untreated = model.actions(model.pharmacology.no_doses(jnp.zeros(())), values)
        durations = jnp.asarray(schedule.illness_days[schedule.illness_node])
        enrolled = jax.vmap(run, in_axes=(0, None, 0, None, 0))(onset, 0.0, durations, untreated, drive)
    at_enrolment = jax.tree.map(lambda x: x[schedule.study], enrolled)
    trial_drive = jax.tree.map(lambda x: x[schedule.study], drive)

    def acting(doses: Doses) -> Any:
        moved, known = scaled_doses(doses, schedule.uncertain, dose_factors)
        return model.actions({**known, **moved}, values)

    actions = acting(schedule.doses_and_parts)
    steps, arms = len(schedule.trial_days) - 1, len(schedule.study)
    actions = jax.tree.map(lambda x: jnp.broadcast_to(x, (steps, arms)), actions)
    begin, end = jnp.asarray(schedule.trial_days[:-1]), jnp.asarray(schedule.trial_days[1:])

    def through(state: Any, step: tuple[Any, ...]) -> tuple[Any, Any]:
        after = jax.vmap(run, in_axes=(0, None, None, 0, 0))(state, step[0], step[1], step[2], trial_drive)
        return after, state

    last, before = jax.lax.scan(through, at_enrolment, (begin, end, actions))
    states = jax.tree.map(lambda x, y: jnp.concatenate([x, y[None]]), before, last)
    state = jax.tree.map(lambda x: x[schedule.visit_node, schedule.visit_arm], states)
    visit_actions = acting(schedule.visit_doses)
    visit_drive = jax.tree.map(lambda x: x[schedule.visit_arm], trial_drive)
    return Course(
        pain=model.pain(state, visit_actions, visit_drive, values),
        serum_magnesium=model.serum_magnesium_mmol_per_L(state, values),
        csf_magnesium=model.csf_magnesium_mmol_per_L(state, values),
    )
