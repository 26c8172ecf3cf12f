"""Reading a file of planned trials: everything is checked before anything is returned."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.load_catalogue import packaged_catalogue
from windup.datasets.files.shape_errors import found_and_remedy, place_of, shape_errors
from windup.datasets.regimens.checks import Place, faults_of
from windup.datasets.regimens.faults import RegimenFault, RegimenFaults
from windup.datasets.regimens.numbered import numbered_tables
from windup.datasets.regimens.regimen import Regimen, RegimenPhase
from windup.datasets.regimens.trial_plan import PlannedArm, PlannedTrial

_REMEDY = "Give a TOML file with a [[trial]] for each design; docs/how-to/plan-a-trial.md shows one."


def load_trial_plans(
    path: Path, *, catalogue: Catalogue | None = None, conditions: Collection[str] | None = None
) -> tuple[PlannedTrial, ...]:
    """Planned trials of a TOML file.

    Parameters
    ----------
    path
        The file.
    catalogue
        Drugs and conditions that it may name; None means those that come with the package.
    conditions
        Conditions that something is known about; None means every chronic one of the catalogue.

    Raises
    ------
    RegimenFaults
        With every fault of the file; nothing is returned then.
    """
    rows = packaged_catalogue() if catalogue is None else catalogue
    known = rows.chronic_conditions if conditions is None else conditions
    tables, faults = numbered_tables(path, "trial", _REMEDY)
    plans = []
    for where, table in tables:
        try:
            plan = PlannedTrial.model_validate(table)
        except ValidationError as error:
            wrong = shape_errors(error)
            faults += [_shape_fault(each, where) for each in wrong]
            # The rest can be checked all the same.
            if all(each["loc"][0] != "condition" for each in wrong):
                faults += faults_of(_only_condition(table), where, rows, known)
            continue
        faults += _faults_of(plan, where, rows, known)
        plans.append(plan)
    if faults:
        raise RegimenFaults(faults)
    return tuple(plans)


def _only_condition(table: dict[str, Any]) -> Regimen:
    nothing: Any = {"name": "", "weeks": 0.0, "weeks_reported": (), "phase": ()}
    return Regimen.model_construct(condition=str(table["condition"]), **nothing)


def _faults_of(
    plan: PlannedTrial, where: Place, catalogue: Catalogue, conditions: Collection[str]
) -> Iterator[RegimenFault]:
    if not any(arm.phase for arm in plan.arm[1:]):
        found = "No arm but the first is treated, so that there is nothing to compare."
        yield where.fault("arm", found, "Give a [[trial.arm.phase]] to the second arm.")
    arms = [arm.name for arm in plan.arm]
    for number, arm in enumerate(plan.arm, start=1):
        if arm.name in arms[: number - 1]:
            found = f"Arm {arms.index(arm.name) + 1} has the same name."
            yield where.fault(f"arm {number}, name", found, "Name each arm differently.")
        for fault in faults_of(plan.regimen(arm), where, catalogue, conditions):
            # What is wrong with all patients is said once.
            if number == 1 or fault.key != "condition":
                of_arm = fault.key if fault.key in ("condition", "weeks") else f"arm {number}, {fault.key}"
                yield dataclasses.replace(fault, key=of_arm)


def _shape_fault(error: dict[str, Any], where: Place) -> RegimenFault:
    place = error["loc"][:-1]
    model = RegimenPhase if "phase" in place else PlannedArm if "arm" in place else PlannedTrial
    return where.fault(place_of(error), *found_and_remedy(error, model.model_fields))
