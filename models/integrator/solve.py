"""From drives and doses to pain, serum and CSF magnesium at the visits of trials."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.models.core.base import PainModel
from windup.models.core.types import Drive, Values
from windup.models.integrator.checkpoints import through_segments
from windup.models.integrator.distinct_doses import distinct
from windup.models.integrator.exponential import integrate, integrate_rows
from windup.models.integrator.lanes import lanewise, on_rows, prepare
from windup.models.integrator.plan import plan
from windup.models.integrator.schedule import Schedule
from windup.models.integrator.turns import Turns, turns_of
from windup.models.integrator.uncertain_doses import scaled_doses


class Course(NamedTuple):
    """What a solve gives at the visits; NaN marks a failed solve."""

    pain: Float[Array, " visits"]
    serum_magnesium: Float[Array, " visits"]
    csf_magnesium: Float[Array, " visits"]


def solve(
    model: PainModel[Any, Any],
    schedule: Schedule,
    drive: Drive,
    values: Values,
    *,
    enrolled: Any = None,
    integrate_untreated: bool = False,
    dose_factors: Float[Array, " parts"] | None = None,
) -> Course:
    """Run every study from health to enrolment, every arm through its trial, and read the visits.

    Parameters
    ----------
    model
        Any pain model.
    schedule
        Meshes, doses and visits.
    drive
        Per study.
    values
        Parameter values by name, scalars.
    enrolled
        Steady state at enrolment per study, from `PainModel.at_enrolment`, which arms without any dose keep;
        None runs the illness from its onset.
    integrate_untreated
        Integrate arms without a dose even so: for parameters whose state at enrolment cannot last, where a
        comparison should drift in both arms.
    dose_factors
        What each part of ``schedule.uncertain`` is multiplied by; None where all are 1.

    Returns
    -------
    Course
        Pain (0-10, without placebo course), serum and CSF magnesium (mmol/L) at the visits.

    Notes
    -----
    Arms of one study share the run before the trial.

    Reverse mode keeps the state after every turn of the loop up to 256 turns; of more, only as many as
    the root of their number, and what lies between is gone through once more
    (`windup.models.integrator.checkpoints`).

    Error on the packaged meshes, over prior draws and every drug, against the mesh refined eightfold, which
    agrees with adaptive diffrax at 1e-10 to 0.01 points (worst of all arms and visits of a draw): cascade
    below 0.01 points in half of the draws, below 0.1 in nine of ten and 0.4 in the worst of 80; turnover
    below 0.002 always. The tests hold this.
    """
    rates = model.linear_rates(values)
    moving = np.arange(len(schedule.study))
    if enrolled is None:
        enrolled = _ill(model, schedule, drive, values, rates)
    elif not integrate_untreated:
        # A steady patient without a dose does not move, so nothing is integrated there.
        moving = np.flatnonzero(np.any(np.stack(jax.tree.leaves(schedule.doses)) != 0.0, axis=(0, 1)))
    lanes = plan(schedule, moving)
    sets, (in_turns, at_visits) = distinct(lanes.doses(schedule), schedule.visit_doses)
    turns, row = turns_of(schedule, lanes, in_turns)
    moved, known = scaled_doses(sets, schedule.uncertain, dose_factors)
    acting = lanewise(
        lambda values, moved, known: model.actions({**known, **moved}, values), values, moved, known
    )
    # Rows of tables, so that patients, doses and visits are read and differentiated a row at a time.
    actions = _table(acting)
    patients, drives = (_table(tree)[schedule.study] for tree in (enrolled, drive))
    of_lanes, driving = jnp.swapaxes(patients[lanes.arm], 1, 2), drives[lanes.arm]
    slope = prepare(
        lambda values, state, inputs: model.derivative(state, inputs[0], inputs[1], values),
        values,
        enrolled,
        (acting, drive),
    )

    def advance(state: Array, turns: Turns) -> tuple[Array, Array]:
        inputs = jnp.concatenate([actions[turns.doses], driving[turns.group]], axis=2)
        after = integrate_rows(
            slope,
            state,
            jnp.swapaxes(inputs, 1, 2),
            jnp.asarray(turns.days),
            rates,
            renewed=(turns.begins, of_lanes[turns.begun]),
            limits=model.limits(),
        )
        turn, lane = jnp.divmod(turns.seen, state.shape[1])
        return after[-1], after[turn, :, lane]

    def read(values: Values, lane: tuple[Any, Any, Drive], _: Any) -> Course:
        state, actions, drive = lane
        return Course(
            pain=model.pain(state, actions, drive, values),
            serum_magnesium=model.serum_magnesium_mmol_per_L(state, values),
            csf_magnesium=model.csf_magnesium_mmol_per_L(state, values),
        )

    visited = jnp.concatenate([patients, through_segments(advance, of_lanes[0], turns)])[row]
    visits = jnp.concatenate([visited, actions[at_visits], drives[schedule.visit_arm]], axis=1)
    return Course(*on_rows(prepare(read, values, (enrolled, acting, drive), ()), visits.T))


def _table(tree: Any) -> Array:
    """Leaves as the columns of one array."""
    # Stacked as rows, which XLA knows to be rows of the array that they mostly come from.
    return jnp.stack(jnp.broadcast_arrays(*jax.tree.leaves(tree))).T


def _ill(model: PainModel[Any, Any], schedule: Schedule, drive: Drive, values: Values, rates: Any) -> Any:
    """From health through injury and illness to enrolment, per study."""
    studies = len(schedule.illness_node)
    if studies == 0:
        raise ValueError("This schedule has no illness mesh: give the patients' state in `enrolled`.")
    onset = model.fallen_ill(drive, values)
    steps = jnp.asarray(np.diff(schedule.illness_days))
    untreated = model.pharmacology.no_doses(jnp.zeros((len(steps), studies)))
    states = integrate(
        lambda state, actions, constants: model.derivative(state, actions, *constants),
        onset,
        model.actions(untreated, values),
        steps,
        (drive, values),
        rates,
        limits=model.limits(),
    )
    states = jax.tree.map(lambda first, rest: jnp.concatenate([first[None], rest]), onset, states)
    return jax.tree.map(lambda x: x[schedule.illness_node, np.arange(studies)], states)
