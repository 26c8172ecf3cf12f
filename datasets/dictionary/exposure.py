r"""Daily dose of every phase in the canonical unit of its drug.

References
----------
.. [1] Dowell D et al. CDC Clinical Practice Guideline for Prescribing Opioids for Pain — United States,
   2022. MMWR Recomm Rep 2022;71(3):1–95, table of conversion factors. doi:10.15585/mmwr.rr7103a1.
   Buprenorphine has no factor there, hence no dose here.
.. [2] WHO Collaborating Centre for Drug Statistics Methodology. ATC/DDD Index, group M01A
   (defined daily doses of oral anti-inflammatory drugs).
.. [3] Backonja 2011 as tabulated by Cochrane (PMC6452908): 1200 mg gabapentin enacarbil hold 624 mg
   gabapentin.
.. [4] Molar masses: Mg 24.305, MgSO4·7H2O 246.47, MgO 40.304 g/mol (IUPAC 2021 atomic weights,
   doi:10.1515/pac-2019-0603).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

CANONICAL_UNITS: dict[str, str] = {
    "placebo": "",
    "none": "",
    "other": "",
    "magnesium": "mg elemental/day",
    "capsaicin_patch": "applications",
    "capsaicin_cream": "% × applications/day",
    "curcumin": "mg/day",
    "exercise_aerobic": "sessions/week",
    "exercise_resistance": "sessions/week",
    "gabapentin": "mg/day",
    "pregabalin": "mg/day",
    "omega3": "mg EPA+DHA/day",
    "resveratrol": "mg/day",
    "ala": "mg/day",
    "nac": "mg/day",
    "pea": "mg/day",
    "nsaid": "fraction of the usual daily dose",
    "opioid": "mg oral morphine/day",
    "ketamine": "mg/day",
    "memantine": "mg/day",
    "own": "usual daily doses",
}
"""Unit of ``daily_dose`` for each drug."""

BODY_WEIGHT_KG = 70.0
"""Body weight assumed for doses per kilogram; the weight of the participants is rarely printed."""

ORAL_MORPHINE_FACTORS: dict[str, float] = {
    "morphine": 1.0,
    "codeine": 0.15,
    "hydrocodone": 1.0,
    "hydromorphone": 5.0,
    "methadone": 4.7,
    "oxycodone": 1.5,
    "oxymorphone": 3.0,
    "tapentadol": 0.4,
    "tramadol": 0.2,
}
"""mg of oral morphine per mg of the opioid, by mouth [1]_."""

NSAID_USUAL_DAILY_MG: dict[str, float] = {
    "aceclofenac": 200.0,
    "celecoxib": 200.0,
    "diclofenac": 100.0,
    "etodolac": 400.0,
    "etoricoxib": 60.0,
    "ibuprofen": 1200.0,
    "meloxicam": 15.0,
    "naproxen": 500.0,
    "rofecoxib": 25.0,
}
"""Defined daily dose by mouth, mg [2]_."""

GABAPENTIN_PER_ENACARBIL = 624.0 / 1200.0
"""mg of gabapentin per mg of gabapentin enacarbil [3]_."""

_MAGNESIUM_FRACTION: tuple[tuple[tuple[str, ...], float], ...] = (
    # Printed masses of "magnesium sulfate" are taken as the heptahydrate, the salt of the vials.
    (("magnesium sulfate", "magnesium sulphate", "mgso4"), 24.305 / 246.47),
    (("magnesium oxide", "mgo"), 24.305 / 40.304),
)
OWN_UNIT = "usual daily dose"
"""Unit of a drug of the user's own: its strength is defined at one of them."""
_PER_DAY = ("mg/day", "g/day", "mg elemental/day")
MASS_MG: dict[str, float] = {
    "mg": 1.0,
    "g": 1000.0,
    "ug": 0.001,
    "mg/kg": BODY_WEIGHT_KG,
    "mg/h": 1.0,
    "mg elemental": 1.0,
    "mg/day": 1.0,
    "g/day": 1000.0,
    "mg elemental/day": 1.0,
}


def _administrations(row: pd.Series) -> float:
    if row["start_week"] == row["end_week"] and math.isnan(row["administrations_per_day"]):
        return 1.0
    return float(row["administrations_per_day"])


def _daily_mg(row: pd.Series) -> float:
    factor = MASS_MG.get(row["dose_unit"], math.nan)
    times = 1.0 if row["dose_unit"] in _PER_DAY else _administrations(row)
    return float(row["dose_per_administration"]) * factor * times


def _magnesium(row: pd.Series) -> float:
    if row["dose_unit"].startswith("mg elemental"):
        return _daily_mg(row)
    substance = row["substance"].lower()
    for words, fraction in _MAGNESIUM_FRACTION:
        if any(word in substance for word in words):
            return _daily_mg(row) * fraction
    return math.nan


def _named(row: pd.Series, table: dict[str, float]) -> float:
    # "SR morphine (or methadone)": the substance named first is the one the printed dose belongs to.
    substance = row["substance"].lower()
    places = {name: substance.find(name) for name in table if name in substance}
    return table[min(places, key=places.__getitem__)] if places else math.nan


def _opioid(row: pd.Series) -> float:
    return _daily_mg(row) * _named(row, ORAL_MORPHINE_FACTORS) if row["route"] == "oral" else math.nan


def _nsaid(row: pd.Series) -> float:
    return _daily_mg(row) / _named(row, NSAID_USUAL_DAILY_MG) if row["route"] == "oral" else math.nan


def _gabapentin(row: pd.Series) -> float:
    prodrug = "enacarbil" in row["substance"].lower()
    return _daily_mg(row) * (GABAPENTIN_PER_ENACARBIL if prodrug else 1.0)


def _sessions(row: pd.Series) -> float:
    if row["dose_unit"] == "sessions/week":
        return float(row["dose_per_administration"])
    if row["dose_unit"] == "sessions":
        return float(row["dose_per_administration"]) * _administrations(row) * 7.0
    return math.nan


def _patch(row: pd.Series) -> float:
    # One application is 60 minutes of an 8 % patch; other strengths are not scaled, because skin
    # concentration is not linear in strength.
    return 1.0 if row["dose_per_administration"] == 8.0 else math.nan


def _cream(row: pd.Series) -> float:
    return float(row["dose_per_administration"]) * _administrations(row)


def _own(row: pd.Series) -> float:
    return float(row["dose_per_administration"]) if row["dose_unit"] == OWN_UNIT else math.nan


def _nothing(_: pd.Series) -> float:
    return math.nan


_RULES: dict[str, Callable[[pd.Series], float]] = {
    "placebo": _nothing,
    "none": _nothing,
    "other": _nothing,
    "magnesium": _magnesium,
    "opioid": _opioid,
    "nsaid": _nsaid,
    "gabapentin": _gabapentin,
    "exercise_aerobic": _sessions,
    "exercise_resistance": _sessions,
    "capsaicin_patch": _patch,
    "capsaicin_cream": _cream,
    "own": _own,
}


def daily_dose(row: pd.Series) -> float:
    """Daily dose of one dosing row in its drug's canonical unit; NaN when not stated.

    Parameters
    ----------
    row
        One typed row of ``dosing.csv``.
    """
    return _RULES.get(row["drug"], _daily_mg)(row)


def with_daily_dose(dosing: pd.DataFrame) -> pd.DataFrame:
    """Dosing table with the computed columns ``daily_dose`` and ``daily_dose_unit``."""
    result = dosing.copy()
    result["daily_dose"] = [daily_dose(row) for _, row in dosing.iterrows()]
    result["daily_dose"] = result["daily_dose"].astype(float)
    result["daily_dose_unit"] = [CANONICAL_UNITS.get(drug, "") for drug in dosing["drug"]]
    return result
