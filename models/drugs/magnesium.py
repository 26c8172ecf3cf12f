"""Magnesium: saturating absorption, renal feedback, a slow tissue pool and a slow, small way to the CSF."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Array, Float

from windup.models.core.types import Values

MAGNESIUM_MG_PER_MMOL = 24.305
"""Molar mass of magnesium, mg/mmol (standard atomic weight, https://doi.org/10.1515/pac-2019-0603)."""


class Magnesium(NamedTuple):
    """Serum, slow tissue pool and CSF: levels relative to the customary ones, or one number for each."""

    serum: Float[Array, " ..."]
    tissue: Float[Array, " ..."]
    csf: Float[Array, " ..."]


def magnesium_at_intake(habitual: Float[Array, " ..."], values: Values) -> Magnesium:
    """Steady state at a habitual intake (absorbed magnesium relative to the customary 1)."""
    serum = serum_target(habitual, values)
    return Magnesium(serum, serum, 1.0 + values["csf_magnesium_gain"] * (serum - 1.0))


def magnesium_targets(
    pools: Magnesium, absorbed: Float[Array, " ..."], infusion: Float[Array, " ..."], values: Values
) -> Magnesium:
    r"""Where each pool is heading; each relaxes with `magnesium_rates`.

    .. math::
        m_s^\infty = (1 - w)\, a^{1/\gamma} + w\, m_t + \frac{i}{k_s}, \quad m_t^\infty = m_s, \quad
        m_c^\infty = 1 + g (m_s - 1), \quad w = \frac{s}{1 + s}

    with serum :math:`m_s`, tissue :math:`m_t`, CSF :math:`m_c`, absorbed magnesium :math:`a`, infusion
    :math:`i` and ``tissue_magnesium_share`` :math:`s`. Serum moves within a day to a part of its rise and
    with the tissue pool, over weeks, to the rest.

    Parameters
    ----------
    pools
        Relative to customary.
    absorbed
        From diet and supplement, relative to the customary diet.
    infusion
        Rise of relative serum magnesium per day.
    values
        Parameter values.
    """
    share = values["tissue_magnesium_share"] / (1.0 + values["tissue_magnesium_share"])
    serum = (1.0 - share) * serum_target(absorbed, values) + share * pools.tissue
    return Magnesium(
        serum=serum + infusion / values["serum_magnesium_rate"],
        tissue=pools.serum,
        csf=1.0 + values["csf_magnesium_gain"] * (pools.serum - 1.0),
    )


def magnesium_rates(values: Values) -> Magnesium:
    """Relaxation rates of the three pools, per day."""
    return Magnesium(
        serum=values["serum_magnesium_rate"],
        tissue=1.0 / values["tissue_magnesium_time"],
        csf=1.0 / values["csf_magnesium_time"],
    )


def supplement_absorbed(dose_mg_per_day: Float[Array, " ..."], values: Values) -> Float[Array, " ..."]:
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


def infusion_rate(dose_mg_per_day: Float[Array, " ..."], values: Values) -> Float[Array, " ..."]:
    r"""Rise of relative serum magnesium per day by an infusion, :math:`d / (24.305\, V\, M_0)`."""
    volume_mmol = values["magnesium_volume"] * values["serum_magnesium_normal"]
    return dose_mg_per_day / MAGNESIUM_MG_PER_MMOL / volume_mmol


def serum_target(absorbed: Float[Array, " ..."], values: Values) -> Float[Array, " ..."]:
    r"""Relative serum magnesium at which excretion equals absorption, :math:`m^* = a^{1/\gamma}`.

    Renal excretion goes with the power ``renal_feedback`` (:math:`\gamma`) of serum magnesium, so that intake
    moves serum little when it is replete and more when it is low.
    """
    return absorbed ** (1.0 / values["renal_feedback"])
