"""What fields alone cannot tell: drugs and their units, order and overlap of phases, the horizon."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from windup.datasets.dictionary.exposure import (
    CANONICAL_UNITS,
    MASS_MG,
    NSAID_USUAL_DAILY_MG,
    ORAL_MORPHINE_FACTORS,
)
from windup.datasets.dictionary.vocabulary import CHRONIC_CONDITIONS, DRUGS, ROUTES
from windup.datasets.files.errors import nearest
from windup.datasets.files.plain_file import NotReadable
from windup.datasets.regimens.faults import RegimenFault
from windup.datasets.regimens.regimen import Regimen, RegimenPhase

# Runs know the packaged models alone, and these have no drug of a user's own.
_NO_DRUG = ("placebo", "none", "other", "own")
_UNITS: dict[str, tuple[str, ...]] = {
    "capsaicin_patch": ("% patch",),
    "capsaicin_cream": ("% cream",),
    "exercise_aerobic": ("sessions/week", "sessions"),
    "exercise_resistance": ("sessions/week", "sessions"),
}


class Place(NamedTuple):
    """Where in the file a fault is."""

    file: str
    number: int
    name: str
    table: str = "regimen"

    def fault(self, key: str, found: str, remedy: str) -> RegimenFault:
        """A fault at this place."""
        return RegimenFault(self.file, self.number, self.name, key, found, remedy, self.table)

    def unreadable(self, error: NotReadable) -> RegimenFault:
        """The fault of a file that cannot be read."""
        return self.fault(f"row {error.row}" if error.row else "", error.found, error.remedy)


def name_of(table: dict[str, Any]) -> str:
    """Name that a table gives itself, if it is one."""
    name = table.get("name", "")
    return name if isinstance(name, str) else ""


def faults_of(regimen: Regimen, where: Place, conditions: Collection[str]) -> Iterator[RegimenFault]:
    """Every fault of a regimen beyond its single values; placeholders of wrong ones are passed by."""
    if regimen.condition is not None and regimen.condition not in CHRONIC_CONDITIONS:
        found = f"'{regimen.condition}' is no condition of this data set."
        yield where.fault("condition", found, nearest(regimen.condition, CHRONIC_CONDITIONS))
    elif regimen.condition is not None and regimen.condition not in conditions:
        found = f"The fit used no study of '{regimen.condition}'."
        yield where.fault("condition", found, f"Use one of: {', '.join(conditions)}.")
    for number, phase in enumerate(regimen.phase, start=1):
        yield from _phase_faults(phase, where, f"phase {number}")
    yield from _overlaps(regimen, where)
    ends = [phase.end_week for phase in regimen.phase if phase.end_week > regimen.weeks]
    late = [week for week in regimen.weeks_reported or () if week > regimen.weeks]
    for what, weeks in (("a phase ends in", ends), ("'weeks_reported' asks for", late)):
        if weeks:
            found = f"The horizon is week {regimen.weeks:g}, and {what} week {max(weeks):g}."
            yield where.fault("weeks", found, f"Set 'weeks' to {max(weeks):g} or more.")


def _phase_faults(phase: RegimenPhase, where: Place, key: str) -> Iterator[RegimenFault]:
    drugs = tuple(drug for drug in DRUGS if drug not in _NO_DRUG)
    if phase.end_week < phase.start_week:
        found = f"The phase ends (week {phase.end_week:g}) before it starts (week {phase.start_week:g})."
        yield where.fault(f"{key}, end_week", found, "Exchange or correct the weeks.")
    if phase.route is not None and phase.route not in ROUTES:
        yield where.fault(f"{key}, route", f"'{phase.route}' is no route.", nearest(phase.route, ROUTES))
    if phase.drug is None:
        return
    if phase.drug not in drugs:
        found = f"'{phase.drug}' is no drug of the model."
        yield where.fault(f"{key}, drug", found, nearest(phase.drug, drugs))
        return
    units = _UNITS.get(phase.drug, tuple(MASS_MG))
    if phase.unit is None:
        return
    if phase.unit not in units:
        wanted = CANONICAL_UNITS[phase.drug]
        found = f"A dose of '{phase.drug}' in '{phase.unit}' cannot be converted to {wanted}."
        yield where.fault(f"{key}, unit", found, nearest(phase.unit, units))
    elif phase.drug == "capsaicin_patch" and not phase.is_single:
        found = "A patch is one application, and this phase has a length."
        yield where.fault(f"{key}, end_week", found, "Let end_week equal start_week.")
    elif not math.isnan(phase.dose) and math.isnan(phase.daily_dose):
        yield where.fault(f"{key}, dose", *_why_no_dose(phase))


def _why_no_dose(phase: RegimenPhase) -> tuple[str, str]:
    needed = {"opioid": ORAL_MORPHINE_FACTORS, "nsaid": NSAID_USUAL_DAILY_MG}.get(phase.drug)
    if needed is not None and not any(name in (phase.substance or "").lower() for name in needed):
        found = (
            f"The substance of '{phase.drug}' decides what its dose means, and none that is known is named."
        )
        return found, f"Add 'substance', one of: {', '.join(needed)}."
    if needed is not None and phase.route != "oral":
        return f"Only oral doses of '{phase.drug}' can be converted.", "Give the oral dose."
    if phase.drug == "capsaicin_patch":
        return f"A patch of {phase.dose:g} % is not known.", "Give 8."
    if phase.drug == "magnesium" and not phase.unit.startswith("mg elemental"):
        found = "The salt decides how much magnesium is in it, and none that is known is named."
        return (
            found,
            "Give it in 'mg elemental', or add 'substance', 'magnesium sulfate' or 'magnesium oxide'.",
        )
    return "It is not said how often a day the dose is given.", "Add 'administrations_per_day'."


def _overlaps(regimen: Regimen, where: Place) -> Iterator[RegimenFault]:
    numbered = sorted(
        enumerate(regimen.phase, start=1), key=lambda each: (str(each[1].drug), each[1].start_week)
    )
    for (before, first), (number, second) in itertools.pairwise(numbered):
        if first.drug == second.drug and second.start_week < first.end_week:
            until = f"which lasts until week {first.end_week:g}"
            found = f"It overlaps with phase {before} of the same drug, {until}."
            yield where.fault(
                f"phase {number}, start_week", found, "Let the phases of a drug follow each other."
            )
