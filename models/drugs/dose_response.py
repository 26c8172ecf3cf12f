"""How a daily dose becomes an action at its target."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from windup.models.core.types import Values

# Exposure from one application of the 8 % patch, which is spread over one day: 95 % of the fibres under it.
PATCH_EXPOSURE = 3.0


def saturating(
    dose: Float[Array, " ..."], half_maximal_dose: Float[Array, " ..."] | float, *, reference_dose: float
) -> Float[Array, " ..."]:
    r"""E_max dose-response, scaled to 1 at the reference dose.

    .. math:: f(d) = \frac{d}{d + d_{50}} \cdot \frac{d_{ref} + d_{50}}{d_{ref}}

    Parameters
    ----------
    dose, half_maximal_dose, reference_dose
        Daily doses, all in the drug's own unit.

    Returns
    -------
    Array
        0 without drug, 1 at ``reference_dose``, at most ``(reference + d50) / reference``.
    """
    return dose / (dose + half_maximal_dose) * ((reference_dose + half_maximal_dose) / reference_dose)


def gabapentin_bioavailable(dose_mg_per_day: float, administrations_per_day: float) -> float:
    r"""Gabapentin that is absorbed, mg/day: saturable transport makes it less than proportional.

    .. math:: F = \frac{823}{1120 + d}, \quad d \text{ the single dose in mg}

    Source: Al-Zubaydi 2024 (doi 10.3390/pharmaceutics16121514), constants fixed there to Carlsson 2009. The
    limit of small doses, 0.735, is that of a single 100 mg dose (0.738, Stewart 1993, PubMed 8456077).
    """
    # Doses are known numbers: in JAX their precision would be that of whoever came first.
    single = dose_mg_per_day / max(administrations_per_day, 1.0)
    return dose_mg_per_day * 823.0 / (1120.0 + single)


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
