"""The mixing diagnostics of arviz-stats, which has no type hints, behind typed functions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal

import arviz_stats
import numpy as np
import xarray as xr

_stats: Any = arviz_stats


def rhat(sampled: xr.Dataset) -> xr.Dataset:
    """Rank-normalised split R-hat of each element."""
    return _dataset(_stats.rhat, sampled)


def effective_sample_size(sampled: xr.Dataset, method: Literal["bulk", "tail"]) -> xr.Dataset:
    """Effective sample size of each element."""
    return _dataset(_stats.ess, sampled, method=method)


def energy_fraction(energy: xr.DataArray) -> np.ndarray:
    """Energy-based Bayesian fraction of missing information of each chain."""
    found = _dataset(_stats.bfmi, xr.Dataset({"energy": energy}))
    return np.asarray(found["energy"].values)


def _dataset(statistic: Callable[..., xr.Dataset], draws: xr.Dataset, **options: str) -> xr.Dataset:
    # A chain that stands still, or has one draw, makes 0/0: the NaN is what the caller looks for.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return statistic(draws, **options)
