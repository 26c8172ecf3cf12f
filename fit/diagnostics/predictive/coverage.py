"""How well replicated data match the observed rows: interval coverage, and the studies that fit worst."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from windup.fit.display.format import LEVELS
from windup.fit.storage.tree import flat, group


def predictive_rows(tree: xr.DataTree) -> pd.DataFrame:
    """Each observed row with its posterior predictive distribution.

    A row counts as covered when the observed value lies in the central interval, its limits included:
    shares of responders come in steps, so their coverage leans to the high side. A row whose replicates
    are not finite is never covered. The replicates know the row's own study, so this checks the fit to
    these data and says nothing of studies not yet seen.

    Parameters
    ----------
    tree
        Run with the groups ``posterior_predictive``, ``observed_data`` and ``constant_data``.

    Returns
    -------
    pandas.DataFrame
        The columns of ``constant_data`` and ``observed``, ``predicted`` (median), ``low_L`` and
        ``high_L`` (in the row's own unit) and ``covered_L`` for each level L in percent, and ``residual``
        (distance from the predictive mean in predictive standard deviations).
    """
    draws = flat(group(tree, "posterior_predictive")["estimate"]).values
    constants = group(tree, "constant_data")
    table = pd.DataFrame({str(name): constants[name].values for name in constants.data_vars})
    return with_prediction(table, group(tree, "observed_data")["estimate"].values, draws)


def with_prediction(
    table: pd.DataFrame, observed: Float[np.ndarray, " rows"], draws: Float[np.ndarray, "draws rows"]
) -> pd.DataFrame:
    """A table with what was observed, and the predictive distribution of its lines (`predictive_rows`).

    Parameters
    ----------
    table
        A line for each number observed.
    observed
        Of the lines, in their own unit.
    draws
        Replicates of them.
    """
    table = table.assign(observed=observed)
    usable = np.isfinite(draws).all(axis=0)
    finite = np.where(usable, draws, 0.0)
    table["predicted"] = np.where(usable, np.median(finite, axis=0), np.nan)
    for level in LEVELS:
        tail = (1.0 - level / 100.0) / 2.0
        low, high = np.quantile(finite, (tail, 1.0 - tail), axis=0)
        table[f"low_{level}"] = np.where(usable, low, np.nan)
        table[f"high_{level}"] = np.where(usable, high, np.nan)
        table[f"covered_{level}"] = usable & (low <= observed) & (observed <= high)
    spread = finite.std(axis=0)
    known = usable & (spread > 0)
    distance = (observed - finite.mean(axis=0)) / np.where(known, spread, 1.0)
    table["residual"] = np.where(known, distance, np.nan)
    return table


def coverage(rows: pd.DataFrame) -> dict[int, float]:
    """Share of rows inside their interval, for each level in percent."""
    return {level: float(rows[f"covered_{level}"].mean()) for level in LEVELS}


def coverage_by(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Coverage and residuals by the values of a column, worst first.

    Parameters
    ----------
    rows
        From `predictive_rows`.
    column
        ``"study"`` or ``"kind"``.

    Returns
    -------
    pandas.DataFrame
        ``rows``, ``covered_50``, ``covered_80``, ``covered_95`` (shares), ``rows_outside_95`` and
        ``root_mean_square_residual`` (near 1 when replicates and data spread alike, above when the
        data lie further out). A group with a row that could not be predicted stands first, as NaN.
    """
    work = rows.assign(_square=rows["residual"] ** 2)
    groups = work.groupby(column, sort=True)
    table = pd.DataFrame({"rows": groups.size()})
    for level in LEVELS:
        table[f"covered_{level}"] = groups[f"covered_{level}"].mean()
    table["rows_outside_95"] = table["rows"] - groups["covered_95"].sum()
    table["root_mean_square_residual"] = np.sqrt(groups["_square"].mean(skipna=False))
    ordered = table.sort_values(
        ["root_mean_square_residual", "rows_outside_95"],
        ascending=False,
        kind="stable",
        na_position="first",
    )
    return ordered.reset_index()
