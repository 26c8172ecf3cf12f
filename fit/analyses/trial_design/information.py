"""Expected information of what a trial prints about a number, and about which of two cases holds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import logsumexp

_BLOCKS = 10


class Information(NamedTuple):
    """Expected information in nats, and its Monte-Carlo standard error."""

    nats: float
    error: float


def linear_information(
    quantity: Float[np.ndarray, " draws"],
    mean: Float[np.ndarray, "draws printed"],
    covariance: Float[np.ndarray, "printed printed"],
) -> float:
    r"""Information of the linear prediction of a number from what a trial prints.

    .. math:: I = -\tfrac12 \log(1 - R^2), \quad R^2 = c^\top (S + \Sigma)^{-1} c / \mathrm{var}(\theta)

    with the covariance :math:`S` of the means over draws, and :math:`c` of them with :math:`\theta`. As many
    numbers as are printed would explain a share of any sample by chance, which is taken off :math:`R^2`
    (Ezekiel's adjustment).

    Parameters
    ----------
    quantity
        The number :math:`\theta`, by draw.
    mean, covariance
        What is printed, given the draw.

    Returns
    -------
    float
        In nats. The expected posterior SD is at most :math:`e^{-I}` of the present one; where all is jointly
        normal, it is that and :math:`I` is the expected information.

    References
    ----------
    Strong, Oakley, Brennan, Breeze 2015, "Estimating the expected value of sample information using the
    probabilistic sensitivity analysis sample", doi 10.1177/0272989X15575286.
    """
    draws, printed = mean.shape
    variance = float(np.var(quantity))
    if variance == 0.0:
        return 0.0
    off, deviation = quantity - quantity.mean(), mean - mean.mean(axis=0)
    with_quantity = deviation.T @ off / draws
    factor = cho_factor(deviation.T @ deviation / draws + covariance, lower=True)
    explained = float(with_quantity @ cho_solve(factor, with_quantity)) / variance
    adjusted = 1.0 - (1.0 - explained) * (draws - 1.0) / max(draws - printed - 1.0, 1.0)
    return -0.5 * float(np.log1p(-np.clip(adjusted, 0.0, 1.0 - 1e-12)))


def linear_information_error(
    quantity: Float[np.ndarray, " draws"],
    mean: Float[np.ndarray, "draws printed"],
    covariance: Float[np.ndarray, "printed printed"],
) -> Information:
    """The same with its standard error, by leaving out one of ten blocks of draws at a time."""
    block = np.arange(len(quantity)) % _BLOCKS
    without = [linear_information(quantity[block != b], mean[block != b], covariance) for b in range(_BLOCKS)]
    error = np.sqrt((_BLOCKS - 1.0) / _BLOCKS * np.sum((np.array(without) - np.mean(without)) ** 2))
    return Information(linear_information(quantity, mean, covariance), float(error))


class Case(NamedTuple):
    """One of two cases: its weight, and what a trial prints in each of its draws."""

    weight: float
    mean: Float[np.ndarray, "draws printed"]
    covariance: Float[np.ndarray, "printed printed"]


def entropy(weight: float) -> float:
    """Of which of two cases holds, in nats: no trial can tell more."""
    shares = np.array([weight, 1.0 - weight])
    shares = shares[shares > 0.0]
    return float(-np.sum(shares * np.log(shares)))


def case_information(rng: np.random.Generator, cases: tuple[Case, Case]) -> Information:
    r"""Expected information about which of two cases holds, as a bound from below.

    .. math:: I \ge \sum_k w_k\, E_{y \mid k} \log \frac{q(y \mid k)}{w_1 q(y \mid 1) + w_2 q(y \mid 2)},
        \quad q(y \mid k) = \frac{1}{L_k} \sum_l N\big(y;\, \bar m_k + \sqrt{1 - h^2} (m_{kl} - \bar m_k),\,
        \Sigma_k + h^2 S_k\big)

    by one simulated trial for each draw, whose own draw is left out of the mixture of its case. With
    :math:`h = 0` the bound is the information for endless draws. Few draws of small errors leave holes in the
    mixture, which a bandwidth :math:`h` fills (Silverman's, or half of it) and the covariance :math:`S_k` of
    the means keeps in place. Any :math:`q` gives a bound, also one that takes no notice of the trial, whose
    bound is 0: the largest is taken.

    Parameters
    ----------
    rng
        Random numbers.
    cases
        With weights that sum to 1.

    Returns
    -------
    Information
        At most `entropy` of the weights.

    References
    ----------
    Barber, Agakov 2003, "The IM algorithm"; Rainforth et al. 2024, "Modern Bayesian experimental design", doi
    10.1214/23-STS915. Bandwidth: Silverman 1986, "Density estimation", equation 4.14.
    """
    printed = [
        case.mean + rng.standard_normal(case.mean.shape) @ np.linalg.cholesky(case.covariance).T
        for case in cases
    ]
    found = [_bound(cases, printed, share) for share in (0.0, 0.5, 1.0)]
    return max(*found, Information(0.0, 0.0))


def _bound(cases: tuple[Case, Case], printed: list[np.ndarray], share: float) -> Information:
    """Of mixtures with a share of Silverman's bandwidth."""
    smooth = [_smooth(case, share) for case in cases]
    weights = np.log([max(each.weight, 1e-300) for each in cases])
    nats, variance = 0.0, 0.0
    for number, (case, trials) in enumerate(zip(cases, printed, strict=True)):
        logs = np.stack([_log_density(trials, each, own=k == number) for k, each in enumerate(smooth)])
        gain = logs[number] - logsumexp(logs + weights[:, None], axis=0)
        nats += case.weight * float(gain.mean())
        variance += case.weight**2 * float(gain.var(ddof=1)) / len(gain)
    return Information(nats, float(np.sqrt(variance)))


def _smooth(case: Case, share: float) -> Case:
    """The same with a bandwidth, and the mean and covariance of what is printed as before."""
    draws, printed = case.mean.shape
    width = share * (4.0 / ((printed + 2.0) * draws)) ** (1.0 / (printed + 4.0))
    width = min(width, 1.0)
    middle = case.mean.mean(axis=0)
    spread = np.cov(case.mean.T, bias=True).reshape(case.covariance.shape)
    mean = middle + np.sqrt(1.0 - width**2) * (case.mean - middle)
    return Case(case.weight, mean, case.covariance + width**2 * spread)


def _log_density(
    printed: Float[np.ndarray, "trials printed"], case: Case, *, own: bool
) -> Float[np.ndarray, " trials"]:
    """Of a mixture over the draws of a case; trial ``l`` is not judged by draw ``l`` where it is its own."""
    root = np.linalg.cholesky(case.covariance)
    white = solve_triangular(root, printed.T, lower=True)
    centre = solve_triangular(root, case.mean.T, lower=True)
    # |a - b|² in one product of matrices.
    square = np.sum(white**2, axis=0)[:, None] - 2.0 * white.T @ centre + np.sum(centre**2, axis=0)[None, :]
    log = -0.5 * square
    if own:
        np.fill_diagonal(log, -np.inf)
    count = len(case.mean) - (1 if own else 0)
    constant = np.log(np.diag(root)).sum() + 0.5 * len(root) * np.log(2.0 * np.pi) + np.log(count)
    density: np.ndarray = logsumexp(log, axis=1) - constant
    return density
