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
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from ._base import PainModel
from ._relative_doses import REFERENCE_DOSE
from ._types import Doses, Drive, Values

# Whom the response is quoted for, and the time around which it is averaged: a usual trial.
PAIN, CENTRAL_SHARE, DAYS = 6.0, 0.1, 56.0

# Leverage is never taken as smaller than this (points per unit strength), so that an effect of a drug that
# can hardly act does not ask for an absurd strength.
_LEAST = 0.3


def leverage(model: PainModel[Any, Any], values: Values, strengths: tuple[str, ...]) -> Values:
    r"""Fall of pain per unit of each strength, points on the 0-10 scale, smoothed to stay positive.

    Linearised at a patient with a pain of 6 who takes every drug at its reference dose with all strengths at
    0, with :math:`J` the Jacobian of the right-hand side :math:`f` and :math:`y` pain,

    .. math:: A_p = -\frac{\partial y}{\partial s_p}
        - \frac{\partial y}{\partial x} (T^{-1} - J)^{-1} \frac{\partial f}{\partial s_p},

    the response to a lasting change averaged over times around :math:`T` = 56 days. Returned is
    :math:`\sqrt{A_p^2 + 0.3^2}`.

    Parameters
    ----------
    model
        Any pain model whose drug states are steady under steady doses.
    values
        Parameter values.
    strengths
        Names of the strengths asked for.
    """
    one = jnp.ones(1)
    share = np.array([CENTRAL_SHARE])
    enrolled = model.at_enrolment(PAIN * one, share, np.ones(1), values)
    drive = Drive(enrolled.strength * (1.0 - share), enrolled.strength * share, jnp.zeros(1), one)
    doses = Doses(*(jnp.full((1,), REFERENCE_DOSE.get(name, 0.0)) for name in Doses._fields))
    inert = {name: jnp.zeros(()) for name in strengths}
    vector, unravel = ravel_pytree(enrolled.state)

    def slope(x: Array, chosen: Values) -> Array:
        every = {**values, **chosen}
        derivative = model.derivative(unravel(x), model.actions(doses, every), drive, every)
        return ravel_pytree(derivative)[0]

    def pain(x: Array, chosen: Values) -> Array:
        every = {**values, **chosen}
        return model.pain(unravel(x), model.actions(doses, every), drive, every)[0]

    jacobian = jax.jacfwd(slope)(vector, inert)
    held = jnp.eye(len(vector)) / DAYS - jacobian
    # The states that follow a dose are taken where the dose holds them: there a strength of 0 does nothing.
    treated = vector + jnp.linalg.solve(held, slope(vector, inert))
    weights = jnp.linalg.solve(held.T, jax.grad(pain)(treated, inert))
    response = jax.grad(lambda chosen: pain(treated, chosen) + weights @ slope(treated, chosen))(inert)
    return {name: jnp.sqrt(value**2 + _LEAST**2) for name, value in response.items()}
