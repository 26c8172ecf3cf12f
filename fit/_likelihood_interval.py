"""What a profile says: the interval in which the density stays close to its best, and whether it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.stats import chi2

from ._coordinates import Vector

LEVEL = 0.95
IDENTIFIABLE, ONE_SIDED, NON_IDENTIFIABLE = "identifiable", "one-sided", "practically non-identifiable"
UNSETTLED = "unsettled"


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
        """Whether both ends, one or none was found, or unsettled where an end rests on a search cut off.

        An open end needs no such care: a search that went on would only lower the profile there.
        """
        inside = np.flatnonzero((self.value >= self.low) & (self.value <= self.high))
        # With finite ends the best point, from which the fall counts, and the first one outside decide.
        deciding = [int(np.argmin(self.potential))]
        deciding += [inside[0] - 1] if np.isfinite(self.low) else []
        deciding += [inside[-1] + 1] if np.isfinite(self.high) else []
        ends = len(deciding) - 1
        if ends and not self.converged[deciding].all():
            return UNSETTLED
        return (NON_IDENTIFIABLE, ONE_SIDED, IDENTIFIABLE)[ends]

    @property
    def drop(self) -> Vector:
        """Fall of the log density from its largest value."""
        found: np.ndarray = self.potential - self.potential.min()
        return found


def interval(value: Vector, potential: Vector, *, level: float = LEVEL) -> tuple[float, float]:
    r"""Outermost ends of the likelihood-ratio interval, infinite where the density never falls by enough.

    Interpolates :math:`\pm\sqrt{2 (U - U_{min})}`, which is a straight line where the density is normal, to
    the square root of the quantile of :math:`\chi^2_1`. Two valleys have one interval over both: the ridge
    between them may be no more than a search that got stuck.
    """
    best = int(np.argmin(potential))
    root = np.sqrt(2.0 * (potential - potential[best]))
    limit = float(np.sqrt(chi2.ppf(level, 1)))
    inside = np.flatnonzero(root <= limit)

    def end(near: int, far: int, beyond: float) -> float:
        if not 0 <= far < len(value):
            return beyond
        share = (limit - root[near]) / (root[far] - root[near])
        return float(value[near] + share * (value[far] - value[near]))

    return end(inside[0], inside[0] - 1, -np.inf), end(inside[-1], inside[-1] + 1, np.inf)
