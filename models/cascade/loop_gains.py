"""Loop gains: can a feedback loop keep pain alive after its cause has gone?"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.models.cascade.actions import UNTREATED
from windup.models.cascade.balance import asked
from windup.models.cascade.gate import ongoing_activity, two_key_gate
from windup.models.cascade.state import CascadeState, healthy_cascade
from windup.models.core.base import PainModel
from windup.models.core.types import Drive, Values

LOOPS = ("receptor", "glia_glutamate", "nitroxidative", "slow_central")
"""Feedback loops of the cascade, in the order of their gains."""

# Nitration can live without activity (through mitochondria), so a cut of its loop also cuts its reach into
# kinase and uptake; else the gains of the receptor and glia loops would be the gain of nitration under their
# names.
_COUPLINGS = {
    "receptor": ("receptor_activity",),
    "glia_glutamate": ("glia_activity",),
    "nitroxidative": ("nitroxidative_activity", "kinase_from_nitration", "clearance_loss_nitration"),
    "slow_central": ("central_activity",),
}
_ACTIVITY = 0.02 * 1.17 ** np.arange(40)  # 0.02 to 9, the range from silence to saturation
_ITERATIONS = 40


def loop_gains(model: PainModel[Any, Any], values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
    """Self-sustaining gain of each of ``model.loops`` alone, and of all together.

    Above 1 a loop can hold pain without a cause, below 1 it can only amplify. A model without loops gives no
    gains and a total of 0.
    """
    return model.loop_gains(values)


def cascade_loop_gains(values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
    r"""Self-sustaining gain of each loop of the cascade alone, and of all together.

    Activity :math:`E` is clamped, the slow states settle (from health), and the loop gives back the ongoing
    activity :math:`E_{loop}(E)`. Its gain is the largest chord

    .. math:: L = \max_E \frac{E_{loop}(E)}{E \, H(E)}

    without any input. A state other than health exists exactly where a chord reaches 1, so :math:`L > 1`
    means that this loop alone can hold pain without a cause (given an injury large enough to get there),
    :math:`L < 1` that it can only amplify. Cutting a loop sets to 0 what it gives back to activity; what
    activity does to the gate through phosphorylation, receptors and uptake stays. Of the nitroxidative loop
    the reach into kinase and uptake is cut too.

    Where damaged mitochondria and nitration keep each other up without any activity, the chord has no
    maximum: it grows as activity goes to 0. The number is then its value at the smallest activity looked at
    (0.02) and says no more than "above 1".

    Returns
    -------
    tuple
        Gains in the order of `LOOPS`, and the total gain.
    """

    coupled = {name: jnp.asarray(values[name]) for names in _COUPLINGS.values() for name in names}

    def chord(active: Float[Array, " loop"]) -> Array:
        switched = {
            name: coupled[name] * active[index]
            for index, loop in enumerate(LOOPS)
            for name in _COUPLINGS[loop]
        }
        kept = {**values, **switched}
        state = _settled(kept)
        return jnp.max(ongoing_activity(state, kept) / state.inhibition / _ACTIVITY)

    alone_and_together = np.concatenate([np.eye(len(LOOPS)), np.ones((1, len(LOOPS)))])
    gains = jax.vmap(chord)(jnp.asarray(alone_and_together))
    return gains[:-1], gains[-1]


def _settled(values: Values) -> CascadeState:
    activity = jnp.asarray(_ACTIVITY)
    zeros = jnp.zeros_like(activity)
    drive = Drive(zeros, zeros, zeros, jnp.ones_like(activity))

    def settle(_: Array, state: CascadeState) -> CascadeState:
        return asked(state, two_key_gate(state, activity, UNTREATED, values), UNTREATED, drive, values)

    settled: CascadeState = jax.lax.fori_loop(0, _ITERATIONS, settle, healthy_cascade(zeros))
    return settled
