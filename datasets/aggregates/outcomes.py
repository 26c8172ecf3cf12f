"""What the labels of outcomes stand for, as the map says."""

from __future__ import annotations

from typing import final

from windup.datasets.aggregates.reading.mapping import AggregateMap, Cells
from windup.datasets.aggregates.reading.records import ContrastResult, Result
from windup.datasets.decisions.limits import LIMIT_OUTCOMES
from windup.datasets.dictionary.usage import RESPONDERS
from windup.datasets.files.errors import Fault

OTHER = "other"
CONTRAST = "difference_vs_placebo"
_OF_CONTRASTS = (
    "pain_intensity", "pain_intensity_change", "attack_frequency", "attack_frequency_change", CONTRAST, "",
)  # fmt: skip


def is_share(outcome: str) -> bool:
    """Whether an outcome is a share of people."""
    return outcome in RESPONDERS or outcome in LIMIT_OUTCOMES


@final
class Outcomes:
    """Cells of ``observations.csv`` by the labels of outcomes.

    Parameters
    ----------
    told
        The map.
    labels
        Labels of the file; ``''`` where it has no column of outcomes.
    """

    def __init__(self, told: AggregateMap, labels: set[str]) -> None:
        self._told = told
        # What is said of all rows is said of one outcome, not of any other that the file may hold.
        self._named = len(labels) == 1 and not told.outcomes
        self._faults: dict[tuple[str, str], Fault] = {}

    @property
    def faults(self) -> list[Fault]:
        """One fault for each label, or each cell, that the map lacks."""
        return list(self._faults.values())

    @property
    def unknown(self) -> set[str]:
        """Labels that the map does not have."""
        return {label for label, cell in self._faults if label and not cell}

    def cells_of(self, result: Result, file: str, column: str) -> Cells | None:
        """Outcome, scale and whatever else the map says of a result; None where that is not known.

        Parameters
        ----------
        result
            The result.
        file, column
            Name of the file, and header of its column of outcomes.
        """
        label, contrast = result.outcome, isinstance(result, ContrastResult)
        if label and label not in self._told.outcomes and not self._named:
            found = f"The map does not say what the outcome '{label}' is."
            remedy = f'Write [outcome."{label}"] in the map; outcome = "other" is for what no fit reads.'
            self._faults.setdefault((label, ""), Fault(file, result.line, column, found, remedy))
            return None
        cells = dict(self._told.outcome_of(label))
        outcome = cells.get("outcome", "")
        if contrast and is_share(outcome):
            found = "The tables have no row for a difference between shares of responders."
            remedy = 'Give the responders of each arm, or write outcome = "other".'
            self._lack(label, "outcome", found, remedy)
            return None
        if contrast and outcome in _OF_CONTRASTS:
            outcome = CONTRAST
        if not outcome:
            remedy = 'Write outcome = "pain_intensity", "pain_intensity_change" or another outcome.'
            self._lack(label, "outcome", "The map does not name the outcome.", remedy)
        scale = cells.get("scale", "") or ("percent" if outcome in RESPONDERS else "")
        scale = scale or (OTHER if outcome == OTHER else "")
        if not scale:
            remedy = 'Write scale = "NRS_0_10" or another instrument.'
            self._lack(label, "scale", "The map does not name the scale.", remedy)
        return cells | {"outcome": outcome, "scale": scale} if outcome and scale else None

    def _lack(self, label: str, cell: str, found: str, remedy: str) -> None:
        place = f'outcome."{label}"' if label in self._told.outcomes else "rows"
        self._faults.setdefault((label, cell), Fault(self._told.name, 0, f"{place} {cell}", found, remedy))
