r"""One mean of several trials that differ: random effects with an interval that counts the trials.

Trial :math:`i` of :math:`k` has the estimate :math:`y_i` with the standard error :math:`s_i`, and
:math:`w_i = 1 / (s_i^2 + \tau^2)`:

.. math::
    \hat\mu = \frac{\sum w_i y_i}{\sum w_i}, \qquad
    \sum w_i (y_i - \hat\mu)^2 = k - 1, \qquad
    \mathrm{SE}^2 = \frac{1}{\sum w_i}.

The second equation gives :math:`\tau^2` (Paule and Mandel); it is 0 where the left side is below
:math:`k - 1` without it. The interval is :math:`\hat\mu \pm t_{k-1, 0.975}\,\mathrm{SE}` (Knapp and Hartung).
Their factor :math:`q = \sum w_i (y_i - \hat\mu)^2 / (k - 1)` of the squared error is 1 by the second
equation. Where :math:`\tau^2 = 0` it is taken as 1 too, so that trials which agree by chance give no interval
narrower than their own errors do. A single trial has its own error and a normal interval.

References
----------
Paule, Mandel 1982, doi 10.6028/jres.087.022. Knapp, Hartung 2003, doi 10.1002/sim.1482. Veroniki et al. 2016,
doi 10.1002/jrsm.1164 (choice of the estimator of :math:`\tau^2`). Röver, Knapp, Friede 2015, doi
10.1186/s12874-015-0091-1 (the bound on :math:`q`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student


class Pooled(NamedTuple):
    """A mean over trials.

    Attributes
    ----------
    mean, standard_error, low_95, high_95
        In the unit of the estimates.
    between_sd
        SD between trials, :math:`\\tau`; not a number for a single trial, which cannot show it.
    weights
        Of the trials; they add up to 1.
    """

    mean: float
    standard_error: float
    low_95: float
    high_95: float
    between_sd: float
    weights: Float[np.ndarray, " trials"]


def random_effects(estimates: Float[np.ndarray, " trials"], errors: Float[np.ndarray, " trials"]) -> Pooled:
    """Mean over trials by the equations of this module.

    Parameters
    ----------
    estimates, errors
        Finite estimates of at least one trial, and their standard errors above 0.

    Examples
    --------
    >>> found = random_effects(np.array([-1.0, -0.2, -1.5]), np.array([0.2, 0.2, 0.3]))
    >>> round(found.mean, 3), round(found.between_sd, 3)
    (-0.877, 0.608)
    """
    count = len(estimates)
    if count == 1:
        mean, error = float(estimates[0]), float(errors[0])
        half = float(norm.ppf(0.975)) * error
        return Pooled(mean, error, mean - half, mean + half, math.nan, np.ones(1))
    variance = _between(estimates, errors)
    weights = 1.0 / (errors**2 + variance)
    mean = float(np.average(estimates, weights=weights))
    error = 1.0 / math.sqrt(float(weights.sum()))
    half = float(student.ppf(0.975, count - 1)) * error
    return Pooled(mean, error, mean - half, mean + half, math.sqrt(variance), weights / weights.sum())


def _between(estimates: Float[np.ndarray, " trials"], errors: Float[np.ndarray, " trials"]) -> float:
    """Variance between trials at which their weighted distance is what chance gives (Paule and Mandel)."""
    chance = len(estimates) - 1.0
    if _distance(estimates, errors, 0.0) <= chance:
        return 0.0
    # With weights of at most 1 / tau^2 the distance is below chance where tau^2 exceeds the sum of squares.
    highest = float(np.sum((estimates - estimates.mean()) ** 2))
    return float(brentq(lambda variance: _distance(estimates, errors, variance) - chance, 0.0, highest))


def _distance(
    estimates: Float[np.ndarray, " trials"], errors: Float[np.ndarray, " trials"], variance: float
) -> float:
    weights = 1.0 / (errors**2 + variance)
    return float(np.sum(weights * (estimates - np.average(estimates, weights=weights)) ** 2))
