"""Priors and fixed values that a user chooses in place of the packaged ones, checked without a model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

from windup.datasets import nearest, printable

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "lognormal": "location is the median, scale the SD of the logarithm",
        "normal": "location is the mean, scale the SD",
        "beta": "location is the mean, scale the SD; for shares, between 0 and 1",
    }
)
"""Families of priors, each with what its location and its scale are."""

# As of numbers in tables.
_LARGEST = 1e6
_SHOWN = 6
_FIXED, _CHANGED = "FIXED in the settings: ", "PRIORS CHANGED in the settings: "

type Place = tuple[str, ...]
type FoundThere = tuple[Place, str, str]


@final
@dataclass(frozen=True, kw_only=True)
class Prior:
    """The prior of one parameter; what is None stays as windup brings it.

    Parameters
    ----------
    family
        One of ``FAMILIES``.
    location
        Median of a log-normal prior, mean of a normal or beta one, in the unit of the parameter.
    scale
        SD of the logarithm for a log-normal prior, else the SD in the unit of the parameter. It takes the
        place of the packaged scale with its widening.
    """

    family: str | None = None
    location: float | None = None
    scale: float | None = None

    def __str__(self) -> str:
        """Its parts as they stand in a file of settings.

        Examples
        --------
        >>> str(Prior(location=1.0, scale=0.25))
        'location 1, scale 0.25'
        """
        numbers = (("location", self.location), ("scale", self.scale))
        words = [self.family] if self.family else []
        return ", ".join([*words, *(f"{name} {value:g}" for name, value in numbers if value is not None)])

    def as_json(self) -> dict[str, str | float]:
        """What it changes, by key."""
        parts = {name: getattr(self, name) for name in KEYS_OF_PRIOR}
        return {name: value for name, value in parts.items() if value is not None}


KEYS_OF_PRIOR = ("family", "location", "scale")
_EXAMPLE = "location = 1.0"


def as_prior(value: Prior | Mapping[str, Any]) -> Prior:
    """A prior of a table of a file that has no faults."""
    if isinstance(value, Prior):
        return value
    family, location, scale = (value.get(name) for name in KEYS_OF_PRIOR)
    return Prior(
        family=family,
        location=None if location is None else float(location),
        scale=None if scale is None else float(scale),
    )


def choice_faults(priors: Any, fixed: Any) -> Iterator[FoundThere]:
    """Every fault of the two tables that shows without a model: place, what stands there, what to do.

    Parameters
    ----------
    priors
        By parameter, a `Prior` or its keys.
    fixed
        By parameter, a number.
    """
    if not isinstance(priors, Mapping):
        yield ("priors",), "It is no table of parameters.", f"Write [priors.NAME] and below it {_EXAMPLE}."
        priors = {}
    if not isinstance(fixed, Mapping):
        yield ("fixed",), "It is no table of parameters.", "Write [fixed] and below it NAME = 1.0."
        fixed = {}
    for name, prior in priors.items():
        yield from _of_prior(str(name), prior)
    for name, value in fixed.items():
        if (found := _no_number(value)) is not None:
            yield ("fixed", str(name)), found, "Write the number that the parameter is fixed at."
        if name in priors:
            yield ("fixed", str(name)), f"'{name}' has a prior in [priors] too.", "Remove one of the two."


def _of_prior(name: str, prior: Any) -> Iterator[FoundThere]:
    place = ("priors", name)
    if isinstance(prior, Prior):
        prior = prior.as_json()
    if not isinstance(prior, Mapping):
        yield place, "It is no table.", f"Write [priors.{name}] and below it {_EXAMPLE}; or use [fixed]."
        return
    if not prior:
        yield place, "It changes nothing.", f"Write one of {', '.join(KEYS_OF_PRIOR)}, or remove it."
    for key, value in prior.items():
        at = (*place, str(key))
        if key not in KEYS_OF_PRIOR:
            yield at, "The key is not known here.", nearest(str(key), KEYS_OF_PRIOR)
        elif key == "family":
            if not isinstance(value, str) or value not in FAMILIES:
                found = f"There is no family '{printable(str(value), 80)}'."
                yield at, found, nearest(str(value), FAMILIES)
        elif (found_number := _no_number(value)) is not None:
            yield at, found_number, "Write a number."
        elif key == "scale" and not value > 0.0:
            yield at, f"{value:g} stands there.", "Write a number above 0; use [fixed] for a known value."


def _no_number(value: Any) -> str | None:
    """What stands in place of a number that can be used; None for one that can."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"'{printable(str(value), 80)}' is no number."
    if not (math.isfinite(value) and abs(value) <= _LARGEST):
        # Python refuses to write a number of thousands of digits.
        shown = f"{value:g}" if isinstance(value, float) else "A number of many digits"
        return f"{shown} stands there; the largest number is {_LARGEST:g}."
    return None


def choice_notices(priors: Mapping[str, Prior], fixed: Mapping[str, float]) -> tuple[str, ...]:
    """Sentences that every file of a run with other priors or fixed values repeats.

    Examples
    --------
    >>> choice_notices({"burden_time": Prior(scale=0.2)}, {"placebo_time": 14.0})
    ('FIXED in the settings: placebo_time = 14.', 'PRIORS CHANGED in the settings: burden_time (scale 0.2).')
    """
    told = (
        (_FIXED, [f"{name} = {value:g}" for name, value in fixed.items()]),
        (_CHANGED, [f"{name} ({prior})" for name, prior in priors.items()]),
    )
    return tuple(head + _some(each) + "." for head, each in told if each)


def is_choice(notice: str) -> bool:
    """Whether a notice, also one with a label in front, says what the settings chose; it is no failed check.

    Examples
    --------
    >>> is_choice("cascade: FIXED in the settings: placebo_time = 14."), is_choice("NOT CONVERGED")
    (True, False)
    """
    return _FIXED in notice or _CHANGED in notice


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more (settings.json)" if more > 0 else "")
