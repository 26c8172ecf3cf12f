"""From a file of aggregate data to the three tables of trials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from windup.datasets.aggregates.added import Added, added_rows
from windup.datasets.aggregates.check import check_faults
from windup.datasets.aggregates.place import Placed, placed_results
from windup.datasets.aggregates.reading.guess import AggregateGuesses
from windup.datasets.aggregates.reading.mapping import AggregateMap
from windup.datasets.aggregates.reading.read_file import AggregateFile, read_aggregate
from windup.datasets.aggregates.reading.read_map import read_map
from windup.datasets.aggregates.rows import PlacedResult, missing_cells, row_of
from windup.datasets.aggregates.tables import AggregateTrials, dosing_rows, study_rows
from windup.datasets.dictionary.rows import table_of_rows
from windup.datasets.files.data_faults import DataFaults
from windup.datasets.files.errors import Fault

_SOME_WEEK = 1.0


def aggregates_to_trials(
    table: Path | pd.DataFrame,
    *,
    mapping: Path | Mapping[str, Any] | None = None,
    catalogue: Path | None = None,
) -> AggregateTrials:
    """Tables of trials from aggregate data of an evidence synthesis.

    Parameters
    ----------
    table
        File or data frame, with one row for each arm, for each study with its arms side by side, or for each
        contrast. Headers are those of netmeta, multinma, MBNMAtime, gemtc, CINeMA, meta, metafor, RevMan Web
        and RevMan 5; the map names others. Times are in days, weeks or months.
    mapping
        TOML file, or its content as dictionaries: what columns and labels mean, and what the file cannot
        show. `windup.datasets.aggregate_map` writes one to be filled in.
    catalogue
        Folder with ``drugs.csv``, ``actions.csv`` or other tables of drugs, conditions and instruments that
        windup does not have. The map may name their rows, and they become part of the result.

    Returns
    -------
    AggregateTrials
        Tables that pass the check. Every row has the flag ``secondary_source``; its column ``used`` is empty
        unless the map fills it: windup decides (data dictionary).

    Raises
    ------
    DataFaults
        With every fault of the file, of the map and of the tables, each at its place in file or map.

    Examples
    --------
    >>> arms = pd.DataFrame({"study": "a", "trt": ["placebo", "gaba"], "y": [6, 5], "se": 0.2, "n": 50})
    >>> gaba = {"drug": "gabapentin", "dose_per_administration": 600, "dose_unit": "mg"}
    >>> made = aggregates_to_trials(arms, mapping={
    ...     "rows": {"week": 8, "outcome": "pain_intensity", "scale": "NRS_0_10"},
    ...     "studies": {"condition": "fibromyalgia"},
    ...     "treatment": {"gaba": {**gaba, "administrations_per_day": 3}}})
    >>> made.observations[["arm_id", "time_weeks", "value", "se"]].values.tolist()
    [['gaba', '8', '5', '0.2'], ['placebo', '8', '6', '0.2']]
    """
    added = added_rows(catalogue)
    if added.faults:
        raise DataFaults(sorted(set(added.faults)))
    told = read_map(mapping, added.catalogue)
    file = read_aggregate(table, told)
    placed = placed_results(file, told, added.catalogue)
    made, more = _made(file, told, placed, added)
    faults = [*told.faults, *file.faults]
    # A cell, or a column, that has its own fault is not named once more by what follows from it.
    absent = {(fault.file, fault.column) for fault in file.faults if fault.row == 1}
    for following in ((*placed.faults, *_studies_faults(file, told)), more):
        named = {(fault.file, fault.row, fault.column) for fault in faults}
        faults += [
            fault
            for fault in following
            if (fault.file, fault.row, fault.column) not in named and (fault.file, fault.column) not in absent
        ]
    if faults or made is None:
        raise DataFaults(sorted(set(faults)))
    return made


def aggregate_guesses(
    table: Path | pd.DataFrame,
    *,
    mapping: Path | Mapping[str, Any] | None = None,
    catalogue: Path | None = None,
) -> AggregateGuesses | None:
    """What each column of a file of aggregate data means, its layout and its unit of time.

    Parameters
    ----------
    table, mapping, catalogue
        As `aggregates_to_trials` has them.

    Returns
    -------
    AggregateGuesses or None
        None where the file has no header.
    """
    return read_aggregate(table, read_map(mapping, added_rows(catalogue).catalogue)).guesses


def _studies_faults(file: AggregateFile, told: AggregateMap) -> list[Fault]:
    """Studies without a condition: one fault for all of them."""
    studies = sorted({each.study for each in file.results})
    without = [
        name
        for name in studies
        if not (told.study.get(name, {}).get("condition") or told.studies.get("condition"))
    ]
    faults = []
    if without:
        found = f"{len(without)} of {len(studies)} studies have no condition, '{without[0]}' first."
        remedy = 'Write condition = "fibromyalgia" or another one, or give each study its own.'
        faults.append(Fault(told.name, 0, "studies condition", found, remedy))
    return faults


def _timed(placed: PlacedResult, timed: Mapping[str, float]) -> PlacedResult:
    """The result; of a study without any time, which is a fault, at some week."""
    if placed.result.study in timed:
        return placed
    return replace(placed, result=replace(placed.result, week=_SOME_WEEK))


def _made(
    file: AggregateFile, told: AggregateMap, placed: Placed, added: Added
) -> tuple[AggregateTrials | None, list[Fault]]:
    """Tables, and what the check finds in them; stand-ins for what is missing let it see the rest."""
    last: dict[str, float] = {}
    for result in file.results:
        if not math.isnan(result.week):
            last[result.study] = max(last.get(result.study, 0.0), result.week)
    whole = [
        (_timed(each, last), turned)
        for each, turned in placed.results
        if each.cells is not None and not any(missing_cells(each))
    ]
    if file.guesses is None or not whole:
        return None, []
    results = [each for each, _ in whole]
    known = {**told.studies}
    known.setdefault("condition", "")
    if not known["condition"]:
        known["condition"] = added.catalogue.chronic_conditions[0]
    studies = study_rows(results, replace(told, studies=known), file.name)
    dosing = dosing_rows(results, {each.result.study: _SOME_WEEK for each in results} | last)
    rows = [row_of(each, file.name, turned=turned) for each, turned in whole]
    made = AggregateTrials(
        table_of_rows("studies.csv", studies),
        table_of_rows("dosing.csv", [row for row, _ in dosing]),
        table_of_rows("observations.csv", rows),
        file.guesses,
        placed.guessed,
        (*file.notes, *placed.notes),
        added.files,
    )
    names = [row["study_id"] for row in studies]
    treatments = [treatment for _, treatment in dosing]
    return made, check_faults(made.files, file, told, names, treatments, results)
