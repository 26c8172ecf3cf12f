r"""Who has less pain than some, among people who differ in drive and gain: one side of a line.

Let the log drive of people be :math:`\log \bar u + w a` and the log factor on the gains of their loops
:math:`s b`, with :math:`a` and :math:`b` standard normal. In lines of the factor the drive that holds a pain
is :math:`c - m f`, with :math:`c` what it takes without loops. So people have less pain where

.. math:: G(a, b) = \log c - \log\big(m e^{s b} + \bar u e^{w a}\big) > 0,

which is smooth in both, whichever of drive and loops keeps pain up, and whether or not the loops alone hold
more. With the share :math:`\pi = m / (m + \bar u)` of the loops and the gradient :math:`-r n` of :math:`G` at
the middle,

.. math:: r n = \big((1 - \pi) w,\; \pi s\big), \qquad
    \kappa = \frac{\pi (1 - \pi) (w n_b + s n_a)^2}{r},

:math:`G = 0` is a parabola in the direction :math:`n` and across it. So those with less pain are those for
whom :math:`n_a a + n_b b < G(0)/r - \kappa \tau^2 / 2` with a standard normal :math:`\tau`, and by mean and
variance of the right side

.. math:: P = \Phi(B), \qquad B = \frac{G(0)/r - \kappa/2}{\sqrt{1 + \kappa^2/2}}.

The mean of :math:`b` over them, all people counted, is
:math:`-n_b\, \phi(B) / \sqrt{1 + \kappa^2/2}`, so that of a cell
follows by difference; along the line :math:`b` has the SD :math:`\sqrt{1 - n_b^2}`.

References
----------
Breitung K. Asymptotic approximations for multinormal integrals. J Eng Mech 1984;110:357-66.
doi:10.1061/(ASCE)0733-9399(1984)110:3(357) (shares of normals on one side of a surface, by its curvature).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from windup.fit.problem.people.crowd import EMPTY, FEW, normal_cdf, of_all

# Drive that it takes at least without loops, so that its log is a number.
_NO_DRIVE = 1e-9
# Least variance of the gain of the people of a cell, in that of all: its root keeps a gradient.
_LEAST_VARIANCE = 1e-6
# Width of a cell, in scores, below which the mean of the people in it is taken from a series.
_NARROW = 0.05
# The lines below and above the median gain blend where a gain passes from one to the other, so that nothing
# leaps there: to 88 % within half of the distance between the outer factors.
_BLEND = 4.0


class Isolines(NamedTuple):
    """Drive that holds the pains at the ends of cells, and by how much it falls with the factor on gains.

    Attributes
    ----------
    drive
        At the median gain; negative where the loops hold more.
    fall
        Below the median gain and above it.
    factors
        At which the drive is known: a low one, 1, a high one.
    """

    drive: Float[Array, "studies ends"]
    fall: Float[Array, "2 studies ends"]
    factors: Float[Array, " gains"]


class GainCells(NamedTuple):
    """Log share of people in every cell, where in it they are (0 to 1), mean and SD of log gain, in SDs."""

    log_share: Float[Array, "studies cells"]
    position: Float[Array, "studies cells"]
    gain: Float[Array, "studies cells"]
    gain_sd: Float[Array, "studies cells"]


class _Score(NamedTuple):
    """Score of the share of people with less pain than at each end, its part by gain, and if anybody is."""

    score: Float[Array, "studies ends"]
    part: Float[Array, "studies ends"]
    anybody: Array


def cells_between(
    curve: Isolines, drive: Float[Array, " studies"], drive_spread: Array | float, gain_spread: Array
) -> GainCells:
    """People in the cells of their curves.

    Parameters
    ----------
    curve
        Of every study.
    drive, drive_spread
        Median drive of the people of every study, and the SD of its log.
    gain_spread
        SD of log gains.
    """
    below = _score_below(curve, drive[:, None], drive_spread, gain_spread)
    # All who have less than the first cell belong to it, and all who have more than the last one to that.
    place, last = np.arange(below.score.shape[1]), below.score.shape[1] - 1
    counted = below.anybody & (place > 0)
    share = jnp.diff(of_all(jnp.where(counted, normal_cdf(below.score), 0.0)), axis=1)
    density = jnp.where(counted & (place < last), norm.pdf(below.score), 0.0)
    rise = jnp.diff(below.score, axis=1)
    here = (share > FEW) & (rise > 0.0) & below.anybody[:, :-1]
    people, wide = jnp.where(here, share, 1.0), here & (rise > _NARROW)
    mean = -jnp.diff(density, axis=1) / people
    # A difference of nearly equal numbers in a narrow cell, and more so its gradient: there by its series.
    series = 0.5 - (below.score[:, :-1] + 0.5 * rise) * rise / 12.0
    within = jnp.where(wide, (mean - below.score[:, :-1]) / jnp.where(wide, rise, 1.0), series)
    gain = -jnp.diff(below.part * density, axis=1) / people
    alike = (0.5 * (below.part[:, 1:] + below.part[:, :-1])) ** 2
    return GainCells(
        jnp.log(jnp.maximum(share, EMPTY)),
        jnp.where(here, jnp.clip(within, 0.0, 1.0), 0.5),
        jnp.where(here, gain, (below.part * below.score)[:, 1:]),
        jnp.sqrt(jnp.maximum(1.0 - alike, _LEAST_VARIANCE)),
    )


def _score_below(
    curve: Isolines, drive: Float[Array, "studies 1"], drive_spread: Array | float, gain_spread: Array
) -> _Score:
    low, high = curve.fall
    # Who has more drive than the median gain needs has this pain with a smaller one.
    smaller = 2.0 * (drive - curve.drive) / (low + high)
    weight = sigmoid(_BLEND * smaller / (curve.factors[-1] - curve.factors[0]))
    fall = weight * low + (1.0 - weight) * high
    without_loops, total = curve.drive + fall, fall + drive
    anybody = without_loops > _NO_DRIVE
    of_loops = fall / total
    along_drive, along_gain = (1.0 - of_loops) * drive_spread, of_loops * gain_spread
    steepness = jnp.sqrt(along_drive**2 + along_gain**2)
    of_drive, of_gain = along_drive / steepness, along_gain / steepness
    across = drive_spread * of_gain + gain_spread * of_drive
    bend = of_loops * (1.0 - of_loops) * across**2 / steepness
    wider = jnp.sqrt(1.0 + bend**2 / 2.0)
    straight = (jnp.log(jnp.where(anybody, without_loops, 1.0)) - jnp.log(total)) / steepness
    return _Score((straight - bend / 2.0) / wider, of_gain / wider, anybody)
