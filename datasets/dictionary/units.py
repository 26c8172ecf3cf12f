r"""Conversions between units, each with its source.

References
----------
.. [1] Prohaska T et al. Standard atomic weights of the elements 2021. Pure Appl Chem 2022;94:573.
   doi:10.1515/pac-2019-0603 (magnesium 24.305).
.. [2] Higgins JPT et al. Cochrane Handbook for Systematic Reviews of Interventions, section 6.5.2
   (standard deviations from standard errors and confidence intervals).
"""

from __future__ import annotations

MAGNESIUM_MOLAR_MASS_MG_PER_MMOL = 24.305
"""Molar mass of magnesium, mg/mmol [1]_."""

_TO_MODEL_UNIT: dict[str, float] = {
    "NRS_0_10": 1.0,
    # A visual analogue scale of 10 cm and an 11-point numerical scale are read as the same 0-10 scale;
    # 100 mm are ten times as many units. That is a convention of this data set, not a measured identity.
    "VAS_0_10": 1.0,
    "VAS_0_100": 0.1,
    "mmol_per_L": 1.0,
    "mg_per_dL": 10.0 / MAGNESIUM_MOLAR_MASS_MG_PER_MMOL,
    "percent": 1.0,
}


def model_unit_factor(scale: str, kind: str) -> float:
    """Factor from a published unit to the unit of ``estimate``.

    Pain becomes 0–10, magnesium mmol/L, percent changes stay in percent, responder shares become
    fractions.

    Parameters
    ----------
    scale
        Scale of the row.
    kind
        Kind of the row (:func:`kind_of`).

    Examples
    --------
    >>> model_unit_factor("VAS_0_100", "mean")
    0.1
    >>> model_unit_factor("percent", "responder_50")
    0.01
    """
    if kind in ("responder_30", "responder_50"):
        return 0.01
    return _TO_MODEL_UNIT[scale]


def mmol_per_l_from_mg_per_dl(milligrams_per_decilitre: float) -> float:
    """Magnesium concentration in mmol/L from mg/dL [1]_.

    Examples
    --------
    >>> round(mmol_per_l_from_mg_per_dl(2.4305), 6)
    1.0
    """
    return milligrams_per_decilitre * 10.0 / MAGNESIUM_MOLAR_MASS_MG_PER_MMOL
