"""The three tables of trials that are made from aggregate data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import pandas as pd

from windup.datasets.aggregates.reading.guess import AggregateGuesses
from windup.datasets.aggregates.reading.mapping import AggregateMap, Cells
from windup.datasets.aggregates.rows import PlacedResult
from windup.datasets.aggregates.treatments import Treatment
from windup.datasets.dictionary.rows import Row, number, texts_of


@final
@dataclass(frozen=True, eq=False)
class AggregateTrials:
    """Tables of trials made from aggregate data, and how the file was read.

    Attributes
    ----------
    studies, dosing, observations
        Cells as text, with every column of the data dictionary.
    guesses
        What each column of the file means, its layout, and its unit of time.
    guessed_treatments
        Word of the column ``drug`` by each label that the map does not have.
    notes
        Sentences on what was done with its results.
    catalogue
        Text of tables of drugs, conditions and instruments whose rows these tables name, by the name of the
        file.
    """

    studies: pd.DataFrame
    dosing: pd.DataFrame
    observations: pd.DataFrame
    guesses: AggregateGuesses
    guessed_treatments: dict[str, str]
    notes: tuple[str, ...]
    catalogue: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        """Text of the three tables, and of those of the catalogue, by the name of the file."""
        return texts_of(self.studies, self.dosing, self.observations) | self.catalogue


def study_rows(results: Sequence[PlacedResult], told: AggregateMap, file: str) -> list[Row]:
    """Rows of ``studies.csv``.

    Parameters
    ----------
    results
        Sorted results.
    told
        The map.
    file
        Name of the file that they were read from.
    """
    years: dict[str, float] = {}
    for each in results:
        known = years.get(each.result.study, math.nan)
        years[each.result.study] = each.result.year if math.isnan(known) else known
    general = {"verified_from": "secondary", "notes": f"Read from {file}, a table of an evidence synthesis."}
    return [
        general
        | {"year": number(year)}
        | _filled(told.studies)
        | {name: cell for name, cell in _filled(told.study.get(study, {})).items() if name != "week"}
        | {"study_id": study}
        for study, year in years.items()
    ]


def dosing_rows(results: Sequence[PlacedResult], last: Mapping[str, float]) -> list[tuple[Row, Treatment]]:
    """Rows of ``dosing.csv``, each with the treatment that it is a phase of.

    A phase without weeks of its own lasts from week 0 to the last result of its study.

    Parameters
    ----------
    results
        Sorted results.
    last
        Week of the last result of each study.
    """
    arms: dict[tuple[str, str], tuple[Treatment, str]] = {}
    for each in results:
        study = each.result.study
        kind = arms.get((study, each.arm_id), (each.treatment, ""))[1] or each.result.kind
        arms[study, each.arm_id] = each.treatment, kind
        if each.reference is not None:
            arms.setdefault((study, each.reference_arm), (each.reference, ""))
    return [
        (
            {
                "start_week": "0",
                "end_week": number(last[study]),
                "treatment": kind,
                "dose_how": _origin(phase),
            }
            | _filled(phase)
            | {"study_id": study, "arm_id": arm},
            treatment,
        )
        for (study, arm), (treatment, kind) in sorted(arms.items(), key=lambda each: each[0])
        for phase in treatment.phases
    ]


def _origin(phase: Cells) -> str:
    return "reported" if phase.get("dose_per_administration") else ""


def _filled(cells: Cells) -> Row:
    return {name: cell for name, cell in cells.items() if cell}
