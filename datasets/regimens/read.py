"""Reading a file of regimens: everything is checked before anything is returned."""

from __future__ import annotations

import math
from collections.abc import Collection
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.load_catalogue import packaged_catalogue
from windup.datasets.files.shape_errors import found_and_remedy, place_of, shape_errors
from windup.datasets.regimens.checks import Place, faults_of
from windup.datasets.regimens.faults import RegimenFault, RegimenFaults
from windup.datasets.regimens.numbered import numbered_tables
from windup.datasets.regimens.regimen import Regimen, RegimenPhase

PACKAGED = "packaged.toml"
# What stands in for a value that is wrong itself, so that the others can still be checked beside it.
_UNKNOWN: dict[str, Any] = {
    "weeks": math.nan,
    "start_week": math.nan,
    "end_week": math.nan,
    "dose": math.nan,
    "administrations_per_day": 1.0,
}


def load_regimens(
    path: Path | None = None,
    *,
    catalogue: Catalogue | None = None,
    conditions: Collection[str] | None = None,
) -> tuple[Regimen, ...]:
    """Regimens of a TOML file.

    Parameters
    ----------
    path
        The file; None means the regimens that come with the package.
    catalogue
        Drugs and conditions that it may name; None means those that come with the package.
    conditions
        Conditions that something is known about; None means every chronic one of the catalogue.

    Raises
    ------
    RegimenFaults
        With every fault of the file; nothing is returned then.

    Examples
    --------
    >>> "pregabalin 300 mg/day" in [regimen.name for regimen in load_regimens()]
    True
    """
    rows = packaged_catalogue() if catalogue is None else catalogue
    known = rows.chronic_conditions if conditions is None else conditions
    place = Path(str(resources.files(__package__) / PACKAGED)) if path is None else path
    remedy = "Give a TOML file with a [[regimen]] for each regimen; docs/how-to/predict.md shows one."
    tables, faults = numbered_tables(place, "regimen", remedy)
    regimens: list[Regimen] = []
    for where, table in tables:
        regimen, found_here = _shaped(table, where)
        faults += [*found_here, *faults_of(regimen, where, rows, known)]
        regimens.append(regimen)
    if faults:
        raise RegimenFaults(faults)
    return tuple(regimens)


def _shaped(table: dict[str, Any], where: Place) -> tuple[Regimen, list[RegimenFault]]:
    """Regimen with placeholders where a value is wrong, and what is wrong."""
    try:
        return Regimen.model_validate(table), []
    except ValidationError as error:
        faults = [_shape_fault(each, where) for each in shape_errors(error)]
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


def _shape_fault(error: dict[str, Any], where: Place) -> RegimenFault:
    known = RegimenPhase.model_fields if "phase" in error["loc"][:-1] else Regimen.model_fields
    return where.fault(place_of(error), *found_and_remedy(error, known))
