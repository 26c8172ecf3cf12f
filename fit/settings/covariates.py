"""Covariates of studies by which the effects of treatments may differ, checked without trials."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

from windup.datasets import nearest, printable
from windup.fit.settings.priors import FoundThere

COVARIATES: Mapping[str, str] = {
    "year": "year of publication",
    "duration_weeks": "duration of the trial, weeks",
    "baseline_pain": "mean pain at entry, NRS points",
    "least_pain_at_entry": "least pain with which patients were admitted, NRS points",
}
"""What may be a covariate: numbers of ``studies.csv``, and the pain that trials print at entry."""


@final
@dataclass(frozen=True, kw_only=True)
class Covariate:
    """How effects of treatments may differ by a number of the study.

    Parameters
    ----------
    centre
        Value at which effects are reported.
    unit
        Difference of the number that counts as 1.
    sd
        SD of the normal prior of the slope, NRS points per unit (expert).
    missing
        Value that studies without the number are taken to have; the centre if None. The slope is read from
        all studies, so that this should be near the mean of those that have it, whatever the centre is.
    """

    centre: float
    unit: float = 1.0
    sd: float = 0.5
    missing: float | None = None


_KEYS = ("centre", "unit", "sd", "missing")
_EXAMPLE = "{ centre = 2010, unit = 10 }"


def covariate_faults(covariates: Any) -> Iterator[FoundThere]:
    """Every fault of the table of covariates: place, what stands there, what to do."""
    if not isinstance(covariates, Mapping):
        yield (
            ("covariates",),
            "It is no table of covariates.",
            f"Write [covariates] and below it year = {_EXAMPLE}.",
        )
        return
    for name, value in covariates.items():
        place = ("covariates", str(name))
        if name not in COVARIATES:
            found = f"There is no covariate '{printable(str(name), 80)}'."
            yield place, found, nearest(str(name), COVARIATES)
        keys = vars(value) if isinstance(value, Covariate) else value
        if not isinstance(keys, Mapping):
            yield place, "It is no table.", f"Write {name} = {_EXAMPLE}."
            continue
        if "centre" not in keys:
            yield place, "It has no centre.", "Write the value at which effects are to be reported."
        for key, number in keys.items():
            if key == "missing" and number is None:
                continue
            yield from _of_key((*place, str(key)), str(key), number)


def as_covariates(covariates: Mapping[str, Any]) -> dict[str, Covariate]:
    """Covariates of a table without faults, in alphabetical order."""
    return {
        name: value
        if isinstance(value, Covariate)
        else Covariate(**{key: float(number) for key, number in value.items() if number is not None})
        for name, value in sorted(covariates.items())
    }


def _of_key(place: tuple[str, ...], key: str, number: Any) -> Iterator[FoundThere]:
    if key not in _KEYS:
        yield place, "The key is not known here.", nearest(key, _KEYS)
    elif isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        yield place, f"'{printable(str(number), 80)}' is no number.", "Write a number."
    elif key in ("unit", "sd") and not number > 0.0:
        yield place, f"{number:g} stands there.", "Write a number above 0."
