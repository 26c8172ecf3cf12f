"""Which drive explains a pain: the cascade's steady state, solved for its cause."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from ._actions import cascade_actions
from ._balance import balance
from ._cascade_state import CascadeState, healthy_cascade
from ._gate import ongoing_activity, two_key_gate
from ._magnesium import magnesium_at_intake
from ._types import Doses, Drive, PerArm, Values

_ITERATIONS = 24
# Width of the smooth floor of the drive: below about this strength a drive no longer matters.
_FLOOR = 0.02
# Pain goes up at least in proportion to activity and at most with its square or so: the exponent contracts both ways.
_CORRECTION = 0.6


def positive(strength: PerArm) -> PerArm:
    r"""Smooth floor :math:`\epsilon \log(1 + e^{s / \epsilon})`: a drive is never negative."""
    return _FLOOR * jax.nn.softplus(strength / _FLOOR)


def cascade_strength_for_pain(
    pain: PerArm, central_share: PerArm, habitual_magnesium: PerArm, values: Values
) -> PerArm:
    r"""Drive at which the steady state of the cascade has a given pain.

    Activity :math:`E` is moved until :math:`\beta_E E + \beta_J J(E) = y / (10 - y)` while the slow states settle, by
    a fixed number of fixed-point iterations; then the drive is what activity lacks,
    :math:`u = E H - \text{ongoing}`, floored smoothly at 0.

    Parameters
    ----------
    pain
        0-10 scale, strictly inside.
    central_share
        Share of the drive without a peripheral source.
    habitual_magnesium
        Relative to the customary intake.
    values
        Parameter values.

    Returns
    -------
    Array
        Strength of the drive. Where the loops alone hold more than this pain (a gain above 1), no drive gives it: the
        floor is returned and the patient's pain is higher than asked for. The likelihood sees the solved pain, never
        this one.
    """
    felt = pain / (10.0 - pain)
    zeros = jnp.zeros_like(pain)
    actions = cascade_actions(Doses(*(zeros for _ in Doses._fields)), values)
    magnesium = magnesium_at_intake(habitual_magnesium, values)
    start = healthy_cascade(pain)._replace(
        serum_magnesium=magnesium.serum, tissue_magnesium=magnesium.tissue, csf_magnesium=magnesium.csf
    )

    def settle(carry: tuple[CascadeState, PerArm], _: None) -> tuple[tuple[CascadeState, PerArm], None]:
        state, activity = carry
        gate = two_key_gate(state, activity, actions, values)
        now = values["pain_from_activity"] * activity + values["pain_from_calcium"] * gate.calcium
        activity = activity * (felt / now) ** _CORRECTION
        strength = positive(activity * state.inhibition - ongoing_activity(state, values))
        drive = Drive(strength * (1.0 - central_share), strength * central_share, zeros, habitual_magnesium)
        gain, loss = balance(state, gate, actions, drive, values)
        state = CascadeState(*(a / b for a, b in zip(gain, loss, strict=True)))
        return (state, activity), None

    (state, activity), _ = jax.lax.scan(settle, (start, felt), None, length=_ITERATIONS)
    return positive(activity * state.inhibition - ongoing_activity(state, values))
