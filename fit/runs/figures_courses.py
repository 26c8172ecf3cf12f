"""Pain over time in the trials with most visits: what was measured and what the model expects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from windup.fit.diagnostics.informative_studies import informative_studies
from windup.fit.display.figure import CYCLE, figure, plain
from windup.fit.display.labels import Labels
from windup.fit.display.text import drawn

_AXIS = {"mean": "pain, NRS 0-10", "change": "change in pain, NRS points"}
# Ten points each, so that a point is as long in all panels.
_LIMITS = {"mean": (0.0, 10.0), "change": (-7.0, 3.0)}


def courses_figure(rows: pd.DataFrame, courses: pd.DataFrame, labels: Labels) -> Figure | None:
    """Pain courses by arm, or None when no study compares treatments at three visits or more.

    Studies are chosen by their number of visits, before any look at how well they fit.

    Parameters
    ----------
    rows
        From `windup.fit.diagnostics.predictive.coverage.predictive_rows`.
    courses
        Courses of the model on a fine grid of weeks (`windup.fit.posterior.study_courses`); where a study has
        none, as in quick runs, its observations are drawn alone.
    labels
        Of the catalogue of the run.
    """
    chosen = informative_studies(rows)
    if not chosen:
        return None
    columns = min(3, len(chosen))
    lines = -(-len(chosen) // columns)
    shown = figure(_title(rows, chosen), width_inches=9.5, height_inches=2.2 + 2.9 * lines)
    grid = shown.subplots(lines, columns, squeeze=False).ravel()
    for axes, (study, kind) in zip(grid, chosen, strict=False):
        part = rows[(rows["study"] == study) & (rows["kind"] == kind)]
        mine = courses[(courses["study"] == study) & (courses["kind"] == kind)] if len(courses) else courses
        _panel(plain(axes), part, mine)
        patients = part.groupby("arm")["n"].max().sum()
        size = f", n = {patients:,.0f}" if np.isfinite(patients) and patients > 0 else ""
        name = drawn(str(mine["citation"].iloc[0]) if len(mine) else study.replace("_", " "), 34)
        axes.set_title(f"{name}\n{drawn(labels.of(str(part['condition'].iloc[0])))}{size}", fontsize=9)
        axes.set_ylabel(_AXIS[kind], fontsize=8.5)
        axes.set_ylim(*_LIMITS[kind])
        axes.tick_params(labelsize=8.5)
    for axes in grid[len(chosen) :]:
        axes.set_visible(False)
    shown.supxlabel(
        "Weeks. The comparisons with most visits, not those that fit best. Points: means with 95 % "
        f"confidence intervals (hollow: standard error not reported). {_LINES if len(courses) else _NO_LINES}"
    )
    return shown


_LINES = (
    "Lines and bands: median course given the study's own results and 95 % prediction interval of an arm "
    "mean."
)
_NO_LINES = "Courses between visits are not computed for quick and interrupted runs."


def _title(rows: pd.DataFrame, chosen: list[tuple[str, str]]) -> str:
    inside = pd.concat([rows[(rows["study"] == study) & (rows["kind"] == kind)] for study, kind in chosen])
    count = f"{inside['covered_95'].sum()} of {len(inside)} means of {len(chosen)} studies"
    return f"{count} lie in their 95 % prediction interval"


def _panel(axes: Axes, part: pd.DataFrame, courses: pd.DataFrame) -> None:
    arms = part.groupby("arm", sort=True)
    span = float(part["week"].max() - part["week"].min())
    for number, (arm, visits) in enumerate(arms):
        colour = CYCLE[number % len(CYCLE)]
        mine = courses[courses["arm"] == arm] if len(courses) else courses
        if len(mine):
            week = mine["week"].to_numpy(float)
            low, high = mine["new_low_95"].to_numpy(float), mine["new_high_95"].to_numpy(float)
            axes.fill_between(week, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(week, mine["median"], color=colour, linewidth=1.4)
        week = visits["week"].to_numpy(dtype=float)
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
            markersize=4,
            linewidth=1.0,
            color=colour,
            label=drawn(str(arm).replace("_", " "), 24),
        )
        axes.plot(beside[~known], observed[~known], "o", markersize=4, fillstyle="none", color=colour)
    axes.legend(fontsize=8, framealpha=0.8, edgecolor="none")
