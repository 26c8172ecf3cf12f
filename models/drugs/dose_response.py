"""How a daily dose becomes an action at its target."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from windup.models.core.types import Values

# Exposure from one application of the 8 % patch, which is spread over one day: 95 % of the fibres under it.
PATCH_EXPOSURE = 3.0


def capsaicin_exposure(
    patch: Float[Array, " ..."], cream: Float[Array, " ..."], values: Values
) -> Float[Array, " ..."]:
    """Capsaicin exposure per day from patches (applications per day) and cream (relative dose)."""
    return PATCH_EXPOSURE * patch + values["cream_application_rate"] * cream


def fibres_lost(exposure: Float[Array, " ..."]) -> Float[Array, " ..."]:
    r"""Share of the exposed fibres that are defunctionalised, :math:`1 - e^{-q}`.

    Every unit of exposure leaves a fibre working with probability :math:`1/e`, so that a second patch finds
    fewer fibres. The exposure itself adds up and wears off linearly, which any step length solves exactly.
    """
    return -jnp.expm1(-exposure)
