"""Expected measurements, and the scales of their errors, from the states of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from windup.fit.analyses.petab.formulas.formula import Formula
from windup.fit.analyses.petab.formulas.sympy_formulas import TIME
from windup.fit.analyses.petab.layout import KEEP
from windup.fit.analyses.petab.mechanism import Mechanism
from windup.fit.analyses.petab.solve import Named, Solver
from windup.fit.analyses.petab.tables.cells import Faults
from windup.fit.analyses.petab.tables.contents import Contents, Measurement, Observable
from windup.fit.analyses.petab.tables.read_formula import read_formula


class Reading(NamedTuple):
    """All measurements of one observable.

    Attributes
    ----------
    observable
        Which.
    formula, noise
        What is expected, and the scale of its error.
    rows
        Numbers of its measurements.
    placeholders
        For each name that measurements give: numbers, and the parameters that stand instead of them.
    """

    observable: Observable
    formula: Formula
    noise: Formula
    rows: Int[np.ndarray, " rows"]
    placeholders: Mapping[str, tuple[Float[np.ndarray, " rows"], Int[np.ndarray, " rows"]]]


def readings_of(contents: Contents, mechanism: Mechanism, faults: Faults) -> tuple[Reading, ...]:
    """Measurements by observable.

    Parameters
    ----------
    contents
        The tables.
    mechanism
        The equations.
    faults
        Takes names that nothing gives, and formulas that cannot be read.
    """
    names = {name: number for number, name in enumerate(contents.parameters)}
    known = {TIME, *mechanism.states, *mechanism.constants, *mechanism.rules, *names, *contents.observables}
    _check_overrides(contents.measurements, names, faults)
    found = []
    for name, observable in contents.observables.items():
        rows = np.array([n for n, each in enumerate(contents.measurements) if each.observable == name], int)
        if not len(rows):
            continue
        holders = (*observable.placeholders, *observable.noise_placeholders)
        formulas = []
        for column, text in (("observableFormula", observable.formula), ("noiseFormula", observable.noise)):
            place = observable.place._replace(column=column)
            formulas.append(read_formula(text, place, known.union(holders), faults))
        given = [
            contents.measurements[row].overrides + contents.measurements[row].noise_overrides for row in rows
        ]
        if faults.found:
            # The number of overrides may be one of the faults.
            continue
        placeholders = {holder: values_of_overrides(given, n, names) for n, holder in enumerate(holders)}
        found.append(Reading(observable, formulas[0], formulas[1], rows, placeholders))
    return tuple(found)


def values_of_overrides(
    given: Sequence[tuple[str, ...]], position: int, names: Mapping[str, int]
) -> tuple[Float[np.ndarray, " rows"], Int[np.ndarray, " rows"]]:
    """Numbers that measurements give for a placeholder, or the number of the parameter that they name.

    Parameters
    ----------
    given
        Of every measurement.
    position
        Of the placeholder.
    names
        Number of each parameter.

    Returns
    -------
    tuple
        The numbers, 0 where a parameter is named; and the parameters, ``KEEP`` where a number stands.

    Examples
    --------
    >>> values_of_overrides([("1.5",), ("scale",)], 0, {"scale": 3})
    (array([1.5, 0. ]), array([-1,  3]))
    """
    numbers, parameters = np.zeros(len(given)), np.full(len(given), KEEP)
    for row, parts in enumerate(given):
        if parts[position] in names:
            parameters[row] = names[parts[position]]
        else:
            numbers[row] = float(parts[position])
    return numbers, parameters


def _check_overrides(measurements: Sequence[Measurement], names: Mapping[str, int], faults: Faults) -> None:
    for each in measurements:
        for column, parts in (
            ("observableParameters", each.overrides),
            ("noiseParameters", each.noise_overrides),
        ):
            for part in parts:
                if part not in names and not _is_number(part):
                    place = each.place._replace(column=column)
                    faults.add(
                        place, f"'{part}' is neither a number nor a parameter.", "Add it to the parameters."
                    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def expected_of(
    readings: Sequence[Reading], solver: Solver, times: Float[np.ndarray, " measurements"], given: Named
) -> list[tuple[Array, Array]]:
    """Expected value and scale of the error of all measurements of each observable.

    Parameters
    ----------
    readings
        The observables.
    solver
        Solves the model.
    times
        Of every measurement.
    given
        Values of the table of parameters.
    """
    places = solver.layout.places
    states = jnp.zeros((len(places), len(solver.mechanism.states)))
    constants = jnp.zeros((len(places), len(solver.mechanism.constants)))
    for number, batch in enumerate(solver.layout.batches):
        rows = np.flatnonzero(places[:, 0] == number)
        _, experiment, period, time = places[rows].T
        seen, held = solver.solve(batch, given)
        states = states.at[rows].set(seen[experiment, period, time])
        constants = constants.at[rows].set(held[experiment, period])
    # JAX sorts the keys of dictionaries that pass through it.
    parameters = jnp.stack([jnp.asarray(given[name], float) for name in solver.parameters])
    found = []
    formulas = {each.observable.name: each.formula for each in readings if not each.observable.placeholders}
    for each in readings:
        rows = each.rows
        known: dict[str, Any] = solver.environment(
            jnp.asarray(times[rows]), states[rows].T, constants[rows].T, given
        )
        for name, (numbers, named) in each.placeholders.items():
            chosen = parameters[np.clip(named, 0, None)]
            known[name] = jnp.where(named == KEEP, numbers, chosen)
        expected = _across(each.formula.value(known), rows)
        # Scales may read what is expected, of this observable or of another one.
        seen_names = each.noise.names & (formulas.keys() | {each.observable.name})
        others = {name: formulas[name].value(known) for name in seen_names if name != each.observable.name}
        scale = each.noise.value({**known, **others, each.observable.name: expected})
        found.append((expected, _across(scale, rows)))
    return found


def _across(value: Any, rows: np.ndarray) -> Array:
    return jnp.broadcast_to(jnp.asarray(value, float), rows.shape)
