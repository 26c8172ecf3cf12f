"""Patients at enrolment: the cascade's steady state at a given pain, and the drive that holds it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from windup.models.cascade.actions import UNTREATED
from windup.models.cascade.balance import asked
from windup.models.cascade.gate import ongoing_activity, two_key_gate
from windup.models.cascade.state import CascadeState, healthy_cascade
from windup.models.core.types import Enrolled, PerArm, Values, lasting_drive, positive
from windup.models.drugs.magnesium import magnesium_at_intake
from windup.models.integrator.lanes import on_rows, prepare, repeated

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
        :math:`u / (E H)`; drive and loops supply :math:`E H` together.
    """
    shares, which = np.unique(central_share, return_inverse=True)
    read = _read(jnp.log(pain / (10.0 - pain)), which, _settled(shares, values))
    found = _Grid(*read[: len(_Grid._fields)])
    magnesium = magnesium_at_intake(jnp.asarray(habitual_magnesium), values)
    state = CascadeState(*read[len(_Grid._fields) :])._replace(
        serum_magnesium=magnesium.serum, tissue_magnesium=magnesium.tissue, csf_magnesium=magnesium.csf
    )
    missed = pain - 10.0 / (1.0 + jnp.exp(-found.log_felt))
    needed = jnp.exp(found.log_needed)
    return Enrolled(jnp.exp(found.log_strength), state, found.drive_share, found.unsettled, missed, needed)


class _Grid(NamedTuple):
    """What is known of steady states with activity clamped; they are read at ``node``."""

    node: Array
    log_felt: Array
    log_strength: Array
    drive_share: Array
    unsettled: Array
    log_needed: Array


def _settled(shares: Float[np.ndarray, " shares"], values: Values) -> Float[Array, "columns nodes"]:
    """Rows of `_Grid`, then of the states, at every activity for the first share, the second, ..."""
    activity = np.exp(np.tile(_LOG_ACTIVITY, len(shares)))
    central_share = np.repeat(shares, len(_LOG_ACTIVITY))

    def lacking(state: CascadeState, activity: PerArm, values: Values) -> PerArm:
        return activity * state.inhibition - ongoing_activity(state, values)

    def settle(values: Values, state: CascadeState, known: tuple[Array, Array]) -> CascadeState:
        activity, central_share = known
        strength = positive(lacking(state, activity, values))
        drive = lasting_drive(strength, central_share)
        gate = two_key_gate(state, activity, UNTREATED, values)

        after = asked(state, gate, UNTREATED, drive, values)
        # Receptors follow input within the round: fewer rounds between what input does and what it is told.
        moved = state._replace(input=state.input + _PACE_OF_INPUT * (after.input - state.input))
        moved = moved._replace(alpha2delta1=asked(moved, gate, UNTREATED, drive, values).alpha2delta1)
        return after._replace(
            input=moved.input,
            alpha2delta1=moved.alpha2delta1,
            surface_receptors=asked(moved, gate, UNTREATED, drive, values).surface_receptors,
        )

    def read(values: Values, state: CascadeState, known: tuple[Array]) -> tuple[PerArm, PerArm, PerArm]:
        (activity,) = known
        calcium = two_key_gate(state, activity, UNTREATED, values).calcium
        felt = values["pain_from_activity"] * activity + values["pain_from_calcium"] * calcium
        return felt, lacking(state, activity, values), activity * state.inhibition

    known, shape = (activity, central_share), (len(shares), len(_LOG_ACTIVITY))
    start, nodes = healthy_cascade(jnp.asarray(activity)), len(activity)
    # Halfway and at the end.
    looks = repeated(settle, start, values, known, rounds=_ROUNDS // 2, looks=2)
    ready = prepare(read, values, start, (activity,))
    felt, drive, needed = on_rows(ready, looks.reshape(-1, 2 * nodes), jnp.asarray(np.tile(activity, (1, 2))))
    felt, needed, log_felt = felt[nodes:], needed[nodes:], jnp.log(felt[nodes:])
    apart = np.tile(_LEAST_RISE * np.arange(len(_LOG_ACTIVITY)), len(shares))
    # The smooth running maximum; with a triangle of ones, as a scan of 36 is five times the program.
    by_share = ((log_felt - apart) / _RISE_WIDTH).reshape(shape)
    rising = logsumexp(by_share[:, None, :], axis=2, where=np.tri(shape[1], dtype=bool)).reshape(-1)
    grid = _Grid(
        node=_RISE_WIDTH * rising + apart,
        log_felt=log_felt,
        log_strength=jnp.log(positive(drive[nodes:])),
        drive_share=drive[nodes:] / needed,
        unsettled=(drive[nodes:] - drive[:nodes]) / needed,
        log_needed=jnp.log(needed),
    )
    return jnp.concatenate([jnp.stack(grid), looks[:, 1]])


def _read(target: Array, which: np.ndarray, grid: Array) -> Array:
    """Cubic Hermite interpolation of all rows over ``node`` with three-point slopes, ``(rows, patients)``.

    Beyond the nodes a patient is the one at the last.
    """
    count = len(_LOG_ACTIVITY)
    nodes = grid[_Grid._fields.index("node")].reshape(-1, count)[which]
    target = jnp.clip(target, nodes[:, 1], nodes[:, count - 2])
    left = jnp.clip(jax.vmap(jnp.searchsorted)(jax.lax.stop_gradient(nodes), target) - 1, 1, count - 3)
    # Of all rows at once: a node is read instead of a number from each.
    y = grid.T[(which * count + left)[:, None] + np.arange(-1, 3)[None, :]]
    x = y[:, :, _Grid._fields.index("node"), None]
    width = x[:, 2] - x[:, 1]
    s = (target[:, None] - x[:, 1]) / width
    slope_left = (y[:, 2] - y[:, 0]) / (x[:, 2] - x[:, 0])
    slope_right = (y[:, 3] - y[:, 1]) / (x[:, 3] - x[:, 1])
    rise = y[:, 2] - y[:, 1]
    inner = (1.0 - 2.0 * s) * rise + width * ((s - 1.0) * slope_left + s * slope_right)
    at = (1.0 - s) * y[:, 1] + s * y[:, 2] + s * (s - 1.0) * inner
    return at.T
