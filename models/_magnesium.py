"""Magnesium: saturating absorption, renal feedback, a slow tissue pool and a slow, small passage to the CSF."""

from __future__ import annotations

from jaxtyping import Array, Float

from ._types import Values

MAGNESIUM_MG_PER_MMOL = 24.305


def supplement_absorbed(dose_mg_per_day: Float[Array, "..."], values: Values) -> Float[Array, "..."]:
    r"""Absorbed supplement relative to the magnesium absorbed from a customary diet.

    .. math:: u = \frac{d}{A_0} F_0 \frac{D_{50}}{D_{50} + d}

    Parameters
    ----------
    dose_mg_per_day
        Elemental magnesium by mouth, mg/day.
    values
        ``magnesium_absorbed_fraction`` (F0), ``magnesium_absorption_half_dose`` (D50, mg/day),
        ``dietary_magnesium_absorbed`` (A0, mg/day).
    """
    half = values["magnesium_absorption_half_dose"]
    fraction = values["magnesium_absorbed_fraction"] * half / (half + dose_mg_per_day)
    return dose_mg_per_day * fraction / values["dietary_magnesium_absorbed"]


def infusion_rate(dose_mg_per_day: Float[Array, "..."], values: Values) -> Float[Array, "..."]:
    r"""Rise of relative serum magnesium per day by an infusion, :math:`d / (24.305\, V\, M_0)`."""
    volume_mmol = values["magnesium_volume"] * values["serum_magnesium_normal"]
    return dose_mg_per_day / MAGNESIUM_MG_PER_MMOL / volume_mmol


def serum_target(absorbed: Float[Array, "..."], values: Values) -> Float[Array, "..."]:
    r"""Relative serum magnesium at which excretion equals absorption, :math:`m^* = a^{1/\gamma}`.

    Renal excretion goes with the power ``renal_feedback`` (:math:`\gamma`) of serum magnesium, so that intake moves
    serum little when it is replete and more when it is low.
    """
    return absorbed ** (1.0 / values["renal_feedback"])
