"""Starts that chains can leave: where the log density and its gradient are numbers."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from windup.fit.errors import NoStart
from windup.fit.sampling.target.coordinates import Vector
from windup.fit.sampling.target.density import ValueAndGradient
from windup.fit.sampling.target.faults import faults_at, sites_named
from windup.fit.sampling.target.target import Target, prior_draws

# Further points that are tried where none of the given ones can be used: draws from the prior, and, as Stan
# does, points between -2 and 2 in the unconstrained space.
_FURTHER_DRAWS, _FURTHER_POINTS = 50, 50
_RADIUS = 2.0
# Points among the draws at which the gradient is looked at.
_PROBES = 40
# Far below the other points (nats), a gradient that overflows costs the posterior nothing.
_COMPARABLE = 50.0


class _Point(NamedTuple):
    x: Vector
    value: float
    gradient: Vector

    @property
    def usable(self) -> bool:
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all())


class Starts(NamedTuple):
    """Starts with a density and a gradient.

    Attributes
    ----------
    points
        Unconstrained.
    cut
        Sites in which the gradient was no number at another start, although the density was one there.
    """

    points: Float[np.ndarray, "starts parameters"]
    cut: tuple[str, ...] = ()


def usable_starts(
    target: Target,
    density: ValueAndGradient,
    points: Float[np.ndarray, "starts parameters"],
    data: object = None,
) -> Starts:
    """Those of several starts that have a finite log density and gradient; where there is none, others.

    Parameters
    ----------
    target
        Whose faults are named.
    density
        Negative log density and its gradient.
    points
        Where to begin, unconstrained.
    data
        The data of the density, where they are not the target's.

    Raises
    ------
    NoStart
        When no start can be used, of a hundred others neither. It names what is not finite, and where.
    """
    at_points = [_Point(point, *density(point)) for point in points]
    if not any(at.usable for at in at_points):
        for point in _further(target, points.shape[1]):
            at_points.append(_Point(point, *density(point)))
            if sum(at.usable for at in at_points) == len(points):
                break
    if not any(at.usable for at in at_points):
        faults = faults_at(target, density, points[0], target.data if data is None else data)
        raise NoStart(faults, tried=len(at_points))
    return Starts(np.array([at.x for at in at_points if at.usable]), _cut(target, at_points))


def cut_between(
    target: Target, density: ValueAndGradient, draws: Float[np.ndarray, "draws parameters"]
) -> tuple[str, ...]:
    """Sites without a gradient at points among draws at which the density is finite.

    Parameters
    ----------
    target
        Whose sites are named.
    density
        Negative log density and its gradient.
    draws
        Draws of all chains, unconstrained. The points are draws moved by the difference of two others.
    """
    chosen = np.random.default_rng(0).integers(len(draws), size=(3, _PROBES))
    first, second, third = draws[chosen]
    return _cut(target, [_Point(x, *density(x)) for x in (*first, *(first + second - third))])


def _cut(target: Target, at_points: list[_Point]) -> tuple[str, ...]:
    """Sites without a gradient where the density is finite and not far below that at the usable points."""
    best = min((at.value for at in at_points if at.usable), default=np.inf)
    walled = [~np.isfinite(at.gradient) for at in at_points if at.value < best + _COMPARABLE]
    return sites_named(target, np.any(walled, axis=0)) if walled else ()


def _further(target: Target, size: int) -> Float[np.ndarray, "starts parameters"]:
    drawn = prior_draws(jax.random.key(0), target, _FURTHER_DRAWS)
    anywhere = np.random.default_rng(0).uniform(-_RADIUS, _RADIUS, (_FURTHER_POINTS, size))
    return np.concatenate([drawn, anywhere])
