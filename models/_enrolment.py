"""Patients at enrolment: the cascade's steady state at a given pain, and the drive that holds it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._actions import cascade_actions
from ._balance import balance
from ._cascade_state import CascadeState, healthy_cascade
from ._gate import ongoing_activity, two_key_gate
from ._magnesium import magnesium_at_intake
from ._types import Doses, Drive, Enrolled, PerArm, Values

_ITERATIONS = 30
# Activities at which the steady state is found, from near silence to saturation (25 % apart).
_LOG_ACTIVITY = np.log(0.01) + np.log(1.25) * np.arange(36)
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

    With activity :math:`E` clamped the slow states settle monotonically, whatever the loops; pain then rises
    with :math:`E`, and the drive is what activity lacks, :math:`u(E) = E H - \text{ongoing}`, floored
    smoothly at 0. Both are found on a grid of activities and read at the asked pain by cubic interpolation.
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
        :math:`u / (E H)` and the margin :math:`u'(E) / H`.
    """
    shares, which = np.unique(central_share, return_inverse=True)
    grids = _settled(shares, values)
    target = jnp.log(pain / (10.0 - pain))

    def read(grid: Array) -> PerArm:
        return jax.vmap(_read)(target, grids.log_felt[which], grid[which])

    magnesium = magnesium_at_intake(jnp.asarray(habitual_magnesium), values)
    state = jax.tree.map(read, grids.state)._replace(
        serum_magnesium=magnesium.serum, tissue_magnesium=magnesium.tissue, csf_magnesium=magnesium.csf
    )
    return Enrolled(jnp.exp(read(grids.log_strength)), state, read(grids.drive_share), read(grids.margin))


class _Grids(NamedTuple):
    """Steady states with activity clamped, ``(shares, activities)``."""

    log_felt: Array
    log_strength: Array
    drive_share: Array
    margin: Array
    state: CascadeState


def _settled(shares: Float[np.ndarray, " shares"], values: Values) -> _Grids:
    activity = jnp.exp(jnp.tile(_LOG_ACTIVITY, len(shares)))
    central_share = jnp.repeat(shares, len(_LOG_ACTIVITY))
    zeros = jnp.zeros_like(activity)
    actions = cascade_actions(Doses(*(zeros for _ in Doses._fields)), values)

    def lacking(state: CascadeState) -> PerArm:
        return activity * state.inhibition - ongoing_activity(state, values)

    def settle(state: CascadeState, _: None) -> tuple[CascadeState, None]:
        strength = positive(lacking(state))
        drive = Drive(strength * (1.0 - central_share), strength * central_share, zeros, jnp.ones_like(zeros))
        gate = two_key_gate(state, activity, actions, values)
        gain, loss = balance(state, gate, actions, drive, values)
        return CascadeState(*(a / b for a, b in zip(gain, loss, strict=True))), None

    state, _ = jax.lax.scan(settle, healthy_cascade(activity), None, length=_ITERATIONS)
    calcium = two_key_gate(state, activity, actions, values).calcium
    felt = values["pain_from_activity"] * activity + values["pain_from_calcium"] * calcium
    shape = (len(shares), len(_LOG_ACTIVITY))
    drive, needed = lacking(state).reshape(shape), (activity * state.inhibition).reshape(shape)
    step = _LOG_ACTIVITY[1] - _LOG_ACTIVITY[0]
    return _Grids(
        log_felt=jnp.log(felt).reshape(shape),
        log_strength=jnp.log(positive(drive)),
        drive_share=drive / needed,
        margin=jnp.asarray(jnp.gradient(drive, step, axis=1)) / needed,
        state=jax.tree.map(lambda x: x.reshape(shape), state),
    )


def _bracket(target: Array, log_felt: PerArm) -> Array:
    last = len(_LOG_ACTIVITY) - 3
    return jnp.clip(jnp.searchsorted(jax.lax.stop_gradient(log_felt), target) - 1, 1, last)


def _read(target: Array, log_felt: PerArm, grid: PerArm) -> Array:
    """Cubic Hermite interpolation of ``grid`` over ``log_felt`` with three-point slopes."""
    left = _bracket(target, log_felt)
    x = [log_felt[left + i] for i in (-1, 0, 1, 2)]
    y = [grid[left + i] for i in (-1, 0, 1, 2)]
    width = x[2] - x[1]
    s = (target - x[1]) / width
    slope_left, slope_right = (y[2] - y[0]) / (x[2] - x[0]), (y[3] - y[1]) / (x[3] - x[1])
    rise = y[2] - y[1]
    inner = (1.0 - 2.0 * s) * rise + width * ((s - 1.0) * slope_left + s * slope_right)
    return (1.0 - s) * y[1] + s * y[2] + s * (s - 1.0) * inner
