"""Patients at enrolment: the cascade's steady state at a given pain, and the drive that holds it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._actions import cascade_actions
from ._balance import asked
from ._cascade_state import CascadeState, healthy_cascade
from ._gate import ongoing_activity, two_key_gate
from ._lanes import lanewise, repeated
from ._magnesium import magnesium_at_intake
from ._types import Doses, Enrolled, PerArm, Values, lasting_drive

# Rounds in which every pool takes the value that the others ask for; each is about one of its time constants,
# so that a patient of some years has had about as many.
_ROUNDS = 60
# Share of the way that input goes in a round. The drive is what activity lacks, so that input, by way of
# alpha-2-delta-1 and receptors, asks for less input some rounds later: at full pace they cycle for ever where
# the loops hold nearly all of the pain.
_PACE_OF_INPUT = 0.25
# Activities at which the steady state is found, from near silence to saturation (25 % apart).
_LOG_ACTIVITY = np.log(0.01) + np.log(1.25) * np.arange(36)
# Pain hardly rises with activity near saturation, and may fall where calcium takes receptors away. Nodes are
# kept apart by at least this on the log scale, smoothly over the width; what a patient then misses of the
# pain that was asked for is `Enrolled.missed`.
_LEAST_RISE, _RISE_WIDTH = 0.01, 0.005
# Width of the smooth floor of the drive, small beside any activity that hurts (about 0.5 to 3).
_FLOOR = 0.005


def positive(strength: PerArm) -> PerArm:
    r"""Smooth floor :math:`\epsilon \log(1 + e^{s / \epsilon})`: a drive is never negative."""
    return _FLOOR * jax.nn.softplus(strength / _FLOOR)


def cascade_at_enrolment(
    pain: PerArm,
    central_share: Float[np.ndarray, " arms"],
    habitual_magnesium: Float[np.ndarray, " arms"],
    values: Values,
) -> Enrolled[CascadeState]:
    r"""Drive and steady state of patients with a given pain, and whether they can stay in it.

    With activity :math:`E` clamped the slow states settle, whatever the loops (how far they have come is
    `Enrolled.unsettled`); pain then rises with :math:`E`, and the drive is what activity lacks,
    :math:`u(E) = E H - \text{ongoing}`, floored smoothly at 0. Both are found on a grid of activities and
    read at the asked pain by cubic interpolation.
    (Searching for activity while the states settle would be a delayed feedback that oscillates, and its
    unconverged end a chaotic function of the parameters; running every patient from health through years of
    illness is exponentially sensitive near a fold of the steady states.)

    Parameters
    ----------
    pain
        0-10 scale, strictly inside.
    central_share
        Share of the drive without a peripheral source; known numbers, so that patients with the same share
        use one grid.
    habitual_magnesium
        Relative to the customary intake; sets the magnesium pools. Its part in the drive is too small to
        matter.
    values
        Parameter values.

    Returns
    -------
    Enrolled
        With :math:`u(E)` the unfloored drive at clamped activity, the share of the drive is
        :math:`u / (E H)`.
    """
    shares, which = np.unique(central_share, return_inverse=True)
    found = _read(jnp.log(pain / (10.0 - pain)), which, _settled(shares, values))
    magnesium = magnesium_at_intake(jnp.asarray(habitual_magnesium), values)
    state = found.state._replace(
        serum_magnesium=magnesium.serum, tissue_magnesium=magnesium.tissue, csf_magnesium=magnesium.csf
    )
    missed = pain - 10.0 / (1.0 + jnp.exp(-found.log_felt))
    return Enrolled(jnp.exp(found.log_strength), state, found.drive_share, found.unsettled, missed)


class _Grids(NamedTuple):
    """Steady states with activity clamped, ``(shares, activities)``; they are read at ``node``."""

    node: Array
    log_felt: Array
    log_strength: Array
    drive_share: Array
    unsettled: Array
    state: CascadeState


def _settled(shares: Float[np.ndarray, " shares"], values: Values) -> _Grids:
    activity = np.exp(np.tile(_LOG_ACTIVITY, len(shares)))
    central_share = np.repeat(shares, len(_LOG_ACTIVITY))
    untreated = Doses(*(jnp.zeros(()) for _ in Doses._fields))

    def lacking(state: CascadeState, activity: PerArm, values: Values) -> PerArm:
        return activity * state.inhibition - ongoing_activity(state, values)

    def settle(values: Values, state: CascadeState, known: tuple[Array, Array]) -> CascadeState:
        activity, central_share = known
        actions = cascade_actions(untreated, values)
        strength = positive(lacking(state, activity, values))
        drive = lasting_drive(strength, central_share)
        gate = two_key_gate(state, activity, actions, values)

        after = asked(state, gate, actions, drive, values)
        # Receptors follow input within the round: fewer rounds between what input does and what it is told.
        moved = state._replace(input=state.input + _PACE_OF_INPUT * (after.input - state.input))
        moved = moved._replace(alpha2delta1=asked(moved, gate, actions, drive, values).alpha2delta1)
        return after._replace(
            input=moved.input,
            alpha2delta1=moved.alpha2delta1,
            surface_receptors=asked(moved, gate, actions, drive, values).surface_receptors,
        )

    def read(values: Values, state: CascadeState, known: tuple[Array]) -> tuple[PerArm, PerArm, PerArm]:
        (activity,) = known
        calcium = two_key_gate(state, activity, cascade_actions(untreated, values), values).calcium
        felt = values["pain_from_activity"] * activity + values["pain_from_calcium"] * calcium
        return felt, lacking(state, activity, values), activity * state.inhibition

    known, shape = (activity, central_share), (len(shares), len(_LOG_ACTIVITY))
    start = healthy_cascade(jnp.asarray(activity))
    # Halfway and at the end.
    looks = repeated(settle, start, values, known, rounds=_ROUNDS // 2, looks=2)
    read_at = lanewise(read, values, jax.tree.map(jnp.ravel, looks), (np.tile(activity, 2),))
    felt, drives, needed = (x.reshape(2, *shape) for x in read_at)
    felt, drive, needed, state = felt[1], drives[1], needed[1], jax.tree.map(lambda x: x[1], looks)
    apart = _LEAST_RISE * np.arange(len(_LOG_ACTIVITY))[None, :]
    # The smooth running maximum.
    rising = jax.lax.cumlogsumexp((jnp.log(felt) - apart) / _RISE_WIDTH, axis=1)
    return _Grids(
        node=_RISE_WIDTH * rising + apart,
        log_felt=jnp.log(felt),
        log_strength=jnp.log(positive(drive)),
        drive_share=drive / needed,
        unsettled=(drive - drives[0]) / needed,
        state=jax.tree.map(lambda x: x.reshape(shape), state),
    )


def _read(target: Array, which: np.ndarray, grids: _Grids) -> _Grids:
    """Cubic Hermite interpolation of all grids over ``node`` with three-point slopes, per patient.

    Beyond the nodes a patient is the one at the last.
    """
    last = len(_LOG_ACTIVITY) - 3
    nodes = grids.node[which]
    target = jnp.clip(target, nodes[:, 1], nodes[:, last + 1])
    left = jnp.clip(jax.vmap(jnp.searchsorted)(jax.lax.stop_gradient(nodes), target) - 1, 1, last)
    # All grids in the columns of one table: one row is read instead of a number from each.
    leaves, structure = jax.tree.flatten(grids)
    table = jnp.stack([leaf.reshape(-1) for leaf in leaves], axis=1)
    row = which * len(_LOG_ACTIVITY) + left
    y = table[row[:, None] + np.arange(-1, 3)[None, :]]
    x = y[:, :, _Grids._fields.index("node"), None]
    width = x[:, 2] - x[:, 1]
    s = (target[:, None] - x[:, 1]) / width
    slope_left = (y[:, 2] - y[:, 0]) / (x[:, 2] - x[:, 0])
    slope_right = (y[:, 3] - y[:, 1]) / (x[:, 3] - x[:, 1])
    rise = y[:, 2] - y[:, 1]
    inner = (1.0 - 2.0 * s) * rise + width * ((s - 1.0) * slope_left + s * slope_right)
    at = (1.0 - s) * y[:, 1] + s * y[:, 2] + s * (s - 1.0) * inner
    found: _Grids = jax.tree.unflatten(structure, list(at.T))
    return found
