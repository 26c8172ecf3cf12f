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

# Points of the first grid in each direction; of the second, with one SD that is not known, and with two.
_FIRST, _SECOND, _EACH_OF_TWO = 28, 128, 32
# Quantiles of the prior at the ends of the first grid, and log weights below the highest that are left out.
_ENDS, _NEGLIGIBLE = (1e-6, 1.0 - 1e-9), 25.0
# Least part of a grid in which the weights without a study may lie, for the grid to resolve them.
_RESOLVED = 0.3


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
    tau_edges, omega_edges
        Ends of the cells of both SDs, in the order of the points; omega runs faster.
    """

    between_studies: Float[np.ndarray, " points"]
    between_treatments: Float[np.ndarray, " points"]
    weight: Float[np.ndarray, " points"]
    mean: Float[np.ndarray, "points coefficients"]
    covariance: Float[np.ndarray, "points coefficients coefficients"]
    tau_edges: Float[np.ndarray, " tau_edges"]
    omega_edges: Float[np.ndarray, " omega_edges"]


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
    (tau, tau_edges), (omega, omega_edges) = map(_first, (priors.between_studies, priors.between_treatments))
    axes = _Axes(tau, omega, tau_edges, omega_edges)
    coarse, coarse_weight = _mixed(rotated, priors, axes)
    ends = _ends(axes, coarse_weight)
    fine, fine_weight = _mixed(rotated, priors, _laid(ends))
    left = []
    for number, study in enumerate(studies):
        others = coarse_weight - _downdated(study, coarse).log_density_at
        its = _ends(axes, others)
        if _holds(ends, its):
            left.append(_mixture(_downdated(study, fine), fine_weight))
        else:
            # An outlier: without it the SDs lie elsewhere, or are known better than the grid resolves.
            rest, rest_weight = _mixed(rotated[:number] + rotated[number + 1 :], priors, _laid(its))
            left.append(_mixture(_predicted(study, rest), rest_weight, seen=False))
    return fine, left


class _Axes(NamedTuple):
    """Nodes of both SDs, and the ends of the cells about them."""

    tau: Float[np.ndarray, " taus"]
    omega: Float[np.ndarray, " omegas"]
    tau_edges: Float[np.ndarray, " tau_edges"]
    omega_edges: Float[np.ndarray, " omega_edges"]

    @property
    def crossed(self) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
        """Both SDs at every point."""
        return np.repeat(self.tau, len(self.omega)), np.tile(self.omega, len(self.tau))


class _Conditional(NamedTuple):
    """Contrasts of a study at every point, predicted without it, and their log density there."""

    mean: Float[np.ndarray, "points contrasts"]
    spread: Float[np.ndarray, "points contrasts contrasts"]
    log_density_at: Float[np.ndarray, " points"]


def _mixed(
    rotated: Sequence[_Rotated], priors: LinearPriors, axes: _Axes
) -> tuple[Mixed, Float[np.ndarray, " points"]]:
    """Coefficients at every point, and the log weights of the points."""
    taus, omegas = axes.crossed
    log_prior = _log_prior(taus, priors.between_studies) + _log_prior(omegas, priors.between_treatments)
    log_prior += np.log(np.outer(np.diff(axes.tau_edges), np.diff(axes.omega_edges))).ravel()
    parts = [_parts(study, taus) for study in rotated]
    precision = before = np.linalg.inv(priors.fixed + omegas[:, None, None] ** 2 * priors.shared)
    weighted, constant = np.zeros(before.shape[:2]), np.zeros(len(taus))
    for part in parts:
        precision = precision + part.precision
        weighted, constant = weighted + part.weighted, constant + part.constant
    covariance = np.linalg.inv(precision)
    mean = _times(covariance, weighted)
    determinants = np.linalg.slogdet(before)[1] - np.linalg.slogdet(precision)[1]
    log_weight = log_prior + constant + 0.5 * (determinants + np.einsum("pj,pj->p", weighted, mean))
    share = np.exp(log_weight - logsumexp(log_weight))
    return Mixed(taus, omegas, share, mean, covariance, axes.tau_edges, axes.omega_edges), log_weight


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


def _about(study: Study, mixed: Mixed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Mean :math:`\mu` and covariance :math:`A` of :math:`X \beta` of a study at every point, and :math:`V`.

    :math:`V` is the covariance of its contrasts about :math:`X \beta`.
    """
    own = study.covariance + mixed.between_studies[:, None, None] ** 2 * _between(len(study.values))
    known = np.einsum("cj,pjk,dk->pcd", study.design, mixed.covariance, study.design)
    return mixed.mean @ study.design.T, known, own


def _downdated(study: Study, mixed: Mixed) -> _Conditional:
    """A study predicted by the others, from what all together say of it.

    The prediction without it has the mean :math:`y - V (V - A)^{-1} (y - \\mu)` and the covariance
    :math:`V (V - A)^{-1} V` (`_about`).
    """
    mean, known, own = _about(study, mixed)
    gain = own @ np.linalg.inv(own - known)
    return _conditional(study, study.values - _times(gain, study.values - mean), gain @ own)


def _predicted(study: Study, mixed: Mixed) -> _Conditional:
    """A study predicted by a posterior that has not seen it."""
    mean, known, own = _about(study, mixed)
    return _conditional(study, mean, own + known)


def _conditional(
    study: Study,
    mean: Float[np.ndarray, "points contrasts"],
    spread: Float[np.ndarray, "points contrasts contrasts"],
) -> _Conditional:
    off = study.values - mean
    _, log_determinant = np.linalg.slogdet(2.0 * np.pi * spread)
    distance = np.einsum("pc,pc->p", off, _times(np.linalg.inv(spread), off))
    return _Conditional(mean, spread, -0.5 * (log_determinant + distance))


def _mixture(
    found: _Conditional, log_weight: Float[np.ndarray, " points"], *, seen: bool = True
) -> LeftOutStudy:
    """Prediction over all points; ``log_weight`` is with the study where it was ``seen``."""
    without = log_weight - found.log_density_at if seen else log_weight
    without = without - logsumexp(without)
    sd = np.sqrt(np.einsum("pcc->pc", found.spread))
    return LeftOutStudy(np.exp(without), found.mean, sd, float(logsumexp(without + found.log_density_at)))


def _log_prior(sds: Float[np.ndarray, " points"], scale: float) -> Float[np.ndarray, " points"]:
    density: np.ndarray = halfnorm.logpdf(sds, scale=scale) if scale else np.zeros_like(sds)
    return density


def _first(scale: float) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " edges"]]:
    """SDs of the first grid, 0 and points that are even in the logarithm, and the ends of their cells."""
    if not scale:
        return _nodes(0.0, 0.0, 1)
    ends = halfnorm.ppf(_ENDS, scale=scale)
    points = np.concatenate([[0.0], np.geomspace(max(ends[0], 1e-3 * scale), ends[1], _FIRST - 1)])
    return points, np.concatenate([points[:1], 0.5 * (points[1:] + points[:-1]), points[-1:]])


type _Ends = tuple[tuple[float, float], tuple[float, float]]
"""Where weights count, in both directions."""


def _ends(axes: _Axes, log_weight: Float[np.ndarray, " points"]) -> _Ends:
    table = log_weight.reshape(len(axes.tau), len(axes.omega))
    return _counting(axes.tau, table.max(axis=1)), _counting(axes.omega, table.max(axis=0))


def _counting(
    points: Float[np.ndarray, " points"], best: Float[np.ndarray, " points"]
) -> tuple[float, float]:
    counts = np.flatnonzero(best > best.max() - _NEGLIGIBLE)
    return float(points[max(counts[0] - 1, 0)]), float(points[min(counts[-1] + 1, len(points) - 1)])


def _laid(ends: _Ends) -> _Axes:
    """Nodes of Gauss and Legendre between the ends, and their cells."""
    count = _SECOND if any(low == high for low, high in ends) else _EACH_OF_TWO
    (tau, tau_edges), (omega, omega_edges) = (_nodes(*each, count) for each in ends)
    return _Axes(tau, omega, tau_edges, omega_edges)


def _nodes(
    low: float, high: float, count: int
) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " edges"]]:
    if low == high:
        # An SD that is not there: one cell of width 1.
        return np.array([low]), np.array([low, low + 1.0])
    nodes, shares = np.polynomial.legendre.leggauss(count)
    half = 0.5 * (high - low)
    return low + half * (1.0 + nodes), low + half * np.concatenate([[0.0], np.cumsum(shares)])


def _holds(whole: _Ends, part: _Ends) -> bool:
    """Whether a grid between the first ends holds the second ones, and resolves what lies there."""
    return all(
        low <= first and last <= high and last - first >= _RESOLVED * (high - low)
        for (low, high), (first, last) in zip(whole, part, strict=True)
    )


def _times(
    matrices: Float[np.ndarray, "points a b"], vectors: Float[np.ndarray, "points b"]
) -> Float[np.ndarray, "points a"]:
    product: np.ndarray = np.einsum("pab,pb->pa", matrices, vectors)
    return product
