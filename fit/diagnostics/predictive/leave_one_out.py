"""Leave-one-out predictive densities of arviz-stats, which has no type hints, behind typed functions."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Protocol

import arviz_stats
import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.diagnostics.mixing import MAX_PARETO_K
from windup.fit.storage.tree import flat

_stats: Any = arviz_stats


class Elpd(Protocol):
    """Expected log predictive density of things left out one at a time, as arviz-stats has it.

    Attributes
    ----------
    elpd_i, pareto_k
        Log predictive density of each, and the Pareto k of its importance weights.
    log_weights
        Smoothed log weights of every draw, by what is left out.
    good_k
        Largest Pareto k that this number of draws bears, at most 0.7.
    n_data_points
        How many were left out.
    """

    elpd_i: xr.DataArray
    pareto_k: xr.DataArray
    log_weights: xr.DataArray
    good_k: float
    n_data_points: int


def leave_one_out(log_density: xr.DataArray) -> Elpd:
    """Each of the last dimension left out by smoothed importance weights of the draws (PSIS-LOO).

    Chains count as one. Where a draw could not be solved, its density is no number, and the draw is not used.

    Parameters
    ----------
    log_density
        Of everything that is left out in turn, nats; dimensions ``chain``, ``draw`` and one more.

    References
    ----------
    Vehtari, Gelman, Gabry 2017, doi 10.1007/s11222-016-9696-4.
    """
    draws = flat(log_density).drop_vars(("chain", "draw"), errors="ignore")
    solved = draws[np.isfinite(draws.values).all(axis=1)].rename(sample="draw").expand_dims("chain")
    nothing = np.zeros((1, solved.sizes["draw"]))
    tree = xr.DataTree.from_dict(
        {
            "log_likelihood": xr.Dataset({"each": solved}),
            "posterior": xr.Dataset({"none": (("chain", "draw"), nothing)}),
        }
    )
    with warnings.catch_warnings():
        # Every k is in the tables, and pages count the large ones.
        warnings.simplefilter("ignore", UserWarning)
        elpd: Elpd = _stats.loo(tree, var_name="each", pointwise=True, reff=1.0)
    return elpd


def truly_left_out(log_density: xr.DataArray, *, error: float, draws: int) -> Elpd:
    """Log predictive densities by fits without what is predicted, in the form of those by weights.

    Parameters
    ----------
    log_density
        Log predictive density of each thing left out, nats.
    error
        Standard error of their sum.
    draws
        Draws of each fit.
    """
    elpd: Elpd = _stats.utils.ELPDData(
        elpd=float(log_density.sum()),
        se=error,
        p=float("nan"),
        n_samples=draws,
        n_data_points=log_density.size,
        scale="log",
        warning=False,
        good_k=MAX_PARETO_K,
        elpd_i=log_density,
        pareto_k=xr.zeros_like(log_density),
    )
    return elpd


def ranking(elpd_by_model: Mapping[str, Elpd]) -> pd.DataFrame:
    """Models from the highest log predictive density down, with their stacking ``weight``.

    References
    ----------
    Yao et al. 2018, doi 10.1214/17-BA1091.
    """
    table: pd.DataFrame = _stats.compare(dict(elpd_by_model), round_to="none")
    return table
