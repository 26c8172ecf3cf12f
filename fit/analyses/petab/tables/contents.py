"""What a problem of PEtab holds, the same for both versions of the standard; free of JAX."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

STEADY = float("-inf")
"""Start of a period that lasts until nothing changes: pre-equilibration."""


class Place(NamedTuple):
    """Where something stands: file, line (the header is line 1), and column or ``''``."""

    file: str
    row: int
    column: str = ""


class Observable(NamedTuple):
    """What is measured.

    Attributes
    ----------
    name
        Its identifier.
    formula, noise
        What is expected, and the scale of its error.
    family
        ``normal``, ``laplace``, ``log-normal`` or ``log-laplace``.
    decadic
        Whether the error is on the scale of the decadic logarithm.
    placeholders, noise_placeholders
        Names that each measurement gives.
    place
        Its row.
    """

    name: str
    formula: str
    noise: str
    family: str
    decadic: bool
    placeholders: tuple[str, ...]
    noise_placeholders: tuple[str, ...]
    place: Place


class Measurement(NamedTuple):
    """One measurement; what it gives for placeholders are numbers or names of parameters."""

    observable: str
    experiment: str
    time: float
    value: float
    overrides: tuple[str, ...]
    noise_overrides: tuple[str, ...]
    place: Place


class Change(NamedTuple):
    """What is given a new value, by which formula, and where that stands."""

    target: str
    formula: str
    place: Place


class Period(NamedTuple):
    """Stretch of an experiment: when it begins, and what changes then."""

    start: float
    changes: tuple[Change, ...]


class Prior(NamedTuple):
    """Prior of a parameter.

    Attributes
    ----------
    family
        ``uniform``, ``normal``, ``laplace`` or ``cauchy``.
    scale
        ``lin``, ``log`` or ``log10``: of what it is the distribution.
    parameters
        Both bounds of a uniform one, else location and scale.
    """

    family: str
    scale: str
    parameters: tuple[float, float]


class Parameter(NamedTuple):
    """One parameter.

    Attributes
    ----------
    name
        Its identifier.
    scale
        ``lin``, ``log`` or ``log10``: on which the problem estimates it.
    lower, upper, nominal
        Bounds and nominal value, untransformed.
    estimated
        Whether it is.
    prior
        None where the table gives none.
    place
        Its row.
    """

    name: str
    scale: str
    lower: float
    upper: float
    nominal: float
    estimated: bool
    prior: Prior | None
    place: Place


class Contents(NamedTuple):
    """A whole problem.

    Attributes
    ----------
    version
        Of the standard, 1 or 2.
    model
        File of the model.
    parameters, observables
        By identifier.
    experiments
        Periods of every experiment that has measurements.
    measurements
        In the order of the table.
    files
        Every file that was read.
    """

    version: int
    model: Path
    parameters: Mapping[str, Parameter]
    observables: Mapping[str, Observable]
    experiments: Mapping[str, tuple[Period, ...]]
    measurements: tuple[Measurement, ...]
    files: tuple[Path, ...]
