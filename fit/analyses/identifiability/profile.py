"""Profiles: the best density that is left when one coordinate is held fixed, and the interval it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from scipy.stats import chi2

from windup.fit.sampling.target.coordinates import Square, Vector
from windup.fit.sampling.target.density import ValueAndGradient

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
        fall: np.ndarray = self.potential - self.potential.min()
        return fall


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


# Standard deviations either way at which a coordinate is held.
OFFSETS = (1.0, 2.0, 3.0, 4.0)


# L-BFGS stops when a step gains less than this share of the potential, or when its gradient vanishes.
_ITERATIONS, _HISTORY, _GAIN, _GRADIENT = 250, 40, 3e-6, 0.005


class Fixed(NamedTuple):
    """The best point with one coordinate held.

    Attributes
    ----------
    value, potential, point
        Where it is held, negative log density there, and all coordinates.
    converged
        Whether the search ended by itself: another step gave less than a few thousandths of a nat.
    """

    value: float
    potential: float
    point: Vector
    converged: bool


def optimum(potential: ValueAndGradient, start: Vector, covariance: Square, *, iterations: int) -> Vector:
    """A local maximum of the density, in coordinates in which the draws are white."""
    root = np.linalg.cholesky(covariance)
    result = minimise(lambda z: _white(potential, start + root @ z, root), len(start), iterations)
    best: Vector = start + root @ result.x
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
        value, gradient = potential(at(z))
        return value, root.T @ gradient[others]

    result = minimise(white, len(best) - 1, _ITERATIONS)
    return Fixed(value, float(result.fun), at(result.x), bool(result.success))


def profile(
    potential: ValueAndGradient,
    best: Vector,
    covariance: Square,
    index: int,
    name: str,
) -> Profile:
    """Profile of one coordinate: away from the best on both sides, outward again, and inward over ridges.

    Parameters
    ----------
    potential
        Negative log density and its gradient.
    best
        A maximum of the density.
    covariance
        That of posterior draws: its scale sets the grid, its shape where each search begins.
    index, name
        Which coordinate.
    """
    scale = float(np.sqrt(covariance[index, index]))

    def held(at: Vector, value: float) -> Fixed:
        return hold(potential, at, covariance, index, value)

    middle = Fixed(float(best[index]), potential(best)[0], best, True)
    sides = []
    for sign in (-1.0, 1.0):
        side = [middle]
        for offset in OFFSETS:
            side.append(held(side[-1].point, middle.value + sign * offset * scale))
        sides.append(side[1:])
    points = [*reversed(sides[0]), middle, *sides[1]]
    # A search that gave up early hides a valley that the next one reaches: go outward from the best found.
    lowest = min(range(len(points)), key=lambda place: points[place].potential)
    for place, step in (
        *((each, -1) for each in range(lowest, 0, -1)),
        *((each, 1) for each in range(lowest, len(points) - 1)),
    ):
        _search_again(held, points, place, place + step)
    # A point above the one beyond it may be a ridge on which a search stood still: come back inward.
    for place, step in (
        *((each, 1) for each in range(lowest - 1)),
        *((each, -1) for each in range(len(points) - 1, lowest + 1, -1)),
    ):
        if points[place].potential < points[place + step].potential:
            _search_again(held, points, place, place + step)
    value, heights = (np.array([getattr(p, field) for p in points]) for field in ("value", "potential"))
    return Profile(name, value, heights, np.array([p.converged for p in points]), *interval(value, heights))


def _search_again(
    held: Callable[[Vector, float], Fixed], points: list[Fixed], begin: int, place: int
) -> None:
    """Search at a place from the best point of another, and keep the better of both."""
    again = held(points[begin].point, points[place].value)
    points[place] = min(again, points[place], key=lambda point: point.potential)


def _white(potential: ValueAndGradient, point: Vector, root: Square) -> tuple[float, Vector]:
    value, gradient = potential(point)
    return value, root.T @ gradient


def minimise(white: ValueAndGradient, count: int, iterations: int) -> OptimizeResult:
    """Minimise a function from 0 in coordinates that are nearly white."""

    def walled(z: Vector) -> tuple[float, Vector]:
        value, gradient = white(z)
        # A wall that rises away from the start turns the line search back.
        known = np.isfinite(value) and np.isfinite(gradient).all()
        return (value, gradient) if known else (1e10 + float(z @ z), 2.0 * z)

    options = {"maxiter": iterations, "maxcor": _HISTORY, "gtol": _GRADIENT, "ftol": _GAIN}
    return minimize(walled, np.zeros(count), jac=True, method="L-BFGS-B", options=options)
