r"""How far a drug of unit strength moves pain: the first-order response of a reference patient.

Trials measure effects on pain. In the cascade an effect is a strength times what the loops make of it, so
that a well measured effect leaves a curved ridge of strengths and loop gains; a sampler that moves effects
instead of strengths walks straight.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ._base import PainModel
from ._differences import along
from ._parameters import free
from ._relative_doses import REFERENCE_DOSE
from ._types import Doses, Drive, Enrolled, Values, lasting_drive

REFERENCE_PAIN = 6.0
"""Pain (0-10) of the patient for whom the response is quoted: that of a usual trial."""

REFERENCE_CENTRAL_SHARE = 0.1
"""Share of that patient's drive that has no peripheral source."""

# The time around which the response is averaged: that of a usual trial.
DAYS = 56.0

# Leverage is never taken as smaller than this (points per unit strength), so that an effect of a drug that
# can hardly act does not ask for an absurd strength.
_LEAST = 0.3


def leverage(
    model: PainModel[Any, Any], patient: Enrolled[Any], values: Values, strengths: tuple[str, ...]
) -> Values:
    r"""Fall of pain per unit of each strength, points on the 0-10 scale, smoothed to stay positive.

    Linearised at a patient who takes every drug at its reference dose and whom none of them moves (all
    strengths and opioid sensitisation are 0), with :math:`J` the Jacobian of the right-hand side :math:`f`
    and :math:`y` pain,

    .. math:: A_p = -\frac{\partial y}{\partial s_p}
        - \frac{\partial y}{\partial x} (T^{-1} - J)^{-1} \frac{\partial f}{\partial s_p},

    the response to a lasting change averaged over times around :math:`T` = 56 days. Returned is
    :math:`\sqrt{A_p^2 + 0.3^2}`.

    Parameters
    ----------
    model
        Any pain model whose drug states are steady under steady doses.
    patient
        One patient at enrolment, ``REFERENCE_CENTRAL_SHARE`` of whose drive is central; leaves ``(1,)``.
    values
        Parameter values.
    strengths
        Names of the strengths asked for.
    """
    drive = lasting_drive(patient.strength[0], REFERENCE_CENTRAL_SHARE)
    doses = Doses(*(jnp.asarray(REFERENCE_DOSE.get(name, 0.0)) for name in Doses._fields))
    # Nothing that a drug does may act, not even what is not asked for: all at once could tip this patient.
    acts = (p for p in free(model.parameters()) if p.family == "normal" and p.location == 0.0)
    of_drugs = [p.name for p in acts if p.is_strength or p.part == "opioid adaptation"]
    values = values | {name: jnp.zeros(()) for name in of_drugs}
    leaves, structure = jax.tree.flatten(patient.state)
    states = len(leaves)
    # One lane per direction: every state, then every strength.
    seeds = list(np.eye(states + len(strengths)))
    lanes = len(seeds)
    directions = (
        jax.tree.unflatten(structure, seeds[:states]),
        jax.tree.map(lambda _: np.zeros(lanes), drive),
        dict(zip(strengths, seeds[states:], strict=True)),
    )
    inert = {name: jnp.zeros(()) for name in strengths}

    def respond(values: Values, patient: tuple[Any, Drive, Values]) -> tuple[Any, Array]:
        state, drive, chosen = patient
        every = {**values, **chosen}
        actions = model.actions(doses, every)
        return model.derivative(state, actions, drive, every), model.pain(state, actions, drive, every)

    def respond_at(state: Array, _: None) -> tuple[Array, Array]:
        point = jax.tree.unflatten(structure, list(state)), drive, inert
        everywhere = jax.tree.map(lambda x: jnp.broadcast_to(x, (lanes,)), point)
        here, bends = along(respond, values, everywhere, directions)
        # Pain is the last row.
        bent, felt = bends[:-1], bends[-1]
        settling = jnp.linalg.inv(jnp.eye(states) / DAYS - bent[:, :states])
        response = felt[states:] + (felt[:states] @ settling) @ bent[:, states:]
        return state + settling @ here[:-1, 0], response

    # The states that follow a dose are taken where the dose holds them: there a strength of 0 does nothing.
    # Two rounds of a loop, not two copies: half to compile.
    _, (_, response) = jax.lax.scan(respond_at, jnp.concatenate(leaves), None, length=2)
    return {name: jnp.sqrt(value**2 + _LEAST**2) for name, value in zip(strengths, response, strict=True)}
