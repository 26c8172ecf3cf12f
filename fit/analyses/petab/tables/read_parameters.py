"""The table of parameters, in both versions of the standard."""

from __future__ import annotations

import math
from collections.abc import Iterable

from windup.fit.analyses.petab.tables.cells import Faults, Row
from windup.fit.analyses.petab.tables.contents import Parameter, Prior

SCALES = ("lin", "log", "log10")
"""Scales that a parameter may be estimated on."""

_YES, _NO = ("1", "1.0", "true"), ("0", "0.0", "false", "")
_PLAIN = {"uniform": "uniform", "normal": "normal", "laplace": "laplace", "cauchy": "cauchy"}
_LOGARITHMIC = {
    1: {"logNormal": "normal", "logLaplace": "laplace"},
    2: {"log-normal": "normal", "log-laplace": "laplace", "log-uniform": "uniform"},
}
_SCALED = {
    "parameterScaleUniform": "uniform",
    "parameterScaleNormal": "normal",
    "parameterScaleLaplace": "laplace",
}
_COLUMNS = {
    1: ("objectivePriorType", "objectivePriorParameters"),
    2: ("priorDistribution", "priorParameters"),
}


def read_parameters(rows: Iterable[Row], version: int, faults: Faults) -> dict[str, Parameter]:
    """Parameters by identifier.

    Parameters
    ----------
    rows
        Of the table.
    version
        Of the standard.
    faults
        Takes what is wrong.
    """
    found: dict[str, Parameter] = {}
    for row in rows:
        name = row.text("parameterId")
        if name in found:
            faults.add(row.place("parameterId"), f"'{name}' stands there twice.", "Leave one row of it.")
        found[name] = _parameter(row, name, version, faults)
    return found


def _parameter(row: Row, name: str, version: int, faults: Faults) -> Parameter:
    scale = faults.word(row, "parameterScale", SCALES, "lin") if version == 1 else "lin"
    word = row.text("estimate", "true" if version == 2 else "").lower()
    if word not in (*_YES, *_NO):
        faults.add(
            row.place("estimate"),
            f"'{word}' is neither yes nor no.",
            "Write 1 or 0 (version 2: true, false).",
        )
    estimated = word in _YES
    nominal = faults.number(row, "nominalValue")
    lower, upper = faults.number(row, "lowerBound"), faults.number(row, "upperBound")
    prior = None
    if math.isnan(nominal):
        faults.add(
            row.place("nominalValue"),
            f"'{name}' has no nominal value.",
            "Write one: chains start there, and the log-likelihood is shown there.",
        )
    if estimated:
        if not lower < upper:
            faults.add(
                row.place(), f"'{name}' has no bounds with lower < upper.", "Write lowerBound and upperBound."
            )
        # A nominal value outside the bounds is allowed; chains start inside.
        for column, value in (("lowerBound", lower), ("nominalValue", nominal)):
            if scale != "lin" and value <= 0.0:
                faults.add(row.place(column), f"{value:g} has no logarithm.", "Write a number above 0.")
        prior = _prior(row, scale, version, faults)
    return Parameter(name, scale, lower, upper, nominal, estimated, prior, row.place())


def _prior(row: Row, scale: str, version: int, faults: Faults) -> Prior | None:
    kind_column, numbers_column = _COLUMNS[version]
    kind = row.text(kind_column)
    if not kind:
        return None
    known = {**_PLAIN, **_LOGARITHMIC[version], **(_SCALED if version == 1 else {})}
    if kind not in known or (version == 1 and kind == "cauchy"):
        faults.add(
            row.place(kind_column),
            f"The prior '{kind}' is not supported.",
            f"Use one of: {', '.join(known)}.",
        )
        return None
    numbers = []
    for part in row.parts(numbers_column):
        try:
            numbers.append(float(part))
        except ValueError:
            faults.add(
                row.place(numbers_column), f"'{part}' is no number.", "Write numbers, separated by ';'."
            )
    family = known[kind]
    good = len(numbers) == 2 and (numbers[0] < numbers[1] if family == "uniform" else numbers[1] > 0.0)
    if not good:
        wanted = "both bounds" if family == "uniform" else "location;scale with a scale above 0"
        faults.add(row.place(numbers_column), f"The prior '{kind}' needs two numbers.", f"Write {wanted}.")
        return None
    first, second = numbers
    of = "log" if kind in _LOGARITHMIC[version] else scale if kind in _SCALED else "lin"
    if kind == "log-uniform":
        # Its parameters are untransformed bounds.
        if not first > 0.0:
            faults.add(row.place(numbers_column), f"{first:g} has no logarithm.", "Write a number above 0.")
            return None
        first, second = math.log(first), math.log(second)
    return Prior(family, of, (first, second))
