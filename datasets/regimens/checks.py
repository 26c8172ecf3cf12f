"""What fields alone cannot tell: drugs and their units, order and overlap of phases, the horizon."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.dose_conversion import DoseConversion
from windup.datasets.catalogue.trial_columns import other_names
from windup.datasets.dictionary.vocabulary import ROUTES
from windup.datasets.files.errors import nearest
from windup.datasets.files.plain_file import NotReadable
from windup.datasets.regimens.faults import RegimenFault
from windup.datasets.regimens.regimen import Regimen, RegimenPhase


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


def faults_of(
    regimen: Regimen, where: Place, catalogue: Catalogue, conditions: Collection[str]
) -> Iterator[RegimenFault]:
    """Every fault of a regimen beyond its single values; placeholders of wrong ones are passed by."""
    if regimen.condition is not None and regimen.condition not in catalogue.chronic_conditions:
        found = f"'{regimen.condition}' is no chronic pain of the catalogue."
        chronic = [each for each in catalogue.conditions if each.chronic]
        remedy = nearest(regimen.condition, catalogue.chronic_conditions, other_names(chronic))
        yield where.fault("condition", found, remedy)
    elif regimen.condition is not None and regimen.condition not in conditions:
        found = f"The fit used no study of '{regimen.condition}'."
        yield where.fault("condition", found, f"Use one of: {', '.join(conditions)}.")
    conversion = DoseConversion(catalogue)
    for number, phase in enumerate(regimen.phase, start=1):
        yield from _phase_faults(phase, where, f"phase {number}", catalogue, conversion)
    yield from _overlaps(regimen, where)
    ends = [phase.end_week for phase in regimen.phase if phase.end_week > regimen.weeks]
    late = [week for week in regimen.weeks_reported or () if week > regimen.weeks]
    for what, weeks in (("a phase ends in", ends), ("'weeks_reported' asks for", late)):
        if weeks:
            found = f"The horizon is week {regimen.weeks:g}, and {what} week {max(weeks):g}."
            yield where.fault("weeks", found, f"Set 'weeks' to {max(weeks):g} or more.")


def _phase_faults(
    phase: RegimenPhase, where: Place, key: str, catalogue: Catalogue, conversion: DoseConversion
) -> Iterator[RegimenFault]:
    if phase.end_week < phase.start_week:
        found = f"The phase ends (week {phase.end_week:g}) before it starts (week {phase.start_week:g})."
        yield where.fault(f"{key}, end_week", found, "Exchange or correct the weeks.")
    if phase.route is not None and phase.route not in ROUTES:
        yield where.fault(f"{key}, route", f"'{phase.route}' is no route.", nearest(phase.route, ROUTES))
    if phase.drug is None:
        return
    drug = catalogue.drug_by_name.get(phase.drug)
    if drug is None:
        found = f"'{phase.drug}' is no drug of the catalogue."
        remedy = nearest(phase.drug, catalogue.drug_by_name, other_names(catalogue.drugs))
        yield where.fault(f"{key}, drug", found, remedy)
        return
    units = conversion.units_of(drug.name)
    if phase.unit is None:
        return
    if phase.unit not in units:
        found = f"A dose of '{phase.drug}' in '{phase.unit}' cannot be converted to {drug.unit}."
        yield where.fault(f"{key}, unit", found, nearest(phase.unit, units))
    elif drug.is_counted and not phase.is_single:
        found = f"A dose of '{phase.drug}' is one application, and this phase has a length."
        yield where.fault(f"{key}, end_week", found, "Let end_week equal start_week.")
    elif not math.isnan(phase.dose):
        found, remedy = conversion.why_unknown(phase.row())
        if found:
            yield where.fault(f"{key}, dose", found, remedy)


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
