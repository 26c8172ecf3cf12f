"""Reading a file of questions for trials: everything is checked before anything is returned."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.load_catalogue import packaged_catalogue
from windup.datasets.files.errors import nearest
from windup.datasets.files.shape_errors import found_and_remedy, place_of, shape_errors
from windup.datasets.regimens.checks import Place, faults_of
from windup.datasets.regimens.design_question import LEAST_PATIENTS, CandidateArm, DesignQuestion
from windup.datasets.regimens.faults import RegimenFault, RegimenFaults
from windup.datasets.regimens.numbered import numbered_tables
from windup.datasets.regimens.regimen import RegimenPhase

_REMEDY = "Give a TOML file with a [[question]] for each question; docs/how-to/design-a-trial.md shows one."


def load_design_questions(
    path: Path, *, catalogue: Catalogue | None = None, conditions: Collection[str] | None = None
) -> tuple[DesignQuestion, ...]:
    """Questions for trials of a TOML file.

    Parameters
    ----------
    path
        The file.
    catalogue
        Drugs, procedures and conditions that it may name; None means those that come with the package.
    conditions
        Conditions that something is known about; None means every chronic one of the catalogue.

    Raises
    ------
    RegimenFaults
        With every fault of the file; nothing is returned then.
    """
    rows = packaged_catalogue() if catalogue is None else catalogue
    known = rows.chronic_conditions if conditions is None else conditions
    tables, faults = numbered_tables(path, "question", _REMEDY)
    questions = []
    for where, table in tables:
        try:
            question = DesignQuestion.model_validate(table)
        except ValidationError as error:
            faults += [
                where.fault(place_of(each), *found_and_remedy(each, _keys(each["loc"][:-1])))
                for each in shape_errors(error)
            ]
            continue
        faults += [*_faults_of_arms(question, where, rows, known), *_faults_of_question(question, where)]
        questions.append(question)
    if faults:
        raise RegimenFaults(faults)
    return tuple(questions)


def _keys(place: tuple[str | int, ...]) -> Collection[str]:
    table = RegimenPhase if "phase" in place else CandidateArm if "arm" in place else DesignQuestion
    return table.model_fields


def _faults_of_arms(
    question: DesignQuestion, where: Place, catalogue: Catalogue, conditions: Collection[str]
) -> Iterator[RegimenFault]:
    names = [arm.name for arm in question.arm]
    for number, arm in enumerate(question.arm, start=1):
        if arm.name in names[: number - 1]:
            found = f"Arm {names.index(arm.name) + 1} has the same name."
            yield where.fault(f"arm {number}, name", found, "Name each arm differently.")
        if arm.procedure is not None:
            yield from _faults_of_procedure(question, arm, f"arm {number}, procedure", where, catalogue)
        for fault in faults_of(question.regimen(arm), where, catalogue, conditions):
            # What is wrong with all patients is said once. Phases may last beyond the last visit.
            if fault.key != "weeks" and (number == 1 or fault.key != "condition"):
                of_arm = fault.key if fault.key == "condition" else f"arm {number}, {fault.key}"
                yield dataclasses.replace(fault, key=of_arm)


def _faults_of_procedure(
    question: DesignQuestion, arm: CandidateArm, key: str, where: Place, catalogue: Catalogue
) -> Iterator[RegimenFault]:
    procedure = catalogue.procedure_by_name.get(arm.procedure or "")
    if procedure is None:
        remedy = nearest(arm.procedure or "", catalogue.procedure_by_name)
        yield where.fault(key, f"'{arm.procedure}' is no procedure of the catalogue.", remedy)
    elif question.condition not in procedure.conditions:
        found = f"'{procedure.name}' does not take away the cause of '{question.condition}'."
        yield where.fault(key, found, f"Use one for: {', '.join(procedure.conditions)}.")
    if arm.phase:
        found = "The arm has a procedure and phases of a drug."
        yield where.fault(key, found, "Give it one of the two; pain after both cannot be told apart.")


def _faults_of_question(question: DesignQuestion, where: Place) -> Iterator[RegimenFault]:
    if question.arm[0].procedure is not None:
        found = "The first arm, which the others are compared with, has a procedure."
        yield where.fault("arm 1, procedure", found, "Let the first arm keep the cause of its pain.")
    of_effect = question.about in ("effect", "claim")
    others = [arm.name for arm in question.arm[1:]]
    for key in ("of", "week", *(("relief",) if question.about == "claim" else ())):
        if of_effect and getattr(question, key) is None:
            yield where.fault(key, f"A question about '{question.about}' needs it.", f"Add '{key}'.")
    for key in ("of", "week", "relief"):
        used = of_effect and (key != "relief" or question.about == "claim")
        if not used and getattr(question, key) is not None:
            found = f"A question about '{question.about}' has no use for it."
            yield where.fault(key, found, "Leave it out.")
    if of_effect and question.of is not None and question.of not in others:
        found = f"'{question.of}' is no arm after the first."
        yield where.fault("of", found, nearest(question.of, others))
    if question.about != "effect" and not any(arm.phase or arm.procedure for arm in question.arm):
        yield where.fault("arm", "No arm is treated.", "Give an arm a phase or a procedure.")
    if question.cost_of_patient(question.visits) == 0.0:
        yield where.fault("patient_cost", "A patient costs nothing.", "Give a cost above 0.")
    if question.budget < question.least_budget:
        found = f"Two arms of {LEAST_PATIENTS} patients cost {question.least_budget:g}."
        yield where.fault("budget", found, "Give at least that.")
