r"""Averages of densities over draws, with their Monte Carlo standard errors.

The log predictive density of a study is :math:`\hat\ell = \log \sum_d w_d\, p_d / \sum_d w_d` over draws
:math:`d` with weights :math:`w_d`. To first order it errs as the mean of

.. math:: u_d = \frac{w_d}{\bar w} \Big(\frac{p_d}{e^{\hat\ell}} - 1\Big)

does (delta method; Owen 2013, section 9.2). Differences and sums of such numbers from the same draws have the
differences and sums of their :math:`u_d`, so that what they have in common cancels. Draws of one chain are
dependent: the standard error of the mean is that of the means of consecutive batches, as long as there are
batches (Flegal and Jones 2010).

References
----------
Owen AB. Monte Carlo theory, methods and examples. 2013. https://artowen.su.domains/mc/

Flegal JM, Jones GL. Batch means and spectral variance estimators in Markov chain Monte Carlo. Ann Stat
2010;38:1034-70. doi:10.1214/09-AOS735
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp


class Densities(NamedTuple):
    """Log densities of held-out studies at draws of one fit, in the order of its chains.

    Attributes
    ----------
    studies
        Names.
    whole
        Of all rows of each study; a draw that could not be solved has no density.
    of_some
        Of sets of its rows (`windup.fit.analyses.scoring.held_out.HeldOut.of_some`).
    log_weight
        Of the draws: 0 where the study was truly left out, else those that leave it out.
    """

    studies: tuple[str, ...]
    whole: Float[np.ndarray, "draws studies"]
    of_some: Float[np.ndarray, "draws sets studies"]
    log_weight: Float[np.ndarray, "draws studies"]


class LogDensity(NamedTuple):
    """Log predictive densities of studies.

    Attributes
    ----------
    studies
        Names.
    values
        Of each study, nats.
    errors
        Monte Carlo standard error of each.
    error_of_sum
        Monte Carlo standard error of their sum: densities from the same draws err together.
    """

    studies: tuple[str, ...]
    values: Float[np.ndarray, " studies"]
    errors: Float[np.ndarray, " studies"]
    error_of_sum: float


def log_mean(
    log_density: Float[np.ndarray, "draws studies"], log_weight: Float[np.ndarray, "draws studies"]
) -> tuple[Float[np.ndarray, " studies"], Float[np.ndarray, "draws studies"]]:
    """Log of the weighted mean density over draws, and by how much each draw moves it (:math:`u_d`)."""
    safe = np.where(np.isfinite(log_density), log_density, -np.inf)
    total = logsumexp(log_weight, axis=0)
    value = logsumexp(log_weight + safe, axis=0) - total
    relative = np.exp(log_weight - total) * len(safe)
    with np.errstate(invalid="ignore"):
        return value, relative * np.expm1(safe - value)


def batch_error(influence: Float[np.ndarray, "draws ..."]) -> Float[np.ndarray, " ..."]:
    """Standard error of the mean over draws, from the means of consecutive batches; NaN below four draws."""
    count = len(influence)
    if count < 4:
        return np.full(influence.shape[1:], np.nan)
    means = np.stack([part.mean(axis=0) for part in np.array_split(influence, int(np.sqrt(count)))])
    error: Float[np.ndarray, " ..."] = means.std(axis=0, ddof=1) / np.sqrt(len(means))
    return error


def log_density_of(
    blocks: Sequence[Densities],
    *,
    rows: int | None = None,
    given: int | None = None,
    only: Collection[str] | None = None,
) -> LogDensity:
    """Log predictive density of studies from the fits that predict them.

    Parameters
    ----------
    blocks
        One for each fit; each study is in one of them.
    rows
        Set of rows whose density it is; None for all.
    given
        Set of rows, part of these, that is given; None for no condition.
    only
        Studies that count; None for all.
    """
    names: list[str] = []
    values, errors = list[np.ndarray](), list[np.ndarray]()
    variance = 0.0
    for block in blocks:
        counts = np.array([only is None or name in only for name in block.studies], bool)
        if not counts.any():
            continue
        density = block.whole if rows is None else block.of_some[:, rows]
        value, influence = log_mean(density[:, counts], block.log_weight[:, counts])
        if given is not None:
            condition, moved = log_mean(block.of_some[:, given][:, counts], block.log_weight[:, counts])
            value, influence = value - condition, influence - moved
        names += [name for name, chosen in zip(block.studies, counts, strict=True) if chosen]
        values.append(value)
        errors.append(batch_error(influence))
        variance += float(batch_error(influence.sum(axis=1))) ** 2
    every = [np.concatenate([np.zeros(0), *each]) for each in (values, errors)]
    return LogDensity(tuple(names), every[0], every[1], float(np.sqrt(variance)))
