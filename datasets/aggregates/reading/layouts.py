"""From typed rows in one of four layouts to results of arms and contrasts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import final

import pandas as pd

from windup.datasets.aggregates.reading.guess import AggregateGuesses
from windup.datasets.aggregates.reading.known_headers import column_name
from windup.datasets.aggregates.reading.mapping import TIME_UNITS, AggregateMap
from windup.datasets.aggregates.reading.records import ArmResult, ContrastResult, Result
from windup.datasets.files.errors import Fault

# Weeks that differ by less are one: days divided by 7.
_WEEK_DIGITS = 9
_EMPTY = "The cell is empty."
_GROUPS = ("experimental", "control")


@final
class LayoutReader:
    """Rows of a file as results.

    Parameters
    ----------
    name
        Name of the file, as faults show it.
    table
        Typed cells by the names of a map, indexed by line.
    guesses, told
        What the columns mean, and the map.

    Attributes
    ----------
    faults
        Rows that hold no result, and cells that are missing, after `results`.
    notes
        Sentences on what was not read.
    """

    def __init__(self, name: str, table: pd.DataFrame, guesses: AggregateGuesses, told: AggregateMap) -> None:
        self._name, self._table, self._guesses, self._told = name, table, guesses, told
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def results(self) -> list[Result]:
        """All results, in the order of the file."""
        match self._guesses.layout:
            case "long":
                return [self._arm(line, row, 0) for line, row in self._rows()]
            case "long contrasts":
                return list(self._from_reference_rows())
        found = [each for line, row in self._rows() for each in self._side_by_side(line, row)]
        if any(isinstance(each, ArmResult) for each in found) and "effect" in self._table:
            self.notes.append(
                "Differences are not read where their arms have results: they follow from them."
            )
        return found

    def _rows(self) -> Iterator[tuple[int, pd.Series]]:
        for line, row in self._table.iterrows():
            yield int(str(line)), row

    def _fault(self, line: int, column: str, found: str, remedy: str) -> None:
        self.faults.append(Fault(self._name, line, column, found, remedy))

    def _arm(self, line: int, row: pd.Series, arm: int) -> ArmResult:
        """The result of one arm of a row; an empty treatment is a fault of its own."""
        numbers = {name: _number(row, column_name(name, arm)) for name in ("mean", "sd", "se", "n", "events")}
        return ArmResult(
            line=line, suffix=f"_{arm}" if arm else "", study=row["study"],
            label=self._label(row, arm), arm=_text(row, column_name("arm", arm)),
            outcome=_text(row, "outcome"), week=self._week(row), year=_number(row, "year"),
            kind=_text(row, column_name("class", arm)), **numbers,
        )  # fmt: skip

    def _label(self, row: pd.Series, arm: int) -> str:
        """Treatment of an arm; of two groups without a column of treatments, what the map calls them."""
        name = column_name("treatment", arm)
        if name in row:
            return str(row[name])
        if arm not in (1, 2):
            return ""
        group = _GROUPS[arm - 1]
        return self._told.outcome_of(_text(row, "outcome")).get(group, "") or group.capitalize()

    def _week(self, row: pd.Series) -> float:
        """Time of a row in weeks: its own, else that of its study, of its outcome or of all rows."""
        if not math.isnan(own := _number(row, "time")):
            # A unit that is not known is a fault already, and any lets the other cells be checked.
            return round(own * TIME_UNITS[self._guesses.time_unit or "weeks"], _WEEK_DIGITS)
        study = self._told.study.get(row["study"], {}).get("week", "")
        said = study or self._told.outcome_of(_text(row, "outcome")).get("week", "")
        return float(said) if said else math.nan

    def _side_by_side(self, line: int, row: pd.Series) -> Iterator[Result]:
        """Results of the arms of a row, or its difference where no arm has one."""
        arms = [self._arm(line, row, number) for number in self._guesses.arms]
        arms = [each for each in arms if each.label]
        if any(_has_result(each) for each in arms):
            yield from arms
            return
        effect = _number(row, "effect")
        if len(arms) < 2:
            self._fault(line, "treatment_2", _EMPTY, "Name both treatments, or remove the row.")
        elif len(arms) > 2:
            found = f"The row has {len(arms)} treatments and no result of any of them."
            self._fault(line, "treatment_3", found, "Give each difference a row of its own.")
        elif math.isnan(effect):
            missing = "effect" if "effect" in row else f"mean{arms[0].suffix}"
            self._fault(line, missing, "The row has no result.", "Fill it, or remove the row.")
        else:
            yield self._contrast(arms[0], arms[1], effect, _number(row, "effect_se"))

    def _from_reference_rows(self) -> Iterator[ContrastResult]:
        """Contrasts of a study with its arm that has no value.

        With three arms and more the reference row may have a standard error, that of its own mean, which is
        what the contrasts have in common.
        """
        groups: dict[tuple[str, str, float], list[tuple[ArmResult, float, float]]] = {}
        for line, row in self._rows():
            arm = self._arm(line, row, 0)
            said = (arm, _number(row, "effect"), _number(row, "effect_se"))
            groups.setdefault((arm.study, arm.outcome, arm.week), []).append(said)
        shared = False
        for rows in groups.values():
            empty = [each for each in rows if math.isnan(each[1])]
            if len(empty) != 1 or len(rows) < 2:
                study = rows[0][0].study
                found = f"{len(empty)} of {len(rows)} rows of '{study}' at this time have no value."
                remedy = "Leave the value of the reference arm empty, and of no other arm."
                self._fault((empty or rows)[-1][0].line, "effect", found, remedy)
                continue
            ((reference, _, own_error),) = empty
            shared = shared or not math.isnan(own_error)
            for arm, effect, error in rows:
                if arm is not reference:
                    yield self._contrast(arm, reference, effect, error)
        if shared:
            self.notes.append("The standard errors of reference arms are not read.")

    def _contrast(self, arm: ArmResult, reference: ArmResult, effect: float, se: float) -> ContrastResult:
        return ContrastResult(
            arm.line, arm.study, arm.label, arm.arm, reference.label, reference.arm, arm.outcome, arm.week,
            effect, se, arm.n + reference.n, arm.year, arm.kind,
        )  # fmt: skip


def _has_result(arm: ArmResult) -> bool:
    return not (math.isnan(arm.mean) and math.isnan(arm.events))


def _number(row: pd.Series, name: str) -> float:
    return float(row[name]) if name in row else math.nan


def _text(row: pd.Series, name: str) -> str:
    return str(row[name]) if name in row else ""
