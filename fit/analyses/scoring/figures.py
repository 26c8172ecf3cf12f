"""The figure of a score: what was observed against what was predicted, and how often intervals held it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from windup.fit.display.figure import BLACK, BLUE, GREY, VERMILION, figure, plain
from windup.fit.display.format import LEVELS

_PAIN = ("mean", "change", "contrast")


def score_figure(rows: pd.DataFrame, baseline: pd.DataFrame) -> Figure:
    """Observed against predicted in points, and coverage by level, for the run and the baseline."""
    drawn = figure("Rows that were predicted", width_inches=10.0, height_inches=4.8)
    left, right = drawn.subplots(1, 2, width_ratios=[1.4, 1.0])
    _predicted(plain(left), rows[rows["kind"].isin(_PAIN)])
    _coverage(plain(right), rows, baseline)
    return drawn


def _predicted(axes: Axes, rows: pd.DataFrame) -> None:
    for covered, colour, label in ((True, BLUE, "inside 95 %"), (False, VERMILION, "outside 95 %")):
        mine = rows[rows["covered_95"] == covered]
        spread = np.abs(mine[["low_95", "high_95"]].to_numpy().T - mine["predicted"].to_numpy())
        axes.errorbar(
            mine["predicted"],
            mine["observed"],
            xerr=spread,
            fmt="o",
            markersize=3.0,
            elinewidth=0.4,
            alpha=0.7,
            color=colour,
            label=f"{label} ({len(mine)})",
        )
    if len(rows):
        ends = [rows[["predicted", "observed"]].min().min(), rows[["predicted", "observed"]].max().max()]
        axes.plot(ends, ends, color=BLACK, linewidth=0.8)
        axes.legend(fontsize=8, framealpha=0.8, edgecolor="none")
    axes.set_xlabel("predicted, with 95 % interval (points on the 0-10 scale)")
    axes.set_ylabel("observed (points)")


def _coverage(axes: Axes, rows: pd.DataFrame, baseline: pd.DataFrame) -> None:
    at = np.arange(len(LEVELS))
    for offset, table, colour, label in ((-0.15, rows, BLUE, "run"), (0.15, baseline, GREY, "baseline")):
        shares = [100.0 * table[f"covered_{level}"].mean() for level in LEVELS]
        axes.bar(at + offset, shares, width=0.28, color=colour, label=label)
    axes.scatter(at, LEVELS, marker="_", s=900, color=BLACK, zorder=3, label="nominal")
    axes.set_xticks(at, [f"{level} %" for level in LEVELS])
    axes.set_ylim(0.0, 105.0)
    axes.set_xlabel("interval")
    axes.set_ylabel("rows inside (%)")
    axes.legend(fontsize=8, framealpha=0.8, edgecolor="none", loc="lower right")
