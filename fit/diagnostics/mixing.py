"""The mixing diagnostics of arviz-stats, which has no type hints, behind typed functions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal

import arviz_stats
import arviz_stats.base
import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

# Fewer per chain have no autocorrelation to speak of.
_FEWEST = 8


def independent_draws(
    numbers: Float[np.ndarray, " draws"], event: Bool[np.ndarray, " draws"], chains: int
) -> int:
    """Independent draws with the same information about an event: at most as many as there are.

    The smaller of two effective sample sizes, of the event and of the number that decides it: an event that
    holds in every draw, or in none, has no autocorrelation of its own.

    Parameters
    ----------
    numbers, event
        Per draw, one chain after the other.
    chains
        Where draws of a chain are missing, all count as one.
    """
    count = len(numbers)
    rows = chains if count % chains == 0 else 1
    if count < _FEWEST * rows:
        return count
    both = {"number": numbers, "event": event.astype(float)}
    by_chain = {name: (("chain", "draw"), each.reshape(rows, -1)) for name, each in both.items()}
    sizes = effective_sample_size(xr.Dataset(by_chain), "bulk")
    return int(min(count, *(float(sizes[name]) for name in both)))


_stats: Any = arviz_stats

_TAIL = 0.05, 0.95


# Above it the mean of importance weights converges too slowly to be believed (Timonen et al. 2023; Vehtari et
# al. 2024, Journal of Machine Learning Research 25(72), https://jmlr.org/papers/v25/19-556.html).
MAX_PARETO_K = 0.7


# A Pareto tail is fitted to a fifth of few draws, and to no fewer than five.
_FEWEST_DRAWS = 25


def rhat(sampled: xr.Dataset) -> xr.Dataset:
    """Rank-normalised split R-hat of each element."""
    return _dataset(_stats.rhat, sampled)


def nested_rhat(sampled: xr.Dataset, superchain: np.ndarray) -> xr.Dataset:
    """Rank-normalised nested R-hat of each element; ``superchain`` gives the group of every chain.

    References
    ----------
    Margossian et al. 2024, Bayesian Analysis, doi 10.1214/24-BA1453.
    """
    return _dataset(_stats.rhat_nested, sampled, superchain_ids=superchain.astype(int))


def effective_sample_size(sampled: xr.Dataset, method: Literal["bulk", "tail"]) -> xr.Dataset:
    """Effective sample size of each element.

    In the tail it is the smaller one of the 5 % and the 95 % quantile (Vehtari et al. 2021, Bayesian
    Analysis, doi 10.1214/20-BA1221), as in Stan and in posterior for R. Left to arviz, the quantiles would
    follow a setting of its user.
    """
    prob = {"prob": _TAIL} if method == "tail" else {}
    return _dataset(_stats.ess, sampled, method=method, **prob)


def energy_fraction(energy: xr.DataArray) -> np.ndarray:
    """Energy-based Bayesian fraction of missing information of each chain."""
    fractions = _dataset(_stats.bfmi, xr.Dataset({"energy": energy}))
    return np.asarray(fractions["energy"].values)


def pareto_smoothed(
    log_ratio: Float[np.ndarray, " draws"],
) -> tuple[Float[np.ndarray, " draws"], float]:
    """Importance weights of sum 1 with a smoothed tail, and its Pareto k.

    Where no tail can be fitted, to fewer than 25 draws or to equal ones, k is NaN and nothing is smoothed.
    """
    plain: Float[np.ndarray, " draws"] = np.exp(log_ratio - np.max(log_ratio))
    plain = plain / plain.sum()
    if len(log_ratio) < _FEWEST_DRAWS:
        return plain, float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            # It takes log likelihoods of what is left out, which are minus the log ratios.
            log_weight, pareto_k = _stats.base.array_stats.psislw(-log_ratio)
        except ValueError:  # all of the tail is the same
            return plain, float("nan")
    return np.exp(log_weight), float(pareto_k)


def _dataset(statistic: Callable[..., xr.Dataset], draws: xr.Dataset, **options: Any) -> xr.Dataset:
    # A chain that stands still, or has one draw, makes 0/0: the NaN is what the caller looks for.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return statistic(draws, **options)
