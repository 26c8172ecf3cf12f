"""SDs between patients at visits: what trials print, beside what an arm of people is expected to show."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float, Int

from windup.fit.diagnostics.predictive.coverage import coverage, with_prediction
from windup.fit.storage.tree import flat, group

VISIT_SPREADS: Final = "visit_spreads"
"""Group of a run with SDs between patients at visits; only where the patients of an arm are people."""

PLACEBO: Final = "placebo"
"""Drugs of an arm without any, in the tables of a run."""


def visit_spreads(tree: xr.DataTree) -> pd.DataFrame:
    """Each printed SD between patients at a visit, with its posterior predictive distribution.

    Parameters
    ----------
    tree
        Run with the group ``visit_spreads``.

    Returns
    -------
    pandas.DataFrame
        ``study``, ``arm``, ``week``, ``condition``, ``drugs``, ``n`` (patients), ``observed`` (points of
        0-10), and the columns of `windup.fit.diagnostics.predictive.coverage.with_prediction`. Empty in a
        run of one patient for each arm, and of earlier versions.
    """
    if VISIT_SPREADS not in tree.children:
        return pd.DataFrame()
    known = group(tree, VISIT_SPREADS)
    names = [name for name, variable in known.data_vars.items() if variable.dims == ("spread",)]
    table = pd.DataFrame({str(name): known[name].values for name in names if name != "observed"})
    return with_prediction(table, known["observed"].values, flat(known["replicated"]).values)


def spread_findings(tree: xr.DataTree, table: pd.DataFrame) -> dict[str, Any] | None:
    r"""How well people explain the SDs that trials print; None where no SD is predicted.

    Parameters
    ----------
    tree
        Run.
    table
        From `visit_spreads`.

    Returns
    -------
    dict or None
        ``rows``; ``coverage_50``, ``coverage_80``, ``coverage_95``, the shares of printed SDs inside their
        central interval; and two ratios of SDs, as geometric means over ``pairs``:
        ``treated_to_control``, at the same visit of a trial, and ``later_to_baseline``, in the same arm. Each
        has ``observed``, and ``predicted`` (median), ``low_95`` and ``high_95`` of replicates

        .. math:: \exp\Big(\frac{1}{m} \sum_{k=1}^{m} \log \frac{s_k}{s'_k}\Big).

        A ratio above 1 says that patients differ more under treatment: drugs that help some and not others,
        or people who leave a branch of pain. Empty where there is no pair.
    """
    if table.empty:
        return None
    known = group(tree, VISIT_SPREADS)
    replicated = np.log(flat(known["replicated"]).values)
    printed = np.log(table["observed"].to_numpy(float))
    pairs = {
        "treated_to_control": _treated_and_control(table),
        "later_to_baseline": _later_and_baseline(table),
    }
    return {
        "rows": len(table),
        **{f"coverage_{level}": share for level, share in coverage(table).items()},
        **{name: _ratio(printed, replicated, each) for name, each in pairs.items()},
    }


def _ratio(
    printed: Float[np.ndarray, " spreads"],
    replicated: Float[np.ndarray, "draws spreads"],
    pairs: Int[np.ndarray, "pairs 2"],
) -> dict[str, float]:
    if not len(pairs):
        return {}

    def mean(log_sd: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp((log_sd[..., pairs[:, 0]] - log_sd[..., pairs[:, 1]]).mean(axis=-1)))

    predicted = mean(replicated)
    low, middle, high = np.quantile(predicted, (0.025, 0.5, 0.975))
    ends = {"predicted": float(middle), "low_95": float(low), "high_95": float(high)}
    return {"pairs": len(pairs), "observed": float(mean(printed)), **ends}


def _treated_and_control(table: pd.DataFrame) -> Int[np.ndarray, "pairs 2"]:
    """Every arm with a drug, and the first one without at the same visit after the start."""
    later = table[table["week"] > 0.0]
    controls = later[later["drugs"] == PLACEBO].drop_duplicates(["study", "week"])
    place = dict(zip(zip(controls["study"], controls["week"], strict=True), controls.index, strict=True))
    treated = later[later["drugs"] != PLACEBO]
    found = [
        (index, place[study, week])
        for index, study, week in zip(treated.index, treated["study"], treated["week"], strict=True)
        if (study, week) in place
    ]
    return np.array(found, int).reshape(-1, 2)


def _later_and_baseline(table: pd.DataFrame) -> Int[np.ndarray, "pairs 2"]:
    """Every visit after the start, and the last one of the same arm before it."""
    before = (
        table[table["week"] <= 0.0]
        .sort_values("week", kind="stable")
        .drop_duplicates(["study", "arm"], keep="last")
    )
    place = dict(zip(zip(before["study"], before["arm"], strict=True), before.index, strict=True))
    later = table[table["week"] > 0.0]
    found = [
        (index, place[study, arm])
        for index, study, arm in zip(later.index, later["study"], later["arm"], strict=True)
        if (study, arm) in place
    ]
    return np.array(found, int).reshape(-1, 2)
