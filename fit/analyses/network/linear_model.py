r"""The posterior of a linear model with one or two unknown variances, exact but for a grid over these.

Study :math:`i` has contrasts :math:`y_i` with errors of covariance :math:`S_i`, and

.. math::
    y_i \sim N(X_i \beta,\; S_i + \tau^2 R_i), \qquad R_i = \tfrac12 (I + 1 1^\top), \qquad
    \beta \sim N(0, C_0 + \omega^2 C_1).

:math:`R_i` gives effects of all pairs of arms the same variance :math:`\tau^2` between studies (Higgins and
Whitehead 1996, doi:10.1002/(SICI)1097-0258(19961230)15:24<2733::AID-SIM562>3.0.CO;2-0). Given
:math:`(\tau, \omega)` everything is normal: coefficients, the density of a study that is left out, and a new
contrast. These are mixed over a grid with the weights :math:`p(\tau) p(\omega) p(y \mid \tau, \omega)`. The
grid is laid twice: over the prior, then by Gauss and Legendre where the weights are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh
from scipy.special import logsumexp
from scipy.stats import halfnorm

# Points of the first grid in each direction, and of the second.
_FIRST, _SECOND = 40, 32
# Quantiles of the prior at the ends of the first grid, and log weights below the highest that are left out.
_ENDS, _NEGLIGIBLE = (1e-6, 1.0 - 1e-9), 25.0


class Study(NamedTuple):
    """Contrasts of one study: their values, the covariance of their errors, and their rows of the design."""

    values: Float[np.ndarray, " contrasts"]
    covariance: Float[np.ndarray, "contrasts contrasts"]
    design: Float[np.ndarray, "contrasts coefficients"]


class LinearPriors(NamedTuple):
    """Priors of coefficients and of both SDs.

    Attributes
    ----------
    fixed, shared
        Covariances :math:`C_0` and :math:`C_1` of the coefficients.
    between_studies, between_treatments
        Scales of the half-normal priors of :math:`\\tau` and :math:`\\omega`; 0 where the SD is 0.
    """

    fixed: Float[np.ndarray, "coefficients coefficients"]
    shared: Float[np.ndarray, "coefficients coefficients"]
    between_studies: float
    between_treatments: float


class Mixed(NamedTuple):
    """Normal distributions of coefficients at every point of a grid.

    Attributes
    ----------
    between_studies, between_treatments
        SDs at the points.
    weight
        Of the points; they add up to 1.
    mean, covariance
        Of the coefficients at every point.
    """

    between_studies: Float[np.ndarray, " points"]
    between_treatments: Float[np.ndarray, " points"]
    weight: Float[np.ndarray, " points"]
    mean: Float[np.ndarray, "points coefficients"]
    covariance: Float[np.ndarray, "points coefficients coefficients"]


class LeftOutStudy(NamedTuple):
    """Contrasts of a study, predicted by all others.

    Attributes
    ----------
    weight
        Of the points of the grid without the study.
    mean, sd
        Of each contrast at every point; its sampling error and deviation between studies are in the SD.
    log_density
        Of all contrasts of the study together, nats.
    """

    weight: Float[np.ndarray, " points"]
    mean: Float[np.ndarray, "points contrasts"]
    sd: Float[np.ndarray, "points contrasts"]
    log_density: float


class _Rotated(NamedTuple):
    """A study in coordinates in which its contrasts are independent whatever tau is."""

    values: Float[np.ndarray, " contrasts"]
    design: Float[np.ndarray, "contrasts coefficients"]
    stretch: Float[np.ndarray, " contrasts"]
    log_scale: float


class _Parts(NamedTuple):
    """What a study adds at every point: precision of the coefficients, its product with them, log density."""

    precision: Float[np.ndarray, "points coefficients coefficients"]
    weighted: Float[np.ndarray, "points coefficients"]
    constant: Float[np.ndarray, " points"]


def posterior(studies: Sequence[Study], priors: LinearPriors) -> tuple[Mixed, list[LeftOutStudy]]:
    """Coefficients given all studies, and every study predicted by the others.

    Parameters
    ----------
    studies
        At least one; covariances positive definite.
    priors
        Those of the model.

    Returns
    -------
    tuple
        The posterior, and one prediction for each study in their order.
    """
    rotated = [_rotated(study) for study in studies]
    first = [_quantiles(scale) for scale in (priors.between_studies, priors.between_treatments)]
    weights = _log_weights(rotated, priors, *_crossed(*first))
    second = [_where(points, weights, axis) for axis, points in enumerate(first)]
    (tau, tau_share), (omega, omega_share) = second
    taus, omegas = _crossed(tau, omega)
    log_prior = _log_prior(taus, priors.between_studies) + _log_prior(omegas, priors.between_treatments)
    log_prior += np.log(np.outer(tau_share, omega_share)).ravel()
    parts = [_parts(study, taus) for study in rotated]
    prior_precision = _prior_precision(priors, omegas)
    precision = prior_precision + sum(part.precision for part in parts)
    weighted = np.sum([part.weighted for part in parts], axis=0)
    constant = np.sum([part.constant for part in parts], axis=0)
    log_weight = log_prior + _log_marginal(prior_precision, precision, weighted, constant)
    covariance = np.linalg.inv(precision)
    mixed = Mixed(taus, omegas, _shares(log_weight), _times(covariance, weighted), covariance)
    return mixed, [_left_out(study, mixed, log_weight) for study in studies]


def _rotated(study: Study) -> _Rotated:
    # Columns w with w' S w = 1 and w' R w = stretch.
    stretch, columns = eigh(_between(len(study.values)), study.covariance)
    _, log_determinant = np.linalg.slogdet(study.covariance)
    log_scale = -0.5 * float(log_determinant)
    return _Rotated(columns.T @ study.values, columns.T @ study.design, stretch, log_scale)


def _between(count: int) -> Float[np.ndarray, "contrasts contrasts"]:
    """Covariance of deviations between studies, divided by their variance."""
    covariance: np.ndarray = 0.5 * (np.eye(count) + 1.0)
    return covariance


def _parts(study: _Rotated, taus: Float[np.ndarray, " points"]) -> _Parts:
    # (points, contrasts): precision of every rotated contrast.
    precision = 1.0 / (1.0 + taus[:, None] ** 2 * study.stretch)
    weighted = precision[:, :, None] * study.design
    squares = (precision * study.values**2).sum(axis=1)
    constant = 0.5 * np.log(precision / (2.0 * np.pi)).sum(axis=1) - 0.5 * squares + study.log_scale
    return _Parts(
        np.einsum("pcj,ck->pjk", weighted, study.design),
        np.einsum("pcj,c->pj", weighted, study.values),
        constant,
    )


def _left_out(study: Study, mixed: Mixed, log_weight: Float[np.ndarray, " points"]) -> LeftOutStudy:
    r"""A study predicted by the others, from what all together say of it.

    With the posterior mean :math:`\mu` and covariance :math:`A` of :math:`X \beta`, and the covariance
    :math:`V` of the contrasts about it, the prediction without the study has the mean
    :math:`y - V (V - A)^{-1} (y - \mu)` and the covariance :math:`V (V - A)^{-1} V`.
    """
    own = study.covariance + mixed.between_studies[:, None, None] ** 2 * _between(len(study.values))
    known = np.einsum("cj,pjk,dk->pcd", study.design, mixed.covariance, study.design)
    inverse = np.linalg.inv(own - known)
    mean = study.values - _times(own @ inverse, study.values - mixed.mean @ study.design.T)
    spread = own @ inverse @ own
    off = study.values - mean
    _, log_determinant = np.linalg.slogdet(2.0 * np.pi * spread)
    log_density = -0.5 * (log_determinant + np.einsum("pc,pc->p", off, _times(np.linalg.inv(spread), off)))
    without = log_weight - log_density
    without -= logsumexp(without)
    sd = np.sqrt(np.einsum("pcc->pc", spread))
    return LeftOutStudy(np.exp(without), mean, sd, float(logsumexp(without + log_density)))


def _log_weights(
    rotated: Sequence[_Rotated],
    priors: LinearPriors,
    taus: Float[np.ndarray, " points"],
    omegas: Float[np.ndarray, " points"],
) -> Float[np.ndarray, " points"]:
    prior_precision = _prior_precision(priors, omegas)
    parts = [_parts(study, taus) for study in rotated]
    marginal = _log_marginal(
        prior_precision,
        prior_precision + sum(part.precision for part in parts),
        np.sum([part.weighted for part in parts], axis=0),
        np.sum([part.constant for part in parts], axis=0),
    )
    prior = _log_prior(taus, priors.between_studies) + _log_prior(omegas, priors.between_treatments)
    weights: np.ndarray = marginal + prior
    return weights


def _log_marginal(
    prior_precision: Float[np.ndarray, "points coefficients coefficients"],
    precision: Float[np.ndarray, "points coefficients coefficients"],
    weighted: Float[np.ndarray, "points coefficients"],
    constant: Float[np.ndarray, " points"],
) -> Float[np.ndarray, " points"]:
    """Log density of all contrasts at every point."""
    before, after = (np.linalg.slogdet(each)[1] for each in (prior_precision, precision))
    solved = np.linalg.solve(precision, weighted[:, :, None])[:, :, 0]
    density: np.ndarray = constant + 0.5 * (before - after + np.einsum("pj,pj->p", weighted, solved))
    return density


def _prior_precision(
    priors: LinearPriors, omegas: Float[np.ndarray, " points"]
) -> Float[np.ndarray, "points coefficients coefficients"]:
    precision: np.ndarray = np.linalg.inv(priors.fixed + omegas[:, None, None] ** 2 * priors.shared)
    return precision


def _log_prior(sds: Float[np.ndarray, " points"], scale: float) -> Float[np.ndarray, " points"]:
    density: np.ndarray = halfnorm.logpdf(sds, scale=scale) if scale else np.zeros_like(sds)
    return density


def _quantiles(scale: float) -> Float[np.ndarray, " points"]:
    """SDs of the first grid: 0, and points that are even in the logarithm."""
    if not scale:
        return np.zeros(1)
    ends = halfnorm.ppf(_ENDS, scale=scale)
    low, high = max(ends[0], 1e-3 * scale), ends[1]
    return np.concatenate([[0.0], np.geomspace(low, high, _FIRST - 1)])


def _where(
    points: Float[np.ndarray, " points"], log_weights: Float[np.ndarray, " crossed"], axis: int
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    """Nodes and weights of Gauss and Legendre over the points of one direction that count."""
    if len(points) == 1:
        return points, np.ones(1)
    other = log_weights.size // len(points)
    shape = (len(points), other) if axis == 0 else (other, len(points))
    best = log_weights.reshape(shape).max(axis=1 - axis)
    counts = np.flatnonzero(best > best.max() - _NEGLIGIBLE)
    low, high = points[max(counts[0] - 1, 0)], points[min(counts[-1] + 1, len(points) - 1)]
    nodes, shares = np.polynomial.legendre.leggauss(_SECOND)
    half = 0.5 * (high - low)
    return low + half * (1.0 + nodes), half * shares


def _crossed(
    taus: Float[np.ndarray, " a"], omegas: Float[np.ndarray, " b"]
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    return np.repeat(taus, len(omegas)), np.tile(omegas, len(taus))


def _shares(log_weight: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
    share: np.ndarray = np.exp(log_weight - logsumexp(log_weight))
    return share


def _times(
    matrices: Float[np.ndarray, "points a b"], vectors: Float[np.ndarray, "points b"]
) -> Float[np.ndarray, "points a"]:
    product: np.ndarray = np.einsum("pab,pb->pa", matrices, vectors)
    return product
