r"""How far a drug of unit strength moves pain: the first-order response of a reference patient.

Trials measure effects on pain. In the cascade an effect is a strength times what the loops make of it, so
that a well measured effect leaves a curved ridge of strengths and loop gains; a sampler that moves effects
instead of strengths walks straight.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from windup.models.core.base import PainModel
from windup.models.core.types import Drive, Enrolled, Values, lasting_drive
from windup.models.integrator.lasting_response import lasting_response

REFERENCE_PAIN = 6.0
"""Pain (0-10) of the patient for whom the response is quoted: that of a usual trial."""

REFERENCE_CENTRAL_SHARE = 0.1
"""Share of that patient's drive that has no peripheral source."""

# The time around which the response is averaged: that of a usual trial.
DAYS = 56.0

# Leverage is never taken as smaller than this (points per unit strength), so that an effect of a drug that
# can hardly act does not ask for an absurd strength.
_LEAST = 0.3


def leverages_of(
    model: PainModel[Any, Any], patient: Enrolled[Any], values: Values, strengths: tuple[str, ...]
) -> Float[Array, " strengths"]:
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
    drive = lasting_drive(patient.strength, REFERENCE_CENTRAL_SHARE)
    # A dose that is counted in applications cannot last, and one by vein comes on top of one by mouth.
    drugs = model.pharmacology.drugs
    doses: Any = dict.fromkeys(model.pharmacology.dose_columns, 0.0)
    doses |= {drug.dose_columns[0]: drug.reference_dose for drug in drugs if drug.reference_dose is not None}
    # Nothing that a drug does may act, not even what is not asked for: all at once could tip this patient.
    values = values | {name: jnp.zeros(()) for name in model.strengths_at_rest()}

    def respond(values: Values, patient: tuple[Any, Drive, tuple[Array, ...]]) -> tuple[Any, Array]:
        state, drive, chosen = patient
        every = {**values, **dict(zip(strengths, chosen, strict=True))}
        actions = model.actions(doses, every)
        return model.derivative(state, actions, drive, every), model.pain(state, actions, drive, every)

    response = lasting_response(respond, values, patient.state, drive, causes=len(strengths), days=DAYS)
    return jnp.sqrt(response**2 + _LEAST**2)
