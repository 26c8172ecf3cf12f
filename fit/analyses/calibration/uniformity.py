r"""Whether ranks are uniform: simultaneous bands of their empirical distribution, and exact p-values.

Of :math:`N` uniform values in the unit interval a binomial number lies below :math:`z_i = i / N`. A band
that leaves out the same probability :math:`\gamma / 2` on either side of every :math:`z_i` holds all these
counts at once with a probability that is computed here without simulation: numbers of values between
neighbouring :math:`z_i` are independent Poisson variables, given their sum.

References
----------
Säilynoja, Bürkner and Vehtari 2022, "Graphical test for discrete uniformity and its applications in
goodness-of-fit evaluation and multiple sample comparison", Statistics and Computing 32:32,
doi 10.1007/s11222-022-10090-6.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import binom, norm, poisson

# Power that a deviation is quoted for, and sets of ranks that it is estimated from.
POWER = 0.8
_SETS = 2000
# Tails that are equal by symmetry differ by rounding.
_ROUNDING = 1e-9


class Band(NamedTuple):
    """Least and greatest counts inside a simultaneous band, at :math:`z_i = i / N` for i from 1 to N - 1."""

    low: Int[np.ndarray, " points"]
    high: Int[np.ndarray, " points"]


class Detectable(NamedTuple):
    """Errors of a normal posterior that leave the band with probability ``POWER``; infinite where none does.

    Attributes
    ----------
    shift
        Distance of its mean from the right one, in its standard deviations.
    narrow, wide
        Its standard deviation relative to the right one.
    """

    shift: float
    narrow: float
    wide: float


def counts(values: Float[np.ndarray, "sets values"]) -> Int[np.ndarray, "sets points"]:
    """Number of values at or below every :math:`z_i`."""
    sets, number = values.shape
    cells = np.clip(np.ceil(values * number).astype(int), 1, number)
    filled = np.zeros((sets, number + 1), int)
    np.add.at(filled, (np.arange(sets)[:, None], cells), 1)
    below: Int[np.ndarray, "sets points"] = np.cumsum(filled, axis=1)[:, 1:number]
    return below


def p_value(values: Float[np.ndarray, " values"]) -> float:
    """Probability that uniform values come as far out of simultaneous bands as these do.

    It is below 0.05 exactly where the 95 % band is left.

    Examples
    --------
    >>> even = (np.arange(50) + 0.5) / 50
    >>> p_value(even) > 0.99, p_value(even**2) < 0.001
    (True, True)
    """
    number = len(values)
    below, above = _tails(number)
    reached, points = counts(values[None])[0], np.arange(number - 1)
    gamma = 2.0 * min(below[points, reached].min(), above[points, reached].min())
    return max(1.0 - _coverage(_band_beyond(gamma, number), number), 0.0)


@cache
def band(number: int, level: float) -> Band:
    """Narrowest simultaneous band that ``number`` uniform values stay inside with probability ``level``.

    The probability moves in steps; the band is the first that has at least this one.
    """
    least, most = np.log(1e-15), 0.0
    for _ in range(50):
        middle = (least + most) / 2.0
        enough = _coverage(_band_beyond(float(np.exp(middle)), number), number) >= level
        least, most = (middle, most) if enough else (least, middle)
    return _band_beyond(float(np.exp(least)), number)


def stays_inside(values: Float[np.ndarray, "sets values"], limits: Band) -> Bool[np.ndarray, " sets"]:
    """Whether all counts of each set of values are inside a band."""
    below = counts(values)
    inside: Bool[np.ndarray, " sets"] = np.all((limits.low <= below) & (below <= limits.high), axis=1)
    return inside


@cache
def detectable(number: int, level: float) -> Detectable:
    """Errors of a normal posterior that ``number`` ranks show against a band of this level."""
    truth, limits = np.random.default_rng(0).normal(size=(_SETS, number)), band(number, level)

    def seen(mean: float, sd: float) -> bool:
        return bool(np.mean(~stays_inside(norm.cdf((truth - mean) / sd), limits)) >= POWER)

    return Detectable(
        shift=_first(lambda size: seen(size, 1.0)),
        narrow=1.0 / (1.0 + _first(lambda size: seen(0.0, 1.0 / (1.0 + size)))),
        wide=1.0 + _first(lambda size: seen(0.0, 1.0 + size)),
    )


def _first(seen: Callable[[float], bool], largest: float = 20.0) -> float:
    """Smallest size that is seen, to a hundredth of it."""
    if not seen(largest):
        return float("inf")
    low, high = 0.0, largest
    while high - low > 0.01 * high:
        middle = (low + high) / 2.0
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


@cache
def _tails(number: int) -> tuple[Float[np.ndarray, "points counts"], Float[np.ndarray, "points counts"]]:
    """Probability of at most, and of at least, every count at every :math:`z_i`."""
    share, count = np.arange(1, number)[:, None] / number, np.arange(number + 1)
    return binom.cdf(count, number, share), binom.sf(count - 1, number, share)


def _band_beyond(gamma: float, number: int) -> Band:
    """Counts whose tails are both larger than half of ``gamma``."""
    below, above = _tails(number)
    least = gamma / 2.0 * (1.0 + _ROUNDING)
    return Band(np.sum(below <= least, axis=1), number - np.sum(above <= least, axis=1))


def _coverage(limits: Band, number: int) -> float:
    """Probability that uniform values stay inside a band."""
    step, count = poisson.pmf(np.arange(number + 1), 1.0), np.arange(number + 1)
    inside = np.zeros(number + 1)
    inside[0] = 1.0
    for low, high in zip(limits.low, limits.high, strict=True):
        moved = np.convolve(inside, step)[: number + 1]
        inside = np.where((low <= count) & (count <= high), moved, 0.0)
    return float(inside @ step[::-1] / poisson.pmf(number, number))
