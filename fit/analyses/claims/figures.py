"""Figures of claims: probabilities before and after the data, and the numbers that decide them."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from windup.fit.analyses.claims.verdict import BUILT_IN, CONTRADICTED, MOSTLY_PRIOR, SUPPORTED, UNDECIDED
from windup.fit.display.figure import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, figure, plain
from windup.fit.storage.tree import group

_COLOURS = {
    SUPPORTED: GREEN,
    CONTRADICTED: VERMILION,
    UNDECIDED: BLUE,
    MOSTLY_PRIOR: ORANGE,
    BUILT_IN: GREY,
}
_COLUMNS = 6


def claims_figures(table: pd.DataFrame, tree: xr.DataTree) -> dict[str, Figure]:
    """Each figure by the name of its file."""
    return {"claims": claims_figure(table), "numbers": numbers_figure(table, tree)}


def claims_figure(table: pd.DataFrame) -> Figure:
    """Probability of each claim before (hollow) and after (full) the trials."""
    order = {word: place for place, word in enumerate(_COLOURS)}
    ranked = table.assign(order=table["verdict"].map(order))
    shown = ranked.sort_values(["order", "posterior_probability"], kind="stable", ignore_index=True)
    drawn = figure(
        "Probability of each claim: before the trials (hollow), if states last (bar), and after them (full)",
        width_inches=9.5,
        height_inches=1.8 + 0.235 * len(shown),
    )
    axes = plain(drawn.subplots())
    for place, row in enumerate(shown.to_dict("records")):
        colour = _COLOURS[row["verdict"]]
        before, after = row["prior_probability"], row["posterior_probability"]
        axes.hlines(place, min(before, after), max(before, after), color=colour, linewidth=1.2)
        axes.plot(row["lasting_prior_probability"], place, "|", color=colour, markersize=9)
        axes.plot(before, place, "o", color=colour, markerfacecolor="white", markersize=5)
        axes.plot(after, place, "o", color=colour, markersize=6)
    axes.set_yticks(np.arange(len(shown)), shown["claim"], fontsize=8)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.axvline(0.5, color=BLACK, linewidth=0.4, linestyle=":")
    axes.set_xlabel("probability", fontsize=9)
    lines = [Line2D([], [], color=colour, marker="o") for colour in _COLOURS.values()]
    axes.legend(
        lines,
        list(_COLOURS),
        fontsize=8,
        ncols=5,
        frameon=False,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
    )
    return drawn


def numbers_figure(table: pd.DataFrame, tree: xr.DataTree) -> Figure:
    """Number that decides each claim: density of prior and posterior, and the side on which it holds."""
    after, before = (group(tree, name)["number"] for name in ("posterior", "prior"))
    lines = -(-len(table) // _COLUMNS)
    drawn = figure(
        "The number that decides each claim: prior (grey), posterior (coloured); the claim holds "
        "where shaded",
        width_inches=14.0,
        height_inches=1.4 + 1.65 * lines,
    )
    grid = list(np.asarray(drawn.subplots(lines, _COLUMNS, squeeze=False)).ravel())
    for axes, row in zip(grid, table.to_dict("records"), strict=False):
        name = row["claim"]
        _density(plain(axes), row, before.sel(claim=name).values, after.sel(claim=name).values)
        axes.set_title(textwrap.fill(str(name), 36), fontsize=7)
        axes.set_xlabel(str(row["unit"]), fontsize=7, labelpad=1)
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    for axes in grid[len(table) :]:
        axes.set_visible(False)
    return drawn


def _density(axes: Axes, row: Mapping[Hashable, Any], prior: np.ndarray, posterior: np.ndarray) -> None:
    limit = float(row["limit"])
    before, after = prior[np.isfinite(prior)], posterior[np.isfinite(posterior)]
    # The prior may be many times wider: the view is that of the posterior, of the limit, and some of it.
    centre = [*np.quantile(after, (0.005, 0.995)), limit, *np.quantile(before, (0.25, 0.75))]
    low, high = min(centre), max(centre)
    margin = 0.15 * (high - low) or 0.1 * max(abs(low), 1e-3)
    view = (low - margin, high + margin)
    bins = np.linspace(*view, 40)
    colour = _COLOURS[str(row["verdict"])]
    for draws, kind, alpha in ((before, GREY, 0.45), (after, colour, 0.7)):
        heights = np.histogram(draws, bins)[0] / max(len(draws), 1)
        axes.stairs(heights / max(heights.max(), 1e-12), bins, fill=True, color=kind, alpha=alpha)
    holding = (view[0], limit) if row["sense"] == "below" else (limit, view[1])
    axes.axvspan(*holding, color=BLACK, alpha=0.06, linewidth=0)
    axes.axvline(limit, color=BLACK, linewidth=0.8)
    axes.set_xlim(*view)
