"""The map of a file of aggregate data: what its columns and labels mean, and what it cannot show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from windup.datasets.files.errors import Fault

LAYOUTS: dict[str, str] = {
    "long": "one row for each study, arm and time",
    "wide": "one row for each study and time, its arms side by side",
    "contrasts": "one row for each contrast of two treatments",
    "long contrasts": "one row for each arm, as a difference from the arm without a value",
}
"""Layouts of a file, each in words."""

TIME_UNITS: dict[str, float] = {"days": 1.0 / 7.0, "weeks": 1.0, "months": 365.25 / 12.0 / 7.0}
"""Units of a column of times, each in weeks."""

NO_MAP = "map"
"""Name in place of a file, of faults in a map that is none yet."""

type Cells = Mapping[str, str]


@final
@dataclass(frozen=True)
class AggregateMap:
    """What a user says of a file.

    Attributes
    ----------
    name
        Name of the map, as faults show it.
    layout, time_unit
        One of `LAYOUTS` and of `TIME_UNITS`; ``''`` to guess.
    columns
        Header by name of column; ``''`` for a column that is not to be read.
    studies
        Cells of ``studies.csv`` for every study.
    rows
        Cells of ``observations.csv`` for every row, and ``week``.
    outcomes
        The same for the rows of one outcome, by its label.
    study
        Cells of ``studies.csv`` for one study, and its ``week``, by its name.
    treatments
        Cells of ``dosing.csv``, one mapping for each drug and phase, by the name of the study (``''`` for
        all) and the label.
    faults
        What cannot be meant.
    """

    name: str = NO_MAP
    layout: str = ""
    time_unit: str = ""
    columns: Cells = field(default_factory=dict)
    studies: Cells = field(default_factory=dict)
    rows: Cells = field(default_factory=dict)
    outcomes: Mapping[str, Cells] = field(default_factory=dict)
    study: Mapping[str, Cells] = field(default_factory=dict)
    treatments: Mapping[tuple[str, str], tuple[Cells, ...]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def outcome_of(self, label: str) -> Cells:
        """Cells of the rows of an outcome: those of all rows, and its own before them."""
        return {**self.rows, **self.outcomes.get(label, {})}

    def treatment_of(self, study: str, label: str) -> tuple[str, tuple[Cells, ...]] | None:
        """A treatment as the map spells it, and what it consists of; the study's own before the common one.

        Parameters
        ----------
        study, label
            As they stand in the file; capital letters make no difference.

        Returns
        -------
        tuple or None
            None where the map has no such label, or has not filled it in.
        """
        wanted = label.casefold()
        for place in (study, ""):
            for (of_study, name), phases in self.treatments.items():
                told = any(phase.get("drug") for phase in phases)
                if of_study == place and name.casefold() == wanted and told:
                    return name, phases
        return None
