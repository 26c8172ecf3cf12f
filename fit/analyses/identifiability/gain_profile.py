r"""Profile over the gain of all loops together: what holding it somewhere costs.

Other profiles hold a coordinate. The total gain :math:`G` is a function of many, and is held at :math:`T` by
a penalty,

.. math:: \min_x\; U(x) + \frac{1}{2} \left(\frac{\log G(x) - \log T}{\epsilon}\right)^2,

with the negative log density :math:`U` and :math:`\epsilon = 0.01`: where the density falls by 10 nats while
:math:`G` doubles, the gain that is reached differs from the one that is asked by 0.1 %.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from windup.fit.analyses.identifiability.profile import minimise
from windup.fit.sampling.target.coordinates import Square, Vector
from windup.fit.sampling.target.density import ValueAndGradient

GAINS = (0.3, 0.5, 0.75, 0.97, 1.03, 1.2, 1.5)
"""Gains at which all loops together are held; above 1 pain sustains itself."""

_WIDTH = 0.01
_ITERATIONS = 250


class GainProfile(NamedTuple):
    """Best densities with the total gain held.

    Attributes
    ----------
    gain
        Where it was held.
    fall
        By how much the log density is lower there than at its best point, nats. Above 3 the gain is hardly
        compatible with the density; profiles differ by less than 1 where it cannot tell.
    converged
        Whether the search ended by itself.
    best
        Gain of the best point.
    """

    gain: Vector
    fall: Vector
    converged: Bool[np.ndarray, " gains"]
    best: float


class _Point(NamedTuple):
    point: Vector
    potential: float
    converged: bool


def gain_profile(
    potential: ValueAndGradient,
    log_gain: ValueAndGradient,
    best: Vector,
    covariance: Square,
    gains: tuple[float, ...] = GAINS,
) -> GainProfile:
    """Hold the total gain at each value, outward from that of the best point, then from its neighbours.

    Parameters
    ----------
    potential
        Negative log density and its gradient.
    log_gain
        Log of the total gain and its gradient.
    best
        A maximum of the density.
    covariance
        That of posterior draws: its scale and shape make the search white.
    gains
        Total gains.
    """
    root = np.linalg.cholesky(covariance)
    middle, here = potential(best)[0], log_gain(best)[0]
    ordered = np.sort(np.asarray(gains, float))
    points: dict[int, _Point] = {}

    def search(begin: Vector, place: int) -> None:
        """Keep the better of what is known at a gain and what is found from here."""
        point, ended = _held(potential, log_gain, begin, root, float(np.log(ordered[place])))
        new = _Point(point, potential(point)[0], ended)
        points[place] = min(points.get(place, new), new, key=lambda each: each.potential)

    places = range(len(ordered))
    above = int(np.sum(np.log(ordered) < here))
    for outward in (places[above:], reversed(places[:above])):
        begin = best
        for place in outward:
            search(begin, place)
            begin = points[place].point
    # A search that stood still on a ridge is helped by what its neighbours found: up all gains, and down.
    for place in places[1:]:
        search(points[place - 1].point, place)
    for place in reversed(places[:-1]):
        search(points[place + 1].point, place)
    heights = np.array([points[place].potential for place in places])
    converged = np.array([points[place].converged for place in places])
    # A search may pass the point that it was told to be the best.
    at_best = float(np.exp(here)) if middle <= heights.min() else float(ordered[np.argmin(heights)])
    return GainProfile(ordered, heights - min(middle, heights.min()), converged, at_best)


def _held(
    potential: ValueAndGradient, log_gain: ValueAndGradient, start: Vector, root: Square, asked: float
) -> tuple[Vector, bool]:
    """The best point with this log gain, and whether the search for it ended by itself."""
    here, slope = log_gain(start)
    # Where the conditional mode of a normal posterior would be.
    towards = root @ (root.T @ slope)
    begin = start + towards * (asked - here) / max(float(slope @ towards), 1e-12)

    def white(z: Vector) -> tuple[float, Vector]:
        point = begin + root @ z
        (value, gradient), (gain, its_slope) = potential(point), log_gain(point)
        off = (gain - asked) / _WIDTH
        return value + 0.5 * off**2, root.T @ (gradient + off / _WIDTH * its_slope)

    result = minimise(white, len(start), _ITERATIONS)
    return begin + root @ result.x, bool(result.success)
