"""Which rows the block of minutes to hours can take: what it has kinetics for, and what it has to be told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.dose_conversion import DoseConversion
from windup.datasets.dictionary.usage import MAGNESIUM_KINDS, RESPONDERS

HOURS_FLAG = "within_hours"
"""Flag of rows that were measured minutes to hours after a short intervention."""

HOURS_KINDS = ("mean", *RESPONDERS, "serum_mg", "csf_mg")
"""Kinds of row that the block reads."""

HOURS_KINETICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"magnesium": ("iv", "oral"), "ketamine": ("iv",)}
)
"""Routes of every drug whose kinetics within hours are there."""

ONE_DAY = 1.0 / 7.0
"""Weeks before and after the start of treatment within which a row may lie."""

_OF_MAGNESIUM, _OF_PAIN = "magnesium", "ketamine"


def is_within_hours(flags: str) -> bool:
    """Whether a row is one of minutes to hours.

    Examples
    --------
    >>> is_within_hours("baseline;within_hours"), is_within_hours("window_mean")
    (True, False)
    """
    return HOURS_FLAG in flags.split(";")


def hours_findings(
    row: pd.Series, doses: pd.DataFrame, crossover: str, *, with_course: bool, catalogue: Catalogue
) -> list[tuple[str, str, str]]:
    """All that keeps a row from the block: column, what was found, and what to do.

    Parameters
    ----------
    row
        Typed row of the observations, with the flag.
    doses
        Typed rows of ``dosing.csv`` of its arm.
    crossover
        ``yes`` where the same people received every arm.
    with_course
        Whether the study has used rows of pain on the scale of weeks.
    catalogue
        Drugs and instruments.
    """
    kind = catalogue.kind_of(row["outcome"], row["scale"])
    found: list[tuple[str, str, str]] = []
    if kind and kind not in HOURS_KINDS:
        found.append(
            ("outcome", f"Rows of the kind '{kind}' are not read within hours.", "Give levels or shares.")
        )
    time = row["time_weeks"]
    if not math.isnan(time) and abs(time) > ONE_DAY:
        found.append(
            ("time_weeks", f"{time:g} weeks are more than a day.", f"Take the flag '{HOURS_FLAG}' out.")
        )
    if kind not in MAGNESIUM_KINDS and kind in HOURS_KINDS:
        if not with_course:
            found.append(
                ("flags", "The study has no used pain on the scale of weeks.", "Add its level at enrolment.")
            )
        if crossover == "yes":
            found.append(("flags", "Sessions of a crossover trial are not read.", "Set used to no."))
    for _, dose in doses.iterrows():
        found += _of_dose(dose, kind, time, catalogue)
    return found


def _of_dose(dose: pd.Series, kind: str, time: float, catalogue: Catalogue) -> list[tuple[str, str, str]]:
    drug, route = str(dose["drug"]), str(dose["route"])
    # A row at the week of a dose is one before it.
    if drug in ("placebo", "none") or dose["start_week"] >= time:
        return []
    read = _OF_MAGNESIUM if kind in MAGNESIUM_KINDS else _OF_PAIN
    routes = HOURS_KINETICS.get(drug, ())
    if drug != read or route not in routes:
        found = f"'{drug}' by the route '{route}' has no kinetics within hours for rows of {_name(kind)}."
        return [("arm_id", found, f"There are those of {read}, {' and '.join(HOURS_KINETICS[read])}.")]
    if math.isnan(DoseConversion(catalogue).daily_dose(dose)):
        return [("arm_id", f"The dose of '{drug}' is not known.", "Give it in dosing.csv.")]
    if dose["start_week"] < -ONE_DAY:
        found = f"'{drug}' began {-dose['start_week']:g} weeks before."
        return [("arm_id", found, "A row within hours follows the first dose within a day.")]
    return []


def _name(kind: str) -> str:
    return "magnesium" if kind in MAGNESIUM_KINDS else "pain"
