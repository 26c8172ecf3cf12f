"""Reading a file of regimens: everything is checked before anything is returned."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from ._errors import nearest
from ._exposure import _MASS_MG, CANONICAL_UNITS, NSAID_USUAL_DAILY_MG, ORAL_MORPHINE_FACTORS
from ._regimen import Regimen, RegimenPhase
from ._regimen_faults import RegimenFault, RegimenFaults
from ._vocabulary import CHRONIC_CONDITIONS, DRUGS, ROUTES

PACKAGED = "regimens/packaged.toml"
_NO_DRUG = ("placebo", "none", "other")
_UNITS: dict[str, tuple[str, ...]] = {
    "capsaicin_patch": ("% patch",),
    "capsaicin_cream": ("% cream",),
    "exercise_aerobic": ("sessions/week", "sessions"),
    "exercise_resistance": ("sessions/week", "sessions"),
}
# What stands in for a value that is wrong itself, so that the others can still be checked beside it.
_UNKNOWN: dict[str, Any] = {"weeks": math.nan, "start_week": math.nan, "end_week": math.nan, "dose": math.nan}


class _Place(NamedTuple):
    """Where in the file a fault is."""

    file: str
    number: int
    name: str

    def fault(self, key: str, found: str, remedy: str) -> RegimenFault:
        return RegimenFault(self.file, self.number, self.name, key, found, remedy)


def load_regimens(
    path: Path | None = None, *, conditions: Collection[str] = CHRONIC_CONDITIONS
) -> tuple[Regimen, ...]:
    """Regimens of a TOML file.

    Parameters
    ----------
    path
        The file; None means the regimens that come with the package.
    conditions
        Conditions that something is known about.

    Raises
    ------
    RegimenFaults
        With every fault of the file; nothing is returned then.

    Examples
    --------
    >>> "pregabalin 300 mg/day" in [regimen.name for regimen in load_regimens()]
    True
    """
    place = Path(str(resources.files(__package__) / PACKAGED)) if path is None else path
    whole = _Place(place.name, 0, "")
    remedy = "Give a TOML file with a [[regimen]] for each regimen; docs/predict.md shows one."
    try:
        content = tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RegimenFaults([whole.fault("", f"It cannot be read ({error}).", remedy)]) from error
    tables = content.get("regimen")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables) or not tables:
        raise RegimenFaults([whole.fault("", "It holds no [[regimen]].", remedy)])
    faults = [whole.fault(key, "The key is not known here.", remedy) for key in content if key != "regimen"]
    regimens, names = [], []
    for number, table in enumerate(tables, start=1):
        where = _Place(place.name, number, str(table.get("name", "")))
        if where.name in names:
            found = f"[[regimen]] {names.index(where.name) + 1} has the same name."
            faults.append(where.fault("name", found, "Name each regimen differently."))
        names.append(where.name)
        regimen, found_here = _shaped(table, where)
        faults += [*found_here, *_faults(regimen, where, conditions)]
        regimens.append(regimen)
    if faults:
        raise RegimenFaults(faults)
    return tuple(regimens)


def _shaped(table: dict[str, Any], where: _Place) -> tuple[Regimen, list[RegimenFault]]:
    """Regimen with placeholders where a value is wrong, and what is wrong."""
    try:
        return Regimen.model_validate(table), []
    except ValidationError as error:
        faults = [_shape_fault(dict(each), where) for each in error.errors(include_url=False)]
    given = table.get("phase")
    phases = [phase for phase in given if isinstance(phase, dict)] if isinstance(given, list) else []
    kept = {**_good(Regimen, table), "phase": ()}
    kept["phase"] = tuple(RegimenPhase.model_construct(**_good(RegimenPhase, phase)) for phase in phases)
    return Regimen.model_construct(**kept), faults


def _good(model: type[BaseModel], table: dict[str, Any]) -> dict[str, Any]:
    try:
        model.model_validate(table)
        wrong: set[Any] = set()
    except ValidationError as error:
        wrong = {each["loc"][0] for each in error.errors()}
    unknown = {name: _UNKNOWN.get(name) for name in wrong if name in model.model_fields}
    return {name: value for name, value in table.items() if name in model.model_fields} | unknown


def _shape_fault(error: dict[str, Any], where: _Place) -> RegimenFault:
    words = [f"phase {part + 1}" if isinstance(part, int) else str(part) for part in error["loc"]]
    key = ", ".join(word for place, word in enumerate(words) if not (word == "phase" and len(words) > place + 1))
    name = words[-1]
    if error["type"] == "missing":
        return where.fault(key, "The key is missing.", f"Add '{name}'.")
    if error["type"] == "extra_forbidden":
        fields = RegimenPhase.model_fields if "phase" in words[:-1] else Regimen.model_fields
        return where.fault(key, "The key is not known here.", nearest(name, fields))
    message = str(error["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return where.fault(key, f"{error['input']!r} stands there.", f"Write {_article(message)}.")


def _article(message: str) -> str:
    if message.startswith("a "):
        return message
    return f"a number {message}" if message.startswith(("greater", "less")) else f"what is right: {message}"


def _faults(regimen: Regimen, where: _Place, conditions: Collection[str]) -> Iterator[RegimenFault]:
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


def _phase_faults(phase: RegimenPhase, where: _Place, key: str) -> Iterator[RegimenFault]:
    drugs = tuple(drug for drug in DRUGS if drug not in _NO_DRUG)
    if phase.end_week < phase.start_week:
        found = f"The phase ends (week {phase.end_week:g}) before it starts (week {phase.start_week:g})."
        yield where.fault(f"{key}, end_week", found, "Exchange or correct the weeks.")
    if phase.route not in ROUTES:
        yield where.fault(f"{key}, route", f"'{phase.route}' is no route.", nearest(str(phase.route), ROUTES))
    if phase.drug is None:
        return
    if phase.drug not in drugs:
        found = f"'{phase.drug}' is no drug of the model."
        yield where.fault(f"{key}, drug", found, nearest(phase.drug, drugs))
        return
    units = _UNITS.get(phase.drug, tuple(_MASS_MG))
    if phase.unit is None:
        return
    if phase.unit not in units:
        found = f"A dose of '{phase.drug}' in '{phase.unit}' cannot be converted to {CANONICAL_UNITS[phase.drug]}."
        yield where.fault(f"{key}, unit", found, nearest(phase.unit, units))
    elif phase.drug == "capsaicin_patch" and not phase.is_single:
        found = "A patch is one application, and this phase has a length."
        yield where.fault(f"{key}, end_week", found, "Let end_week equal start_week.")
    elif not math.isnan(phase.dose) and math.isnan(phase.daily_dose):
        yield where.fault(f"{key}, dose", *_why_no_dose(phase))


def _why_no_dose(phase: RegimenPhase) -> tuple[str, str]:
    needed = {"opioid": ORAL_MORPHINE_FACTORS, "nsaid": NSAID_USUAL_DAILY_MG}.get(phase.drug)
    if needed is not None and not any(name in (phase.substance or "").lower() for name in needed):
        found = f"The substance of '{phase.drug}' decides what its dose means, and none that is known is named."
        return found, f"Add 'substance', one of: {', '.join(needed)}."
    if needed is not None and phase.route != "oral":
        return f"Only oral doses of '{phase.drug}' can be converted.", "Give the oral dose."
    if phase.drug == "capsaicin_patch":
        return f"A patch of {phase.dose:g} % is not known.", "Give 8."
    if phase.drug == "magnesium" and not phase.unit.startswith("mg elemental"):
        found = "The salt decides how much magnesium is in it, and none that is known is named."
        return found, "Give the dose in 'mg elemental', or add substance = 'magnesium sulfate' or 'magnesium oxide'."
    return "It is not said how often a day the dose is given.", "Add 'administrations_per_day'."


def _overlaps(regimen: Regimen, where: _Place) -> Iterator[RegimenFault]:
    numbered = sorted(
        enumerate(regimen.phase, start=1), key=lambda each: (str(each[1].drug), each[1].start_week)
    )
    for (before, first), (number, second) in zip(numbered, numbered[1:], strict=False):
        if first.drug == second.drug and second.start_week < first.end_week:
            found = f"It overlaps with phase {before} of the same drug, which lasts until week {first.end_week:g}."
            yield where.fault(f"phase {number}, start_week", found, "Let the phases of a drug follow each other.")
