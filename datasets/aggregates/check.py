"""The check that every folder of trials passes, of tables that are not written yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from windup.datasets.aggregates.reading.mapping import AggregateMap
from windup.datasets.aggregates.reading.read_file import AggregateFile
from windup.datasets.aggregates.reading.records import ArmResult, ContrastResult
from windup.datasets.aggregates.rows import PlacedResult
from windup.datasets.aggregates.treatments import Treatment
from windup.datasets.files.data_faults import DataFaults
from windup.datasets.files.errors import Fault
from windup.datasets.tables.load import load_trials

type Source = str | Treatment | PlacedResult

_OF_THE_MAP = ("outcome", "scale", "flags", "baseline_week", "limit", "reason", "used")


def check_faults(
    texts: Mapping[str, str],
    file: AggregateFile,
    told: AggregateMap,
    studies: Sequence[str],
    treatments: Sequence[Treatment],
    results: Sequence[PlacedResult],
) -> list[Fault]:
    """What the check finds in tables, at the place of the file or of the map that it comes from.

    Parameters
    ----------
    texts
        Text of the three tables, by the name of the file.
    file, told
        What they were made from.
    studies, treatments, results
        What each row of ``studies.csv``, ``dosing.csv`` and ``observations.csv`` comes from.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        for table, text in texts.items():
            (folder / table).write_text(text, encoding="utf-8")
        try:
            load_trials(folder)
        except DataFaults as found:
            faults = found.faults
        else:
            return []
    rows: dict[str, Sequence[Source]] = {
        "studies.csv": studies,
        "dosing.csv": treatments,
        "observations.csv": results,
    }
    return [
        Fault(*place, fault.found, fault.remedy)
        for fault in faults
        for place in _places(fault, rows.get(fault.file, ()), file, told)
    ]


def _places(
    fault: Fault, rows: Sequence[Source], file: AggregateFile, told: AggregateMap
) -> Iterator[tuple[str, int, str]]:
    """Where a row of the tables comes from: one place."""
    if not 2 <= fault.row < len(rows) + 2:
        yield fault.file, fault.row, fault.column
        return
    match rows[fault.row - 2]:
        case str(study):
            own = fault.column in told.study.get(study, {})
            yield told.name, 0, f'study."{study}" {fault.column}' if own else f"studies {fault.column}"
        case Treatment() as treatment:
            yield told.name, 0, f"{treatment.place} {fault.column}"
        case placed if fault.column in _OF_THE_MAP:
            label = placed.result.outcome
            own = fault.column in told.outcomes.get(label, {})
            yield told.name, 0, f'outcome."{label}" {fault.column}' if own else f"rows {fault.column}"
        case placed:
            yield file.name, placed.result.line, file.header_of(_column_of(fault.column, placed.result))


def _column_of(column: str, result: ArmResult | ContrastResult) -> str:
    """Name in a map of the column that a cell of ``observations.csv`` was read from."""
    if isinstance(result, ContrastResult):
        return {"value": "effect", "se": "effect_se", "time_weeks": "time"}.get(column, column)
    names = {"value": "mean", "sd": "sd", "se": "se", "n": "n", "arm_id": "treatment"}
    if column in names:
        return f"{names[column]}{result.suffix}"
    return "time" if column == "time_weeks" else column
