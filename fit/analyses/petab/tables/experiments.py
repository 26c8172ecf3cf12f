"""Experiments of both versions of PEtab as periods, each with what changes when it begins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from windup.fit.analyses.petab.tables.cells import Faults, Row
from windup.fit.analyses.petab.tables.contents import STEADY, Change, Period

_NO_CHANGES = ("conditionId", "conditionName")
DEFAULT = ""
"""Experiment of measurements that name none (version 2): the model as it is, from 0."""


def experiment_name(before: str, condition: str) -> str:
    """Name of an experiment of version 1, which is a condition and perhaps one that comes before it.

    Examples
    --------
    >>> experiment_name("", "dose"), experiment_name("rest", "dose")
    ('dose', 'rest, then dose')
    """
    return f"{before}, then {condition}" if before else condition


def experiments_1(
    conditions: Iterable[Row], measurements: Iterable[Row], parameters: Iterable[str], faults: Faults
) -> dict[str, tuple[Period, ...]]:
    """Experiments of version 1: pairs of conditions that measurements name.

    Parameters
    ----------
    conditions, measurements
        Rows of both tables.
    parameters
        Identifiers of the table of parameters.
    faults
        Takes what is wrong.
    """
    rows = {row.text("conditionId"): row for row in conditions}
    known, found = set(parameters), dict[str, tuple[Period, ...]]()
    for row in measurements:
        before, condition = row.text("preequilibrationConditionId"), row.text("simulationConditionId")
        name = experiment_name(before, condition)
        if name in found:
            continue
        found[name] = ()
        missing = [
            (column, value)
            for column, value in (
                ("preequilibrationConditionId", before),
                ("simulationConditionId", condition),
            )
            if value not in rows and (value or column.startswith("sim"))
        ]
        for column, value in missing:
            faults.add(row.place(column), f"There is no condition '{value}'.", "Add it to the conditions.")
        if missing:
            continue
        changes = _changes_1(rows[condition])
        if before:
            first = _changes_1(rows[before])
            back = [each for each in first if each.target not in {other.target for other in changes}]
            # A blank cell gives a parameter its own value back, and leaves a state as it is.
            changes += tuple(each._replace(formula=each.target) for each in back if each.target in known)
            found[name] = (Period(STEADY, first), Period(0.0, changes))
        else:
            found[name] = (Period(0.0, changes),)
    return found


def _changes_1(row: Row) -> tuple[Change, ...]:
    targets = (column for column in row.cells if column and column not in _NO_CHANGES)
    return tuple(
        Change(target, row.text(target), row.place(target)) for target in targets if row.text(target)
    )


def experiments_2(
    experiments: Iterable[Row], conditions: Iterable[Row], measured: Mapping[str, Row], faults: Faults
) -> dict[str, tuple[Period, ...]]:
    """Experiments of version 2 that have measurements.

    Parameters
    ----------
    experiments, conditions
        Rows of both tables.
    measured
        A measurement of every experiment that has one.
    faults
        Takes what is wrong.
    """
    changes: dict[str, list[Change]] = {}
    for row in conditions:
        change = Change(row.text("targetId"), row.text("targetValue"), row.place("targetValue"))
        changes.setdefault(row.text("conditionId"), []).append(change)
    periods: dict[str, dict[float, list[Change]]] = {}
    for row in experiments:
        name, condition = row.text("experimentId"), row.text("conditionId")
        time = _start(row, faults)
        if condition and condition not in changes:
            faults.add(row.place("conditionId"), f"There is no condition '{condition}'.", "Add its rows.")
        periods.setdefault(name, {}).setdefault(time, []).extend(changes.get(condition, ()))
    found = {}
    for name, row in measured.items():
        if name != DEFAULT and name not in periods:
            faults.add(row.place("experimentId"), f"There is no experiment '{name}'.", "Add its periods.")
        mine = periods.get(name, {0.0: []})
        found[name] = tuple(Period(time, tuple(mine[time])) for time in sorted(mine))
        if len(found[name]) == 1 and found[name][0].start == STEADY:
            faults.add(row.place("experimentId"), f"'{name}' has pre-equilibration alone.", "Add a period.")
    return found


def _start(row: Row, faults: Faults) -> float:
    time = faults.number(row, "time", math.nan)
    if math.isnan(time) or time == math.inf:
        faults.add(
            row.place("time"), "A period needs a time.", "Write a number, or -inf for pre-equilibration."
        )
        return 0.0
    return time
