"""Profiles: the best density that is left when one coordinate is held fixed, and the interval it gives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, final

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from scipy.stats import chi2

from ._coordinates import Square, Vector
from ._density import ValueAndGradient

LEVEL = 0.95
IDENTIFIABLE, ONE_SIDED, NON_IDENTIFIABLE = "identifiable", "one-sided", "practically non-identifiable"
# Standard deviations either way at which a coordinate is held.
OFFSETS = (1.0, 2.0, 3.0, 4.0)
_ITERATIONS, _HISTORY, _GRADIENT = 60, 40, 0.02


class Fixed(NamedTuple):
    """The best point with one coordinate held.

    Attributes
    ----------
    value, potential, point
        Where it is held, negative log density there, and all coordinates.
    converged
        Whether the gradient had vanished.
    """

    value: float
    potential: float
    point: Vector
    converged: bool


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


def optimum(potential: ValueAndGradient, start: Vector, covariance: Square, *, iterations: int) -> Vector:
    """A local maximum of the density, in coordinates in which the draws are white."""
    root = np.linalg.cholesky(covariance)
    found = _minimise(lambda z: _white(potential, start + root @ z, root), len(start), iterations)
    best: Vector = start + root @ found.x
    return best


def hold(potential: ValueAndGradient, best: Vector, covariance: Square, index: int, value: float) -> Fixed:
    """Maximise the density with one coordinate held at a value.

    The search begins where a normal posterior of this covariance would have its conditional mode, in
    coordinates in which its conditional distribution is white.
    """
    others = np.arange(len(best)) != index
    slope = covariance[others, index] / covariance[index, index]
    conditional = covariance[np.ix_(others, others)] - np.outer(slope, covariance[index, others])
    root = np.linalg.cholesky(conditional + 1e-10 * np.diag(np.diag(covariance)[others]))
    start = best.copy()
    start[index] = value
    start[others] += slope * (value - best[index])

    def at(z: Vector) -> Vector:
        point = start.copy()
        point[others] += root @ z
        return point

    def white(z: Vector) -> tuple[float, Vector]:
        found, gradient = potential(at(z))
        return found, root.T @ gradient[others]

    found = _minimise(white, len(best) - 1, _ITERATIONS)
    converged = bool(np.max(np.abs(found.jac)) < 10.0 * _GRADIENT)
    return Fixed(value, float(found.fun), at(found.x), converged)


def profile(
    potential: ValueAndGradient,
    best: Vector,
    covariance: Square,
    index: int,
    name: str,
    *,
    pool: ThreadPoolExecutor,
    done: Callable[[], None] = lambda: None,
) -> Callable[[], Profile]:
    """Begin a profile of one coordinate; both sides run beside each other, each from its last point on.

    Parameters
    ----------
    potential
        Negative log density and its gradient, safe to call from several threads.
    best
        A maximum of the density.
    covariance
        That of posterior draws: its scale sets the grid, its shape where each search begins.
    index, name
        Which coordinate.
    pool
        Threads.
    done
        Called after every point.

    Returns
    -------
    Callable
        Waits for the profile.
    """
    scale = float(np.sqrt(covariance[index, index]))

    def side(sign: float) -> list[Fixed]:
        found, at = list[Fixed](), best
        for offset in OFFSETS:
            found.append(hold(potential, at, covariance, index, best[index] + sign * offset * scale))
            at = found[-1].point
            done()
        return found

    sides = [pool.submit(side, sign) for sign in (-1.0, 1.0)]

    def wait() -> Profile:
        below, above = (each.result() for each in sides)
        middle = Fixed(float(best[index]), potential(best)[0], best, True)
        points = [*reversed(below), middle, *above]
        value = np.array([point.value for point in points])
        heights = np.array([point.potential for point in points])
        low, high = interval(value, heights)
        return Profile(name, value, heights, np.array([point.converged for point in points]), low, high)

    return wait


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


def _white(potential: ValueAndGradient, point: Vector, root: Square) -> tuple[float, Vector]:
    value, gradient = potential(point)
    return value, root.T @ gradient


def _minimise(white: ValueAndGradient, count: int, iterations: int) -> OptimizeResult:
    def walled(z: Vector) -> tuple[float, Vector]:
        value, gradient = white(z)
        # A wall that rises away from the start turns the line search back.
        return (value, gradient) if np.isfinite(value) else (1e10 + float(z @ z), 2.0 * z)

    options = {"maxiter": iterations, "maxcor": _HISTORY, "gtol": _GRADIENT, "ftol": 1e-12}
    return minimize(walled, np.zeros(count), jac=True, method="L-BFGS-B", options=options)
