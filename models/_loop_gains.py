"""Loop gains: can a feedback loop keep pain alive after its cause has gone?"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ._actions import cascade_actions
from ._cascade import Cascade, CascadeState
from ._types import Doses, Drive, Values

LOOPS = ("receptor", "glia_glutamate", "nitroxidative", "slow_central")

_COUPLINGS = {
    "receptor": ("receptor_activity",),
    "glia_glutamate": ("glia_activity",),
    "nitroxidative": ("nitroxidative_activity",),
    "slow_central": ("central_activity",),
}
_ACTIVITY = 0.02 * 1.17 ** jnp.arange(40)  # 0.02 to 9, the range from silence to saturation
_ITERATIONS = 40


def loop_gains(cascade: Cascade, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
    r"""Self-sustaining gain of each loop alone, and of all together.

    Activity :math:`E` is clamped, the slow states settle, and the loop gives back the ongoing activity
    :math:`E_{loop}(E)`. Its gain is the largest chord

    .. math:: L = \max_E \frac{E_{loop}(E)}{E \, H(E)}

    without any input. A state other than health exists exactly where a chord reaches 1, so :math:`L > 1` means that
    this loop alone can hold pain without a cause (given an injury large enough to get there), :math:`L < 1` that it
    can only amplify. Cutting a loop sets to 0 what it gives back to activity; what it does to the gate stays.

    Returns
    -------
    tuple
        Gains in the order of `LOOPS`, and the total gain.
    """

    def chord(active: tuple[str, ...]) -> Array:
        cut = {
            name: jnp.zeros_like(jnp.asarray(values[name]))
            for loop in LOOPS
            if loop not in active
            for name in _COUPLINGS[loop]
        }
        kept = {**values, **cut}
        state = _settled(cascade, kept)
        given_back = cascade.ongoing_activity(state, kept) / state.inhibition
        return jnp.max(given_back / _ACTIVITY)

    return jnp.stack([chord((loop,)) for loop in LOOPS]), chord(LOOPS)


def _settled(cascade: Cascade, values: Values) -> CascadeState:
    zeros = jnp.zeros_like(_ACTIVITY)
    drive = Drive(zeros, zeros, zeros, jnp.ones_like(_ACTIVITY))
    actions = cascade_actions(Doses(*(zeros for _ in Doses._fields)), values)

    def settle(_: Array, state: CascadeState) -> CascadeState:
        gate = cascade.gate(state, _ACTIVITY, actions, values)
        gain, loss = cascade.balance(state, gate, actions, drive, values)
        return CascadeState(*(a / b for a, b in zip(gain, loss, strict=True)))

    return jax.lax.fori_loop(0, _ITERATIONS, settle, cascade.healthy(zeros))
