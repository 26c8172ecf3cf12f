"""Quantiles and probabilities of mixtures of normal distributions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.stats import norm


def quantiles_of(
    levels: Sequence[float],
    weight: Float[np.ndarray, " points"],
    mean: Float[np.ndarray, " points"],
    sd: Float[np.ndarray, " points"],
) -> Float[np.ndarray, " levels"]:
    """Quantiles of a mixture of normal distributions, by bisection to 1e-9 of its range."""
    wanted = np.asarray(levels, float)
    low = np.full(len(wanted), float(np.min(mean - 9.0 * sd)))
    high = np.full(len(wanted), float(np.max(mean + 9.0 * sd)))
    for _ in range(40):
        middle = 0.5 * (low + high)
        below = below_of(middle, weight, mean, sd) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: np.ndarray = 0.5 * (low + high)
    return found


def below_of(
    values: Float[np.ndarray, " values"],
    weight: Float[np.ndarray, " points"],
    mean: Float[np.ndarray, " points"],
    sd: Float[np.ndarray, " points"],
) -> Float[np.ndarray, " values"]:
    """Probability that a mixture of normal distributions is below each value."""
    share: np.ndarray = norm.cdf((np.asarray(values)[:, None] - mean) / sd) @ weight
    return share
