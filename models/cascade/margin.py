"""How far a steady state of the cascade is from a fold: the determinant of what the loops leave."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.models.cascade.actions import UNTREATED
from windup.models.cascade.balance import asked
from windup.models.cascade.gate import net_activity, two_key_gate
from windup.models.cascade.state import CascadeState
from windup.models.core.types import Drive, PerArm, Values
from windup.models.integrator.differences import along

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


def cascade_margin(state: CascadeState, drive: Drive, values: Values) -> PerArm:
    r"""Determinant :math:`\det(I - K)` of untreated patients in a steady state.

    :math:`K` is the Jacobian of what every pool asks for, :math:`x \mapsto a(x) / l(x)`, with activity as
    the pools make it. Any response of the steady state to a small lasting change is a cofactor of
    :math:`I - K` over this determinant: it vanishes where any response diverges, whichever loop does it. It
    is smooth there, which the change of drive that a change of activity needs (the Schur complement) is not:
    that is 1 minus a quotient whose denominator vanishes where a loop without activity is at a fold of its
    own. With :math:`J` the Jacobian of the differential equation it is
    :math:`\det(-J) \prod_i \tau_i / l_i`, and 1 without loops.

    Parameters
    ----------
    state, drive
        Steady states and what holds them, leaves ``(patients,)``.
    values
        Parameter values.
    """

    def pools_asked(values: Values, patient: tuple[CascadeState, Drive]) -> list[Array]:
        state, drive = patient
        activity = net_activity(state, UNTREATED, drive, values)
        target = asked(state, two_key_gate(state, activity, UNTREATED, values), UNTREATED, drive, values)
        return [getattr(target, name) for name in _COUPLED]

    fields, others = CascadeState._fields, len(jax.tree.leaves(drive))
    moved = np.eye(len(fields) + others)[:, [fields.index(name) for name in _COUPLED]]
    jacobian = along(pools_asked, values, (state, drive), moved)
    found: Array = jnp.linalg.det(jnp.eye(len(_COUPLED))[None] - jnp.moveaxis(jacobian, -1, 0))
    return found
