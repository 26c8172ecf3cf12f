"""Where chains begin and their first coordinates: towards the mode, and the curvature there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from windup.fit.execution.progress import Progress
from windup.fit.sampling.target.coordinates import Coordinates, Square, Vector
from windup.fit.sampling.target.density import ValueAndGradient

_STEP = 1e-5
# Curvatures are taken between those of a prior of unit scale and a hundredth of it in width: a flatter or
# negative reading is no guide for a first step, a steeper one is of a spike.
_FLATTEST, _STEEPEST = 1.0, 1e4
_HISTORY = 60
# Higher than any potential that a descent meets on its way down.
_WALL = 1e10
# Places that are tried between where a chain would begin and the start that it was dispersed from.
_NEARER = 6


class End(NamedTuple):
    """Where a descent ended: an unconstrained point and its negative log density."""

    point: Vector
    potential: float


def descend(
    potential: ValueAndGradient, start: Vector, *, iterations: int, progress: Progress, note: str = ""
) -> End:
    """L-BFGS from one start, at which the potential and its gradient are finite."""
    evaluations, wall = 0, _WALL

    def counted(x: Vector) -> tuple[float, Vector]:
        nonlocal evaluations, wall
        evaluations += 1
        progress("start", evaluations, 0, note or "seeking the bulk of the posterior")
        value, gradient = potential(x)
        if np.isfinite(value) and np.isfinite(gradient).all():
            wall = max(wall, 10.0 * abs(value)) if evaluations == 1 else wall
            return value, gradient
        # A wall that rises away from the start turns the line search back.
        away = np.clip(x - start, -_WALL, _WALL)
        return wall + float(np.sum(away**2)), away

    options = {"maxiter": iterations, "maxcor": _HISTORY, "ftol": 1e-10, "gtol": 1e-2}
    result = minimize(counted, start, jac=True, method="L-BFGS-B", options=options)
    return End(np.asarray(result.x), float(result.fun))


def hessian(potential: ValueAndGradient, point: Vector, *, progress: Progress) -> Square:
    """Curvature of the potential at a point, from differences of gradients.

    Parameters that have none, at the edge of what can be computed, get 0.
    """
    here, count = potential(point)[1], len(point)
    rows = np.empty((count, count))
    for i in range(count):
        step = np.zeros(count)
        step[i] = _STEP
        rows[i] = (potential(point + step)[1] - here) / _STEP
        if not np.isfinite(rows[i]).all():
            rows[i] = (here - potential(point - step)[1]) / _STEP
        progress("start", i + 1, count, "measuring the curvature")
    none = ~np.isfinite(rows).all(axis=1)
    rows[none], rows[:, none] = 0.0, 0.0
    symmetric: Square = (rows + rows.T) / 2.0
    return symmetric


def whitening(point: Vector, curvature: Square, flattest: float, steepest: float) -> Coordinates:
    """Coordinates of unit curvature around a point, for curvatures between two bounds."""
    values, vectors = np.linalg.eigh(curvature)
    scale = np.sqrt(np.clip(np.abs(values), flattest, steepest))
    return Coordinates(point, vectors / scale @ vectors.T)


def find_start(
    potential: ValueAndGradient,
    starts: Float[np.ndarray, "starts parameters"],
    *,
    progress: Progress,
    iterations: int = 40,
) -> Coordinates:
    """A point on the way to a mode by L-BFGS, and the Hessian there from gradients.

    The mode itself is a poor place to begin: a cascade close to tipping can bend one arm's course to fit an
    odd row exactly, and such fits are high and narrow, with next to no mass
    (docs/development/sampling-notes.md has the numbers). A few iterations get the bulk of the fit.

    Parameters
    ----------
    potential
        Negative log density and its gradient.
    starts
        Where to begin, unconstrained; of several the one that gets lowest wins, so that no local mode far
        from the mass does.
    progress
        Called with the progress.
    iterations
        Largest number of L-BFGS iterations from each.
    """
    ends = [descend(potential, start, iterations=iterations, progress=progress) for start in starts]
    lowest = min(ends, key=lambda end: end.potential).point
    return whitening(lowest, hessian(potential, lowest, progress=progress), _FLATTEST, _STEEPEST)


def drawn_in(
    potential: ValueAndGradient,
    points: Float[np.ndarray, "groups chains parameters"],
    anchors: Float[np.ndarray, "anchors parameters"],
) -> Float[np.ndarray, "groups chains parameters"]:
    """Where chains begin: those that would begin where nothing can be computed, nearer to an anchor.

    Parameters
    ----------
    potential
        Negative log density and its gradient.
    points
        Where chains would begin, unconstrained.
    anchors
        Points that they may be drawn towards; both are finite at the last.
    """
    moved = points.copy()
    for place in np.ndindex(points.shape[:2]):
        point = points[place]
        anchor = min(anchors, key=lambda at: float(np.sum((point - at) ** 2)))
        for share in (1.0, *np.geomspace(0.5, 1e-3, _NEARER), 0.0):
            moved[place] = point if share == 1.0 else anchor + share * (point - anchor)
            value, gradient = potential(moved[place])
            if np.isfinite(value) and np.isfinite(gradient).all():
                break
        else:
            moved[place] = anchors[-1]
    return moved
