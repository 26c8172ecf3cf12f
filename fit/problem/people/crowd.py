r"""People of a study over drive: who stands where on the curve of steady states, and who was admitted.

The log drive of people with an illness is normal around that of the study,
:math:`\log u \sim N(\mu, w^2)`. On the curve of steady states the drive :math:`u(p)` that holds a pain
:math:`p` is known at the ends of cells :math:`k`. Their share of people is

.. math:: m_k = \max\big(\Phi(z_{k+1}) - \Phi(z_k),\; 0\big), \qquad z_k = \frac{\log u(p_k) - \mu}{w},

with :math:`\Phi = 0` at the first end and where :math:`u \le 0`, and :math:`\Phi = 1` at the last end. Where
more pain needs less drive nobody can stand (an unstable branch): the difference is negative there and the
share 0. The first cell holds all people of less drive, and so does the one in which the drive begins: they
stand at the pain that the loops keep up by themselves. The last cell holds all people of more drive. No
Jacobian, no margin and no density at chosen pains is needed, all of which fail near a fold.

A person reports :math:`y_0 = p + o + e_0` at the beginning and :math:`y_t = p_t + o + e_t` later, with a
lasting :math:`o \sim N(0, s_o^2)` and passing :math:`e \sim N(0, s_e^2)`, and is admitted where
:math:`y_0 \ge c`. With :math:`s^2 = s_o^2 + s_e^2`, :math:`a = (c - p)/s` and
:math:`\lambda = \phi(a) / \Phi(-a)` an admitted one has

.. math:: E\, y_0 = p + s \lambda, \quad V y_0 = s^2 (1 + a \lambda - \lambda^2), \quad
    E\, o = \frac{s_o^2}{s} \lambda, \quad
    V o = \frac{s_o^4}{s^4} V y_0 + \frac{s_o^2 s_e^2}{s^2},

so that reports fall after admission by :math:`s_e^2 \lambda / s` on the mean: regression to the mean.

References
----------
Johnson NL, Kotz S, Balakrishnan N. Continuous univariate distributions, vol 1, 2nd ed. Wiley 1994, section
10.1 (truncated normal). Barnett AG, van der Pols JC, Dobson AJ. Regression to the mean: what it is and how to
deal with it. Int J Epidemiol 2005;34:215-20. doi:10.1093/ije/dyh299.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfc, log_ndtr
from jax.scipy.stats import norm
from jaxtyping import Array, Float

# Share at which a cell counts as empty, so that admitted people are never divided by 0; and below which it
# does not matter where in it people are.
EMPTY, FEW = 1e-30, 1e-6
# Width of a cell, in SDs of log drive, below which people are in its middle.
_NARROW = 1e-3
# Share below which nothing is divided by it: its square is still a number in single precision.
NOBODY = 1e-12


class Reports(NamedTuple):
    """How people report a pain: SD of a lasting and of a passing part, and the least report at entry.

    All NRS points. The lasting part has the same SD in all studies, the passing part one of each.
    """

    lasting: Array
    passing: Float[Array, " studies"]
    least: Float[Array, " studies"]


class Admitted(NamedTuple):
    """Admitted people of every study.

    Attributes
    ----------
    weight
        Their share in every cell, which sums to 1.
    first, later
        Mean report at entry, and later of people whose pain has not changed.
    first_variance, reporting_variance
        Variance of reports at entry, and that of lasting and passing parts later.
    later_of_cell, variance_of_cell
        Mean and variance of the later report of the people of a cell.
    """

    weight: Float[Array, "studies cells"]
    first: Float[Array, " studies"]
    later: Float[Array, " studies"]
    first_variance: Float[Array, " studies"]
    reporting_variance: Float[Array, " studies"]
    later_of_cell: Float[Array, "studies cells"]
    variance_of_cell: Float[Array, "studies cells"]


class Cells(NamedTuple):
    """Log share of people in every cell, and where in it they are on the mean (0 to 1)."""

    log_share: Float[Array, "studies cells"]
    position: Float[Array, "studies cells"]


def constant(known: np.ndarray) -> Array:
    """Known numbers in the precision in which this thread computes.

    A copy, since JAX knows a constant of NumPy by its identity, and would give one precision's to a program
    of the other.
    """
    return jnp.asarray(known.copy())


def normal_cdf(z: Array) -> Array:
    """Probability below z in a standard normal, by one special function where `jax.scipy` takes two."""
    below: Array = 0.5 * erfc(-z / np.sqrt(2.0))
    return below


def of_all(below: Float[Array, "studies ends"]) -> Float[Array, "studies ends"]:
    """Share of people below each end, of whom the last cell holds all with more pain."""
    last = np.arange(below.shape[1]) == below.shape[1] - 1
    counted: Array = jnp.where(last, 1.0, below)
    return counted


def cells_of(drive: Float[Array, "studies ends"], location: Float[Array, " studies"], spread: Array) -> Cells:
    r"""People in the cells of their curves.

    Within a cell pain is linear in drive. The mean drive of its people follows from the partial expectation
    of a log-normal,

    .. math:: E[u;\, u_k < u < u_{k+1}] = e^{\mu + w^2/2}
        \big(\Phi(z_{k+1} - w) - \Phi(z_k - w)\big),

    so that who needs no drive stands exactly where the drive begins, and means move smoothly with it.

    Parameters
    ----------
    drive
        That holds the pain at the ends of the cells; negative where the loops alone hold more.
    location, spread
        Mean and SD of the log drive of people.
    """
    driven = drive > 0.0
    z = (jnp.log(jnp.where(driven, drive, 1.0)) - location[:, None]) / spread
    # All who have less than the first cell belong to it.
    counted = driven & (np.arange(drive.shape[1]) > 0)
    share = jnp.diff(of_all(jnp.where(counted, normal_cdf(z), 0.0)), axis=1)
    partial = jnp.diff(of_all(jnp.where(counted, normal_cdf(z - spread), 0.0)), axis=1)
    partial = jnp.exp(location + spread**2 / 2.0)[:, None] * partial
    rise = jnp.diff(drive, axis=1)
    # In a narrow cell the mean is a difference of nearly equal numbers; people are in the middle.
    here = (share > FEW) & (rise > 0.0) & ~(counted[:, :-1] & (jnp.diff(z, axis=1) < _NARROW))
    mean = partial / jnp.where(here, share, 1.0)
    within = (mean - drive[:, :-1]) / jnp.where(here, rise, 1.0)
    position = jnp.where(here, jnp.clip(within, 0.0, 1.0), 0.5)
    return Cells(jnp.log(jnp.maximum(share, EMPTY)), position)


def admitted(
    log_share: Float[Array, "studies cells"], pain: Float[Array, "studies cells"], reports: Reports
) -> Admitted:
    """Admitted people, and the moments of what they report.

    Parameters
    ----------
    log_share
        From `cells_of`.
    pain
        Pain of the people of a cell, NRS points.
    reports
        How they report it, and what is asked for at entry.
    """
    passing = reports.passing[:, None]
    variance = reports.lasting**2 + passing**2
    spread = jnp.sqrt(variance)
    short = (reports.least[:, None] - pain) / spread
    log_admitted = log_ndtr(-short)
    joint = log_share + log_admitted
    weight = jnp.exp(joint - joint.max(axis=1, keepdims=True))
    weight = weight / weight.sum(axis=1, keepdims=True)
    hazard = jnp.exp(norm.logpdf(short) - log_admitted)
    of_report = variance * (1.0 + hazard * (short - hazard))
    first = pain + spread * hazard
    later = pain + reports.lasting**2 / spread * hazard
    lasting = (reports.lasting / spread) ** 4 * of_report + (reports.lasting * passing / spread) ** 2
    mean_first = jnp.sum(weight * first, axis=1)
    return Admitted(
        weight,
        mean_first,
        jnp.sum(weight * later, axis=1),
        jnp.sum(weight * (of_report + first**2), axis=1) - mean_first**2,
        jnp.sum(weight * lasting, axis=1) + reports.passing**2,
        later,
        lasting + passing**2,
    )


def interpolation(
    nodes: Float[Array, "studies nodes"], at: Float[Array, "studies cells"]
) -> Float[Array, "studies nodes cells"]:
    """Weights of the values at nodes in the polynomial through them; beyond the last ones its value there."""
    inside = jnp.clip(at, nodes[:, :1], nodes[:, -1:])
    count = nodes.shape[1]
    weights = []
    for here in range(count):
        others = [node for node in range(count) if node != here]
        factors = [
            (inside - nodes[:, other, None]) / (nodes[:, here] - nodes[:, other])[:, None] for other in others
        ]
        product = jnp.ones_like(inside)
        for factor in factors:
            product = product * factor
        weights.append(product)
    return jnp.stack(weights, axis=1)
