"""What a profile says: the interval in which the density stays close to its best, and whether it ends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from scipy.stats import chi2

from ._coordinates import Vector

LEVEL = 0.95
IDENTIFIABLE, ONE_SIDED, NON_IDENTIFIABLE = "identifiable", "one-sided", "practically non-identifiable"


@final
@dataclass(frozen=True, eq=False)
class Profile:
    """A profile and what it says.

    Attributes
    ----------
    name
        Of the coordinate.
    value, potential, converged
        In order of the value.
    low, high
        Ends of the likelihood-ratio interval; infinite where the profile never falls by enough.
    """

    name: str
    value: Vector
    potential: Vector
    converged: np.ndarray
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Whether both ends, one or none was found."""
        ends = int(np.isfinite(self.low)) + int(np.isfinite(self.high))
        return (NON_IDENTIFIABLE, ONE_SIDED, IDENTIFIABLE)[ends]

    @property
    def drop(self) -> Vector:
        """Fall of the log density from its largest value."""
        found: np.ndarray = self.potential - self.potential.min()
        return found


def interval(value: Vector, potential: Vector, *, level: float = LEVEL) -> tuple[float, float]:
    r"""Ends of the likelihood-ratio interval, infinite where none is reached.

    Interpolates :math:`\pm\sqrt{2 (U - U_{min})}`, which is a straight line where the density is normal, to
    the square root of the quantile of :math:`\chi^2_1`.
    """
    best = int(np.argmin(potential))
    root = np.sqrt(2.0 * (potential - potential[best]))
    limit = float(np.sqrt(chi2.ppf(level, 1)))

    def end(path: np.ndarray, beyond: float) -> float:
        for near, far in pairwise(path):
            if root[far] >= limit:
                share = (limit - root[near]) / (root[far] - root[near])
                return float(value[near] + share * (value[far] - value[near]))
        return beyond

    return end(np.arange(best, -1, -1), -np.inf), end(np.arange(best, len(value)), np.inf)
