r"""Daily dose of a row of ``dosing.csv`` in the unit of its drug, by the rows of ``substances.csv``.

A row of that table names a substance, the routes by which it is given, a unit, and how much of the drug so
much of it equals. Of the rows that a dose fits by unit and route, the one whose substance the text names
first counts: the printed dose of "SR morphine (or methadone)" is one of morphine. A row for ``*`` counts
where the text names none of the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import final

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.drug import Drug, Substance

BODY_WEIGHT_KG = 70.0
"""Body weight assumed for doses per kilogram; the weight of the participants is rarely printed."""

MASS_MG: dict[str, float] = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mg/kg": BODY_WEIGHT_KG, "mg/h": 1.0}
"""Units of mass in mg; a rate per hour is multiplied by the hours a day, which stand in its place."""

_ANY = ("*",)
_PER_DAY = "/day"
# Days in which a unit counts a total.
_TOTALS = {_PER_DAY: 1.0, "/week": 7.0}


@final
class DoseConversion:
    """Conversion of printed doses to daily doses of the drugs of a catalogue.

    Parameters
    ----------
    catalogue
        Drugs and substances.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._drugs = dict(catalogue.drug_by_name)
        self._substances: dict[str, tuple[Substance, ...]] = {
            name: tuple(row for row in catalogue.substances if row.drug == name) or tuple(_definition(drug))
            for name, drug in self._drugs.items()
        }

    def daily_dose(self, row: pd.Series) -> float:
        """Daily dose of one dosing row in the unit of its drug; NaN where it cannot be known.

        Parameters
        ----------
        row
            One typed row of ``dosing.csv``.
        """
        drug = self._drugs.get(row["drug"])
        if drug is None:
            return math.nan
        dose, unit = float(row["dose_per_administration"]), str(row["dose_unit"])
        substance = self._substance(row)
        if substance is None:
            # What is printed in the unit of the drug needs no conversion.
            return dose if unit == drug.unit else math.nan
        amount = dose * self._units(unit, substance)
        if not substance.proportional:
            # Up to rounding of a cell.
            amount = amount if math.isclose(amount, substance.amount, rel_tol=1e-9) else math.nan
        return amount * substance.equals / substance.amount * _times(row, unit, drug)

    def with_daily_dose(self, dosing: pd.DataFrame) -> pd.DataFrame:
        """Dosing table with the computed columns ``daily_dose``, ``daily_dose_unit`` and ``bioavailability``.

        The last is that of the substance, NaN where it has none of its own.
        """
        result = dosing.copy()
        doses = [self.daily_dose(row) for _, row in dosing.iterrows()]
        result["daily_dose"] = pd.Series(doses, index=dosing.index, dtype="float64")
        units = [self._drugs[name].unit if name in self._drugs else "" for name in dosing["drug"]]
        result["daily_dose_unit"] = pd.Series(units, index=dosing.index, dtype="str")
        shares = [self._bioavailability(row) for _, row in dosing.iterrows()]
        result["bioavailability"] = pd.Series(shares, index=dosing.index, dtype="float64")
        return result

    def with_daily_limits(self, dosing: pd.DataFrame) -> pd.DataFrame:
        """Dosing table with ``daily_low`` and ``daily_high``, limits between which a dose was adjusted.

        As daily doses in the unit of the drug; NaN where none is given, or it cannot be brought to that unit.
        """
        result = dosing.copy()
        for limit, column in (("daily_low", "dose_low"), ("daily_high", "dose_high")):
            given = dosing.assign(dose_per_administration=dosing[column])[dosing[column].notna()]
            limits = {index: self.daily_dose(row) for index, row in given.iterrows()}
            result[limit] = pd.Series(limits, index=dosing.index, dtype="float64")
        return result

    def units_of(self, drug: str) -> tuple[str, ...]:
        """Units in which a dose of the drug can be given."""
        units = [unit for row in self._substances[drug] for unit in _spellings(row.unit)]
        return tuple(dict.fromkeys((*units, self._drugs[drug].unit)))

    def why_unknown(self, row: pd.Series) -> tuple[str, str]:
        """What keeps a dose from being converted, and what to do about it; both ``''`` where nothing does.

        Parameters
        ----------
        row
            One typed row of ``dosing.csv``.
        """
        drug = self._drugs.get(row["drug"])
        if drug is None or not math.isnan(self.daily_dose(row)):
            return "", ""
        unit, route = str(row["dose_unit"]), str(row["route"])
        if math.isnan(row["dose_per_administration"]) or not unit:
            return "No dose is given.", "Give dose_per_administration and dose_unit if they are known."
        fitting = [each for each in self._substances[drug.name] if self._fits(unit, each)]
        if not fitting:
            found = f"A dose of '{drug.name}' in '{unit}' cannot be converted to {drug.unit}."
            return found, f"Use one of: {', '.join(self.units_of(drug.name))}."
        here = [each for each in fitting if not each.routes or route in each.routes]
        if not here:
            routes = dict.fromkeys(name for each in fitting for name in each.routes)
            found = f"A dose of '{drug.name}' by the route '{route}' cannot be converted to {drug.unit}."
            return found, f"Give the dose by one of: {', '.join(routes)}."
        substance = self._substance(row)
        if substance is None:
            names = ", ".join(name for each in here for name in each.names)
            found = f"'{row['substance']}' is no substance that counts as '{drug.name}' in '{unit}'."
            own = [each.unit for each in self._substances[drug.name] if each.names == _ANY]
            other = f", or give the dose in '{own[0]}'" if own else ""
            return found, f"Give 'substance' as one of: {names}{other}."
        if not math.isnan(_times(row, unit, drug)):
            found = f"A dose of {row['dose_per_administration']:g} {unit} of '{drug.name}' is not known."
            return found, f"Only {substance.amount:g} {substance.unit} can be converted."
        return "It is not given how often a day the dose is taken.", "Add administrations_per_day."

    def _bioavailability(self, row: pd.Series) -> float:
        substance = self._substance(row) if row["drug"] in self._drugs else None
        share = None if substance is None else substance.bioavailability
        return math.nan if share is None else share

    def _substance(self, row: pd.Series) -> Substance | None:
        """The row of ``substances.csv`` that counts for a dose."""
        unit, route, text = str(row["dose_unit"]), str(row["route"]), str(row["substance"]).lower()
        fitting = [
            each
            for each in self._substances[row["drug"]]
            if self._fits(unit, each) and (not each.routes or route in each.routes)
        ]
        # A unit of its own goes before the mass that it contains: sessions/week before sessions.
        fitting = [each for each in fitting if each.unit == unit] or fitting
        named = [(*place, each) for each in fitting if (place := _place(text, each.names)) is not None]
        if named:
            return min(named, key=lambda found: found[:2])[2]
        return next((each for each in fitting if each.names == _ANY), None)

    @staticmethod
    def _fits(unit: str, substance: Substance) -> bool:
        return unit in _spellings(substance.unit)

    @staticmethod
    def _units(unit: str, substance: Substance) -> float:
        """Units of the substance's row in one unit of the printed dose."""
        if unit == substance.unit or substance.unit not in MASS_MG:
            return 1.0
        return MASS_MG[unit.removesuffix(_PER_DAY)] / MASS_MG[substance.unit]


def _definition(drug: Drug) -> Iterator[Substance]:
    """The row that follows from the drug's unit alone: mass is mass, and a session a session."""
    head = re.split(r"[ /]", drug.unit, maxsplit=1)[0]
    for per, days in _TOTALS.items():
        if drug.unit.endswith(per) and head in MASS_MG:
            yield Substance(drug.name, _ANY, (), "mg", MASS_MG[head], days, True, "definition")


def _spellings(unit: str) -> tuple[str, ...]:
    """Units of ``dosing.csv`` that a unit of ``substances.csv`` stands for."""
    singles = tuple(MASS_MG) if unit == "mg" else (unit,)
    plain = [single for single in singles if "/" not in single and single.split()[0] in MASS_MG]
    return (*singles, *(f"{single}{_PER_DAY}" for single in plain))


def _times(row: pd.Series, unit: str, drug: Drug) -> float:
    """How often the printed amount is given in a day."""
    if drug.is_counted or any(unit.endswith(per) for per in _TOTALS):
        return 1.0
    every_day = float(row["administrations_per_day"])
    if row["start_week"] == row["end_week"] and math.isnan(every_day):
        return 1.0
    return every_day


def _place(text: str, names: tuple[str, ...]) -> tuple[int, int] | None:
    """Where a text first names one of the words, from the start of a word; longer ones first."""
    places = [
        (match.start(), -len(name))
        for name in names
        if (match := re.search(rf"(?<!\w){re.escape(name)}", text)) is not None
    ]
    return min(places, default=None)
