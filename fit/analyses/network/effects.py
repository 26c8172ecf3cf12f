"""Tables of what a network meta-analysis found: effects, spreads and slopes."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from windup.fit.analyses.network.linear_model import Mixed
from windup.fit.analyses.network.mixtures import below_of, quantiles_of
from windup.fit.design.measured.network import PLACEBO

_LIMITS: Final = (0.025, 0.5, 0.975)


def effects_of(found: Mixed, treatments: list[str], contrasts: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Effects of all treatments, the most relief first."""
    connected = _connected(contrasts, reference)
    rows = []
    for number, name in enumerate(treatments):
        mean = found.mean[:, number]
        variance = found.covariance[:, number, number]
        mine = contrasts[(contrasts["treatment"] == name) | (contrasts["base"] == name)]
        low, median, high = quantiles_of(_LIMITS, found.weight, mean, np.sqrt(variance))
        new = np.sqrt(variance + found.between_studies**2)
        new_low, new_high = quantiles_of((_LIMITS[0], _LIMITS[2]), found.weight, mean, new)
        relief, point = below_of(np.array([0.0, -1.0]), found.weight, mean, np.sqrt(variance))
        rows.append(
            {
                "treatment": name,
                "trials": int(mine["study"].nunique()),
                "placebo_trials": int(mine.loc[mine["base"] == PLACEBO, "study"].nunique()),
                "n": float(mine["n"].sum(min_count=1)),
                "median": median,
                "low_95": low,
                "high_95": high,
                "new_low_95": new_low,
                "new_high_95": new_high,
                "p_relief": float(relief),
                "p_one_point": float(point),
                "connected": name in connected,
            }
        )
    return pd.DataFrame(rows).sort_values("median", kind="stable", ignore_index=True)


def _connected(contrasts: pd.DataFrame, reference: str) -> set[str]:
    """Treatments that a chain of trials joins with the reference."""
    reached = {reference}
    while True:
        inside = contrasts["treatment"].isin(reached) | contrasts["base"].isin(reached)
        more = {*contrasts.loc[inside, "treatment"], *contrasts.loc[inside, "base"]} | reached
        if more == reached:
            return reached
        reached = more


def spreads_of(found: Mixed, *, related: bool) -> pd.DataFrame:
    """SD between studies, and between treatments where their effects are related."""
    shares = found.weight.reshape(len(found.tau_edges) - 1, len(found.omega_edges) - 1)
    named = {"tau": (found.tau_edges, shares.sum(axis=1))}
    if related:
        named["omega"] = (found.omega_edges, shares.sum(axis=0))
    rows = []
    for name, (edges, share) in named.items():
        below = np.concatenate([[0.0], np.cumsum(share)])
        low, median, high = np.interp(_LIMITS, below, edges)
        rows.append({"name": name, "median": median, "low_95": low, "high_95": high})
    return pd.DataFrame(rows)


def slopes_of(found: Mixed, centre: pd.DataFrame, first: int) -> pd.DataFrame:
    """Slopes of covariates, whose coefficients begin at ``first``."""
    columns = ["covariate", "mean", "sd", "median", "low_95", "high_95", "p_negative"]
    rows = []
    for number, name in enumerate(centre, start=first):
        unit = float(centre[name].std())
        mean, sd = found.mean[:, number] / unit, np.sqrt(found.covariance[:, number, number]) / unit
        low, median, high = quantiles_of(_LIMITS, found.weight, mean, sd)
        rows.append(
            {
                "covariate": str(name),
                "mean": float(centre[name].mean()),
                "sd": float(centre[name].std()),
                "median": median,
                "low_95": low,
                "high_95": high,
                "p_negative": float(below_of(np.zeros(1), found.weight, mean, sd)[0]),
            }
        )
    return pd.DataFrame(rows, columns=columns)
