"""How far a steady state of the cascade is from a fold: the determinant of what the loops leave."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._actions import cascade_actions
from ._balance import balance
from ._cascade_state import CascadeState
from ._gate import ongoing_activity, two_key_gate
from ._lanes import lanewise
from ._types import Doses, Drive, PerArm, Values

# States that something they act on acts back on; the others (input, alpha-2-delta-1, magnesium, what follows
# a dose) feed the loops and are fed by none.
_COUPLED = (
    "phosphorylated",
    "surface_receptors",
    "microglia",
    "astrocytes",
    "clearance",
    "mitochondria",
    "mnsod",
    "glutathione",
    "nitration",
    "central",
    "inhibition",
)


def cascade_margin(
    state: CascadeState,
    activity: Float[np.ndarray, " patients"],
    strength: PerArm,
    central_share: Float[np.ndarray, " patients"],
    values: Values,
) -> PerArm:
    r"""Determinant :math:`\det(I - K)` of untreated patients in a steady state.

    :math:`K` is the Jacobian of what every pool and activity ask for, :math:`x \mapsto a(x) / l(x)`, by all
    of them. Any response of the steady state to a small lasting change is a cofactor of :math:`I - K` over
    this determinant: it vanishes where any response diverges, whichever loop does it. It is smooth there,
    which the change of drive that a change of activity needs (the Schur complement) is not: that is 1 minus
    a quotient whose denominator vanishes where a loop without activity is at a fold of its own. With
    :math:`J` the Jacobian of the differential equation it is :math:`\det(-J) \prod_i \tau_i / l_i`, and 1
    without loops.

    Parameters
    ----------
    state
        Steady states, leaves ``(patients,)``.
    activity
        Net activity there.
    strength
        The drive that holds them.
    central_share
        Share of the drive without a peripheral source.
    values
        Parameter values.
    """
    untreated = Doses(*(jnp.zeros(()) for _ in Doses._fields))
    size, patients = len(_COUPLED) + 1, len(activity)
    seeds = np.repeat(np.eye(size)[:, :, None], patients, axis=2).reshape(size, size * patients)

    def along(values: Values, patient: tuple[CascadeState, Array], known: tuple[Array, ...]) -> list[Array]:
        state, strength = patient
        activity, central_share, *seed = known
        actions = cascade_actions(untreated, values)
        drive = Drive(
            strength * (1.0 - central_share), strength * central_share, 0.0 * strength, jnp.ones(())
        )

        def asked(state: CascadeState, activity: Array) -> list[Array]:
            gate = two_key_gate(state, activity, actions, values)
            gain, loss = balance(state, gate, actions, drive, values)
            pools = [getattr(gain, name) / getattr(loss, name) for name in _COUPLED]
            return [*pools, (strength + ongoing_activity(state, values)) / state.inhibition]

        still = CascadeState(*(jnp.zeros_like(strength) for _ in CascadeState._fields))
        moved = still._replace(**dict(zip(_COUPLED, seed, strict=False)))
        change: list[Array] = jax.jvp(asked, (state, activity), (moved, seed[-1]))[1]
        return change

    # One lane per patient and direction, directions outermost.
    everyone = jax.tree.map(lambda x: jnp.tile(x, size), (state, strength))
    known = (np.tile(activity, size), np.tile(central_share, size), *seeds)
    columns = jnp.stack(lanewise(along, values, everyone, known)).reshape(size, size, patients)
    found: Array = jnp.linalg.det(jnp.eye(size)[None] - jnp.moveaxis(columns, -1, 0))
    return found
