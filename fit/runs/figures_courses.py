"""Pain over time in the trials with most visits: what was measured and what the model expects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from windup.fit.display.figure import CYCLE, figure, plain
from windup.fit.display.text import drawn
from windup.fit.storage.tree import flat, group

SHOWN = 9
_AXIS = {"mean": "pain, NRS 0–10", "change": "change in pain, NRS points"}


def courses_figure(tree: xr.DataTree, rows: pd.DataFrame) -> Figure | None:
    """Pain courses by arm, or None when no study compares treatments at three visits or more.

    Studies are chosen by their number of visits, before any look at how well they fit.

    Parameters
    ----------
    tree
        Run with ``posterior_expected``.
    rows
        Its rows, from `predictive_rows`.
    """
    chosen = informative_studies(rows, SHOWN)
    if not chosen:
        return None
    expected = flat(group(tree, "posterior_expected")["estimate"]).values
    columns = min(3, len(chosen))
    lines = -(-len(chosen) // columns)
    shown = figure(
        f"Pain courses of the {len(chosen)} comparisons with most visits (not those that fit best): data "
        "± 1.96 standard errors (hollow: not reported) and 95 % band of the expected course",
        width_inches=4.4 * columns,
        height_inches=1.2 + 3.3 * lines,
    )
    grid = shown.subplots(lines, columns, squeeze=False).ravel()
    for axes, (study, kind) in zip(grid, chosen, strict=False):
        part = rows[(rows["study"] == study) & (rows["kind"] == kind)]
        _panel(plain(axes), part, expected)
        condition = part["condition"].iloc[0].replace("_", " ")
        axes.set_title(f"{drawn(study.replace('_', ' '))} ({condition})", fontsize=9)
        axes.set_ylabel(_AXIS[kind], fontsize=8)
        axes.set_xlabel("week", fontsize=8)
    for axes in grid[len(chosen) :]:
        axes.set_visible(False)
    return shown


def informative_studies(rows: pd.DataFrame, count: int) -> list[tuple[str, str]]:
    """Studies and the kind of their rows, those with most visits first.

    Each has three visits or more, and arms that received different treatments.
    """
    pain = rows[rows["kind"].isin(list(_AXIS))]
    if pain.empty:
        return []
    groups = pain.groupby(["study", "kind"])
    table = pd.DataFrame(
        {
            "visits": groups["week"].nunique(),
            "treatments": groups["drugs"].nunique(),
            "rows": groups.size(),
        }
    ).reset_index()
    table = table[(table["visits"] >= 3) & (table["treatments"] >= 2)]
    ordered = table.sort_values(["visits", "rows", "study"], ascending=[False, False, True])
    once = ordered.drop_duplicates("study").head(count)
    return list(zip(once["study"].astype(str), once["kind"].astype(str), strict=True))


def _panel(axes: Axes, part: pd.DataFrame, expected: np.ndarray) -> None:
    arms = part.groupby("arm", sort=True)
    span = float(part["week"].max() - part["week"].min())
    for number, (arm, visits) in enumerate(arms):
        colour = CYCLE[number % len(CYCLE)]
        visits = visits.sort_values("week")
        week = visits["week"].to_numpy(dtype=float)
        draws = expected[:, visits.index.to_numpy()]
        low, middle, high = np.nanquantile(draws, (0.025, 0.5, 0.975), axis=0)
        axes.fill_between(week, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(week, middle, color=colour, linewidth=1.0)
        error = visits["standard_error"].to_numpy(dtype=float)
        known = np.isfinite(error)
        observed = visits["observed"].to_numpy(dtype=float)
        # Error bars of several arms at one visit would hide each other.
        beside = week + 0.012 * span * (number - (len(arms) - 1) / 2)
        axes.errorbar(
            beside[known],
            observed[known],
            1.96 * error[known],
            fmt="o",
            markersize=3,
            linewidth=1.0,
            color=colour,
            label=drawn(str(arm).replace("_", " ")),
        )
        axes.plot(beside[~known], observed[~known], "o", markersize=4, fillstyle="none", color=colour)
    axes.legend(fontsize=7, framealpha=0.8, edgecolor="none")
