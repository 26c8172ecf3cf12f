"""Expected information of a planned estimate about a true effect."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp
from scipy.stats import norm


def expected_information(
    rng: np.random.Generator,
    effect: Float[np.ndarray, " draws"],
    spread: Float[np.ndarray, " draws"],
    error: Float[np.ndarray, " draws"],
) -> tuple[float, float]:
    r"""Expected information gain about the effect in the mean study from one more study, in nats.

    .. math:: \mathrm{EIG} = E\big[\log p(\hat\theta \mid \theta)\big]
        - E\big[\log \textstyle\frac1L \sum_l p(\hat\theta \mid \theta_l)\big], \quad
        \hat\theta \mid \theta \sim N(\theta, \tau^2 + s^2)

    by nested Monte Carlo over draws of the effect :math:`\theta` and the spread :math:`\tau` between studies.

    Parameters
    ----------
    rng
        Random numbers.
    effect, spread
        Draws of the effect and of its SD between studies, points.
    error
        Standard error of the estimate in each draw.

    Returns
    -------
    tuple
        The gain and its Monte-Carlo standard error. For a normal effect of SD :math:`\sigma` it is
        :math:`\frac12 \log(1 + \sigma^2 / (\tau^2 + s^2))`; 0.7 nats halve the SD of a normal posterior.

    References
    ----------
    Rainforth et al. 2024, "Modern Bayesian experimental design", doi 10.1214/23-STS915.
    """
    scale = np.hypot(spread, error)
    estimate = effect + scale * rng.standard_normal(len(effect))
    # By the error of its own draw: it is the design's, which one would know.
    all_scales = np.hypot(spread[None, :], error[:, None])
    table = norm.logpdf(estimate[:, None], effect[None, :], all_scales)
    gain = norm.logpdf(estimate, effect, scale) - (logsumexp(table, axis=1) - np.log(len(effect)))
    return float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(len(gain)))
