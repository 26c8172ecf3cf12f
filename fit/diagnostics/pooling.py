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
10.1186/s12874-015-0091-1 (the bound on :math:`q`). DerSimonian, Kacker 2007, doi
10.1016/j.cct.2006.04.004 (the second equation in a regression).
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
    found = regression(estimates, errors, np.ones((count, 1)))
    weights = 1.0 / (errors**2 + found.between_sd**2)
    mean, error, low, high = (float(each[0]) for each in found[:4])
    return Pooled(mean, error, low, high, found.between_sd, weights / weights.sum())


class Regressed(NamedTuple):
    """Coefficients of a regression over trials, their standard errors and 95 % limits, and the SD between."""

    coefficients: Float[np.ndarray, " columns"]
    standard_errors: Float[np.ndarray, " columns"]
    low_95: Float[np.ndarray, " columns"]
    high_95: Float[np.ndarray, " columns"]
    between_sd: float


def regression(
    estimates: Float[np.ndarray, " trials"],
    errors: Float[np.ndarray, " trials"],
    design: Float[np.ndarray, "trials columns"],
) -> Regressed:
    r"""Random-effects regression over trials, :math:`y_i = x_i^\top \beta + u_i + e_i`.

    Weighted least squares with :math:`w_i = 1 / (s_i^2 + \tau^2)`, and :math:`\tau^2` where the weighted sum
    of squared residuals is the number of trials less that of columns. Limits are of Student's t with as
    many degrees of freedom.

    Parameters
    ----------
    estimates, errors
        Of the trials, as in `random_effects`.
    design
        Columns :math:`x`, of full rank and fewer than trials.
    """
    freedom = len(estimates) - design.shape[1]
    variance = _between(estimates, errors, design)
    weights = 1.0 / (errors**2 + variance)
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    coefficients = covariance @ design.T @ (weights * estimates)
    standard_errors = np.sqrt(np.diag(covariance))
    half = float(student.ppf(0.975, freedom)) * standard_errors
    return Regressed(
        coefficients, standard_errors, coefficients - half, coefficients + half, math.sqrt(variance)
    )


def _between(
    estimates: Float[np.ndarray, " trials"],
    errors: Float[np.ndarray, " trials"],
    design: Float[np.ndarray, "trials columns"],
) -> float:
    """Variance between trials at which their weighted distance is what chance gives (Paule and Mandel)."""
    chance = float(len(estimates) - design.shape[1])
    if _distance(estimates, errors, design, 0.0) <= chance:
        return 0.0
    # With weights of at most 1 / tau^2 the distance is below chance where tau^2 exceeds the sum of squares.
    highest = _distance(estimates, np.ones_like(errors), design, 0.0)
    return float(
        brentq(lambda variance: _distance(estimates, errors, design, variance) - chance, 0.0, highest)
    )


def _distance(
    estimates: Float[np.ndarray, " trials"],
    errors: Float[np.ndarray, " trials"],
    design: Float[np.ndarray, "trials columns"],
    variance: float,
) -> float:
    root = 1.0 / np.sqrt(errors**2 + variance)
    fitted = np.linalg.lstsq(root[:, None] * design, root * estimates)[0]
    return float(np.sum((root * (estimates - design @ fitted)) ** 2))
