"""Every result in its arm, with its outcome; what the file and the map leave open is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from windup.datasets.aggregates.outcomes import Outcomes
from windup.datasets.aggregates.reading.mapping import AggregateMap
from windup.datasets.aggregates.reading.read_file import AggregateFile
from windup.datasets.aggregates.reading.records import ArmResult, ContrastResult, Result
from windup.datasets.aggregates.rows import PlacedResult, against_control, missing_cells
from windup.datasets.aggregates.treatments import Treatment, Treatments
from windup.datasets.aggregates.unused import not_in_the_file
from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.files.errors import Fault


@final
@dataclass(frozen=True)
class Placed:
    """Results in their arms.

    Attributes
    ----------
    results
        Each once, in the order of the tables, with whether its contrast was turned round.
    guessed
        Word of the column ``drug`` by each label whose meaning was guessed.
    faults
        What is missing, and what contradicts itself.
    notes
        Sentences on what was done.
    """

    results: tuple[tuple[PlacedResult, bool], ...]
    guessed: dict[str, str]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def placed_results(file: AggregateFile, told: AggregateMap, catalogue: Catalogue) -> Placed:
    """Results of a file in their arms.

    Parameters
    ----------
    file
        As it was read.
    told
        The map.
    catalogue
        Words that it may use.
    """
    treatments = Treatments(told, catalogue)
    outcomes = Outcomes(told, {each.outcome for each in file.results})
    found: list[tuple[PlacedResult, bool]] = []
    faults: list[Fault] = []
    for result in file.results:
        placed = _placed(result, file, treatments, outcomes)
        if placed is None:
            continue
        faults += [
            Fault(file.name, result.line, file.header_of(name), what, remedy)
            for name, what, remedy in missing_cells(placed)
        ]
        found.append(against_control(placed))
    faults += [*treatments.faults(file.name), *outcomes.faults, *_without_time(file, told, outcomes.unknown)]
    once, repeated = _once(found, file, faults)
    faults += _two_treatments(once, file)
    more, notes = not_in_the_file(file, told)
    faults += more
    notes += [f"Results that stand in the file more than once: {repeated}."] if repeated else []
    if turned := sum(each for _, each in once):
        notes.append(f"Contrasts that were turned round, so that the reference arm is the control: {turned}.")
    return Placed(tuple(once), treatments.guessed, tuple(faults), tuple(notes))


def _placed(
    result: Result, file: AggregateFile, treatments: Treatments, outcomes: Outcomes
) -> PlacedResult | None:
    """The result in its arm; None where a treatment is empty, which is a fault of its cell."""

    def arm(label: str, name: str, column: str) -> tuple[str, Treatment]:
        treatment = treatments.treatment_of(result.study, label, result.line, file.header_of(column))
        return name or treatment.name, treatment

    if not result.label:
        return None
    cells = outcomes.cells_of(result, file.name, file.header_of("outcome"))
    if isinstance(result, ArmResult):
        first = arm(result.label, result.arm, f"treatment{result.suffix}")
        return PlacedResult(result, *first, cells=cells)
    suffixes = ("_1", "_2") if file.guesses is not None and file.guesses.arms else ("", "")
    first = arm(result.label, result.arm, f"treatment{suffixes[0]}")
    second = arm(result.reference, result.reference_arm, f"treatment{suffixes[1]}")
    return PlacedResult(result, *first, *second, cells=cells)


def _without_time(file: AggregateFile, told: AggregateMap, unknown: set[str]) -> list[Fault]:
    """Studies of which no row has a time: no phase of treatment would have an end."""
    # The map may give a week together with what it lacks so far of an outcome.
    results = [each for each in file.results if each.outcome not in unknown]
    timed = {each.study for each in results if not math.isnan(each.week)}
    untimed = {each.study: each.line for each in reversed(results) if each.study not in timed}
    if not untimed:
        return []
    if not timed:
        found = "Neither the file nor the map gives the time of the results."
        remedy = "Write week = … there, or name the column of times."
        return [Fault(told.name, 0, "rows week", found, remedy)]
    return [
        Fault(
            file.name, line, file.header_of("time"), f"No row of '{study}' has a time.",
            f'Fill it, or write week = … under [study."{study}"] in the map.',
        )
        for study, line in untimed.items()
    ]  # fmt: skip


def _once(
    found: Sequence[tuple[PlacedResult, bool]], file: AggregateFile, faults: list[Fault]
) -> tuple[list[tuple[PlacedResult, bool]], int]:
    """Each result once, sorted, and how many repeat another; those that contradict another are faults."""
    kept: dict[tuple[str, str, str, float, str], tuple[PlacedResult, bool]] = {}
    repeated = 0
    # A time or a name that cannot be read makes rows alike that are not.
    unreadable = {fault.row for fault in file.faults}
    for placed, turned in sorted(found, key=lambda each: each[0].result.line):
        first = kept.setdefault(placed.key, (placed, turned))[0]
        if first is placed:
            continue
        if first.result.numbers == placed.result.numbers:
            repeated += 1
            continue
        if placed.result.line in unreadable:
            continue
        what = "contrast" if isinstance(placed.result, ContrastResult) else "result"
        said = (
            f"The arm '{placed.arm_id}' of '{placed.result.study}' has another {what} at this time in row "
            f"{first.result.line}."
        )
        remedy = "Keep one of them, or tell the arms apart by a column of their names ('arm')."
        suffix = placed.result.suffix if isinstance(placed.result, ArmResult) else ""
        column = file.header_of(f"treatment{suffix}")
        faults.append(Fault(file.name, placed.result.line, column, said, remedy))
    return [kept[key] for key in sorted(kept)], repeated


def _two_treatments(results: Sequence[tuple[PlacedResult, bool]], file: AggregateFile) -> list[Fault]:
    """Arms whose rows name two treatments."""
    first: dict[tuple[str, str], Treatment] = {}
    faults: dict[tuple[str, str], Fault] = {}
    for placed, _ in results:
        arm = (placed.result.study, placed.arm_id)
        known = first.setdefault(arm, placed.treatment)
        if known.phases != placed.treatment.phases:
            found = (
                f"The arm '{placed.arm_id}' has the treatments '{known.name}' and '{placed.treatment.name}'."
            )
            remedy = "Give each treatment an arm of its own."
            line, column = placed.result.line, file.header_of("arm")
            faults.setdefault(arm, Fault(file.name, line, column, found, remedy))
    return list(faults.values())
