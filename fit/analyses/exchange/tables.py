"""The tables of PEtab version 2 as text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from windup.fit.analyses.exchange.experiments import Experiments
from windup.fit.analyses.exchange.files import MODEL, TABLES
from windup.fit.analyses.exchange.observables import OBSERVABLES, Measurement
from windup.fit.analyses.exchange.parameters import EstimatedParameter

_WORDS = re.compile(r"[A-Za-z_]\w*")


def petab_tables(
    experiments: Experiments, measurements: Sequence[Measurement], parameters: Iterable[EstimatedParameter]
) -> dict[str, str]:
    """Tables by name of file.

    Parameters
    ----------
    experiments
        Conditions and periods.
    measurements
        In the order of the rows.
    parameters
        Parameters of the mechanism and of the observables. One that no formula and no measurement reads is
        left out, because PEtab does not allow it.
    """
    observables = tuple(name for name in OBSERVABLES if any(m.observable == name for m in measurements))
    tables = {
        "conditions": _tsv(("conditionId", "targetId", "targetValue"), experiments.conditions),
        "experiments": _tsv(("experimentId", "time", "conditionId"), experiments.periods),
        "measurements": _tsv(_MEASUREMENTS, map(_measurement, measurements)),
        "observables": _tsv(_OBSERVABLES, map(_observable, observables)),
        "parameters": _tsv(_PARAMETERS, map(_parameter, parameters)),
    }
    return {f"{name}.tsv": text for name, text in tables.items()}


def problem_yaml(model: str) -> str:
    """The file that names all others."""
    files = "\n".join(f"{name.removesuffix('s')}_files: [{name}.tsv]" for name in TABLES)
    return (
        "format_version: 2.0.0\n"
        f"id: windup_{model}\n"
        f"model_files:\n  {model}:\n    location: {MODEL}\n    language: sbml\n"
        f"{files}\n"
    )


def read_by(measurements: Iterable[Measurement]) -> set[str]:
    """Names that observables and measurements read."""
    names: set[str] = set()
    for each in measurements:
        observable = OBSERVABLES[each.observable]
        placeholders = {*observable.placeholders, *observable.noise_placeholders}
        words = {*_WORDS.findall(observable.formula), *_WORDS.findall(observable.noise)} - placeholders
        names |= words | {given for given in each.placeholders if isinstance(given, str)}
    return names


_MEASUREMENTS = (
    "observableId",
    "experimentId",
    "time",
    "measurement",
    "observableParameters",
    "noiseParameters",
    "row_id",
)
_OBSERVABLES = (
    "observableId",
    "observableName",
    "observableFormula",
    "noiseFormula",
    "noiseDistribution",
    "observablePlaceholders",
    "noisePlaceholders",
)
_PARAMETERS = (
    "parameterId",
    "parameterName",
    "lowerBound",
    "upperBound",
    "nominalValue",
    "estimate",
    "priorDistribution",
    "priorParameters",
    "unit",
)


def _measurement(each: Measurement) -> tuple[object, ...]:
    given, noise = _joined(each.placeholders), _joined(each.noise)
    return each.observable, each.experiment, each.day, each.value, given, noise, each.row


def _observable(name: str) -> tuple[object, ...]:
    each = OBSERVABLES[name]
    placeholders = _joined(each.placeholders), _joined(each.noise_placeholders)
    return name, each.name, each.formula, each.noise, "normal", *placeholders


def _parameter(each: EstimatedParameter) -> tuple[object, ...]:
    bounds = (each.lower, each.upper) if each.estimated else ("", "")
    estimate = "true" if each.estimated else "false"
    prior = each.distribution, _joined(each.prior)
    return each.name, each.meaning, *bounds, each.value, estimate, *prior, each.unit


def _joined(each: Sequence[float | str]) -> str:
    return ";".join(str(value) for value in each)


def _tsv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def counts(files: Mapping[str, str]) -> dict[str, int]:
    """Number of rows of every table by its name."""
    return {name: len(files[f"{name}.tsv"].splitlines()) - 1 for name in TABLES}
