"""Experiments as arrays of one shape, so that one program solves all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from windup.fit.analyses.petab.formulas.formula import Formula
from windup.fit.analyses.petab.formulas.sympy_formulas import TIME
from windup.fit.analyses.petab.mechanism import Mechanism
from windup.fit.analyses.petab.tables.cells import Faults
from windup.fit.analyses.petab.tables.contents import STEADY, Change, Contents, Measurement, Period
from windup.fit.analyses.petab.tables.read_formula import read_formula

KEEP = -1
"""Stands where a period changes nothing."""

# A period without a later measurement is solved this far, because a solver needs a stretch.
_SHORT = 1e-3


class Batch(NamedTuple):
    """Experiments that are solved together.

    Attributes
    ----------
    steady
        Whether pre-equilibration comes first.
    first
        Number of the formula that each target has at the very beginning.
    starts, ends
        Of every period. Experiments with fewer periods have short ones at their end.
    times
        At which states are wanted; the end where there are fewer.
    changes
        Number of the formula that gives each target its value at the beginning of a period; nothing where the
        period is the very beginning.
    """

    steady: bool
    first: Int[np.ndarray, "experiments targets"]
    starts: Float[np.ndarray, "experiments periods"]
    ends: Float[np.ndarray, "experiments periods"]
    times: Float[np.ndarray, "experiments periods times"]
    changes: Int[np.ndarray, "experiments periods targets"]


class Layout(NamedTuple):
    """All experiments.

    Attributes
    ----------
    targets
        What any experiment changes.
    outer, inner
        Formulas of parameters alone, and of the state of the model; they are numbered in this order.
    batches
        Experiments without pre-equilibration, and with it; those that there are.
    places
        Batch, experiment, period and time of every measurement.
    """

    targets: tuple[str, ...]
    outer: tuple[Formula, ...]
    inner: tuple[Formula, ...]
    batches: tuple[Batch, ...]
    places: Int[np.ndarray, "measurements 4"]


def layout_of(contents: Contents, mechanism: Mechanism, faults: Faults) -> Layout:
    """Arrays of all experiments.

    Parameters
    ----------
    contents
        The tables.
    mechanism
        The equations.
    faults
        Takes targets and formulas that the model does not have.
    """
    changes = [
        change for each in contents.experiments.values() for period in each for change in period.changes
    ]
    targets = tuple(dict.fromkeys(change.target for change in changes))
    outer, inner = _formulas(changes, contents, mechanism, faults)
    numbers = {text: number for number, text in enumerate([*outer, *inner])}
    column = {target: number for number, target in enumerate(targets)}

    def row(period: Period) -> np.ndarray:
        found = np.full(len(targets), KEEP)
        for change in period.changes:
            found[column[change.target]] = numbers.get(change.formula, KEEP)
        return found

    by_experiment: dict[str, list[int]] = {name: [] for name in contents.experiments}
    for number, each in enumerate(contents.measurements):
        by_experiment.get(each.experiment, []).append(number)
    places = np.zeros((len(contents.measurements), 4), int)
    batches: list[Batch] = []
    for steady in (False, True):
        names = [
            name
            for name, periods in contents.experiments.items()
            if periods and (periods[0].start == STEADY) == steady and by_experiment[name]
        ]
        if not names:
            continue
        courses = []
        for index, name in enumerate(names):
            periods = contents.experiments[name][1 if steady else 0 :]
            mine = by_experiment[name]
            starts, times, found = _course(periods, [contents.measurements[number] for number in mine])
            places[mine] = [(len(batches), index, period, time) for period, time in found]
            courses.append((starts, times, [row(period) for period in periods[: len(starts)]]))
        first = np.stack([row(contents.experiments[name][0]) for name in names])
        batches.append(_batch(steady, first, courses))
    return Layout(targets, tuple(outer.values()), tuple(inner.values()), tuple(batches), places)


def changed_at_the_beginning(contents: Contents) -> set[str]:
    """What every experiment gives a value at its beginning, so that the model need not.

    Parameters
    ----------
    contents
        The tables.
    """
    firsts = [
        {change.target for change in periods[0].changes}
        for periods in contents.experiments.values()
        if periods
    ]
    return set.intersection(*firsts) if firsts else set()


def _formulas(
    changes: Sequence[Change], contents: Contents, mechanism: Mechanism, faults: Faults
) -> tuple[dict[str, Formula], dict[str, Formula]]:
    """Formulas of parameters alone, and of the state of the model, by their text."""
    outer: dict[str, Formula] = {}
    inner: dict[str, Formula] = {}
    can_change = {*mechanism.states, *mechanism.constants}
    in_model = {TIME, *can_change, *mechanism.rules, *contents.parameters}
    for change in changes:
        if change.target not in can_change:
            found = f"'{change.target}' cannot be set: it is no state, constant or compartment of the model."
            faults.add(change.place, found, "Name one of the model.")
        if change.formula in outer or change.formula in inner:
            continue
        formula = read_formula(change.formula, change.place, in_model, faults)
        (outer if formula.names <= contents.parameters.keys() else inner)[change.formula] = formula
    return outer, inner


def _course(
    periods: Sequence[Period], measurements: Sequence[Measurement]
) -> tuple[list[float], list[list[float]], list[tuple[int, int]]]:
    """Starts of the periods up to the last measurement, times wanted in each, and where measurements are."""
    last = max(each.time for each in measurements)
    starts = [period.start for period in periods if period.start <= last] or [periods[0].start]
    which = [int(np.searchsorted(starts, each.time, side="right")) - 1 for each in measurements]
    times = [
        sorted({each.time for each, period in zip(measurements, which, strict=True) if period == number})
        for number in range(len(starts))
    ]
    found = [
        (period, times[period].index(each.time)) for each, period in zip(measurements, which, strict=True)
    ]
    return starts, times, found


def _batch(
    steady: bool,
    first: np.ndarray,
    courses: Sequence[tuple[list[float], list[list[float]], list[np.ndarray]]],
) -> Batch:
    count = max(len(starts) for starts, _, _ in courses)
    longest = max(1, max(len(each) for _, times, _ in courses for each in times))
    shape = (len(courses), count)
    starts, ends = np.zeros(shape), np.zeros(shape)
    times, changes = np.zeros((*shape, longest)), np.full((*shape, first.shape[1]), KEEP)
    for index, (begins, wanted, rows) in enumerate(courses):
        for number in range(count):
            real = number < len(begins)
            starts[index, number] = begins[number] if real else ends[index, number - 1]
            following = begins[number + 1] if number + 1 < len(begins) else None
            mine = wanted[number] if real else []
            last = following if following is not None else max(mine, default=starts[index, number])
            ends[index, number] = max(
                last, starts[index, number] + (0.0 if following is not None else _SHORT)
            )
            times[index, number] = [*mine, *[ends[index, number]] * (longest - len(mine))]
            if real and (steady or number):
                changes[index, number] = rows[number]
    return Batch(steady, first, starts, ends, times, changes)
