"""Whether a posterior has several separate modes, which chains that all begin at one would never show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from windup.fit.execution.progress import Progress
from windup.fit.sampling.chains.start import descend, hessian
from windup.fit.sampling.target.coordinates import Square, Vector
from windup.fit.sampling.target.density import ValueAndGradient

# A mode this far below the best one (nats) holds no mass, unless it is wider by as much.
_COMPARABLE = 15.0
# Ends within this many SDs of a mode, by its own curvature, are that mode.
_SAME = 1.0
# Modes with less of the mass than this change no result that is reported.
_LEAST_SHARE = 0.001
_ITERATIONS = 1000


class Mode(NamedTuple):
    """A local mode, unconstrained, and its share of the mass of all found, by Laplace's approximation."""

    point: Vector
    share: float


class _Summit(NamedTuple):
    point: Vector
    curvature: Square
    log_mass: float


def modes_from(
    potential: ValueAndGradient, starts: Float[np.ndarray, "starts parameters"], *, progress: Progress
) -> tuple[Mode, ...]:
    """Modes that descents from several starts end in, the one with most mass first; none from a single start.

    An end whose curvature is not positive in every direction is no mode and does not count, nor does one that
    is lower than the highest by more than 15 nats.

    Parameters
    ----------
    potential
        Negative log density and its gradient.
    starts
        Where to begin, unconstrained.
    progress
        Called with the progress.
    """
    if len(starts) == 1:
        return ()
    note = "seeking separate modes"
    ends = [
        descend(potential, start, iterations=_ITERATIONS, progress=progress, note=note) for start in starts
    ]
    ends = sorted((end for end in ends if np.isfinite(end.potential)), key=lambda end: end.potential)
    summits: list[_Summit] = []
    for end in ends:
        if end.potential - ends[0].potential > _COMPARABLE or any(_is_at(end.point, s) for s in summits):
            continue
        curvature = hessian(potential, end.point, progress=progress)
        sign, log_det = np.linalg.slogdet(curvature)
        if sign > 0.0 and np.linalg.eigvalsh(curvature)[0] > 0.0:
            summits.append(_Summit(end.point, curvature, -end.potential - 0.5 * log_det))
    if not summits:
        return ()
    mass = np.exp([summit.log_mass - max(s.log_mass for s in summits) for summit in summits])
    shares = mass / mass.sum()
    modes = [Mode(summit.point, float(share)) for summit, share in zip(summits, shares, strict=True)]
    return tuple(sorted((m for m in modes if m.share >= _LEAST_SHARE), key=lambda mode: -mode.share))


def _is_at(point: Vector, summit: _Summit) -> bool:
    away = point - summit.point
    return bool(away @ summit.curvature @ away < _SAME**2)
