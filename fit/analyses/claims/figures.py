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

from windup.fit.analyses.claims.verdict import (
    BUILT_IN,
    CONTRADICTED,
    FIXED,
    MOSTLY_PRIOR,
    SUPPORTED,
    UNDECIDED,
)
from windup.fit.display.figure import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, figure, plain
from windup.fit.display.format import probability
from windup.fit.storage.tree import group

_COLOURS = {
    SUPPORTED: GREEN,
    CONTRADICTED: VERMILION,
    UNDECIDED: BLUE,
    MOSTLY_PRIOR: ORANGE,
    BUILT_IN: GREY,
    FIXED: GREY,
}
_COLUMNS = 6


def claims_figures(table: pd.DataFrame, tree: xr.DataTree) -> dict[str, Figure]:
    """Each figure by the name of its file."""
    return {"claims": claims_figure(table), "numbers": numbers_figure(table, tree)}


def claims_figure(table: pd.DataFrame) -> Figure:
    """Probability before and after the trials of the claims that these decided, and of the next in line."""
    words = table["verdict"].value_counts()
    counts = ", ".join(f"{words.get(word, 0)} {word}" for word in (SUPPORTED, CONTRADICTED, UNDECIDED))
    blocks = _blocks(_shown_claims(table))
    height = sum(len(block) + 0.9 for _, block in blocks)
    drawn = figure(f"Of {len(table)} claims {counts}", width_inches=9.5, height_inches=2.0 + 0.52 * height)
    axes = plain(drawn.subplots())
    place, ticks, sentences = 0.0, [], []
    for heading, block in blocks:
        axes.text(0.0, place, heading, fontsize=9, style="italic", va="center")
        place += 0.9
        for row in block.to_dict("records"):
            colour = _COLOURS[row["verdict"]]
            before, after = row["prior_probability"], row["posterior_probability"]
            axes.plot([before, after], [place, place], color=colour, linewidth=2.0)
            axes.plot(before, place, "o", color=colour, markerfacecolor="white", markersize=8)
            axes.plot(after, place, "o", color=colour, markersize=8)
            text = f"{probability(before)} → {probability(after)}"
            axes.text(1.03, place, text, transform=axes.get_yaxis_transform(), fontsize=8.5, va="center")
            ticks.append(place)
            sentences.append(textwrap.fill(str(row["sentence"]), 58))
            place += 1.0
    axes.set_yticks(ticks, sentences, fontsize=8.5)
    axes.set_ylim(place - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("probability: before (hollow) → after the trials (full)", fontsize=9)
    lines = [Line2D([], [], color=_COLOURS[word], marker="o") for word in _DECIDED]
    axes.legend(
        lines, _DECIDED, fontsize=8.5, ncols=3, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0)
    )
    prior = int(words.get(MOSTLY_PRIOR, 0)), int(words.get(BUILT_IN, 0))
    held = int(words.get(FIXED, 0))
    fixed = f", and {held} that rest on fixed values" if held else ""
    drawn.supxlabel(
        f"Supported and contradicted claims, and the undecided ones whose odds the trials moved most. Not "
        f"shown: {prior[0]} that are mostly prior and {prior[1]} that are built in{fixed} "
        "(claims.csv)."
    )
    return drawn


_DECIDED = (SUPPORTED, CONTRADICTED, UNDECIDED)
_MOST_CLAIMS = 15


def _shown_claims(table: pd.DataFrame) -> pd.DataFrame:
    """Decided claims, and undecided ones by how far the trials moved their odds."""
    moved = np.abs(np.log(table["bayes_factor"].fillna(1.0).to_numpy(float).clip(1e-12)))
    rank = table["verdict"].map({SUPPORTED: 0, CONTRADICTED: 1, UNDECIDED: 2})
    ordered = table.assign(rank=rank, moved=-moved).dropna(subset=["rank"])
    return ordered.sort_values(["rank", "moved"], kind="stable").head(_MOST_CLAIMS)


def _blocks(shown: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    together = shown["claim"].astype(str).str.contains(" + ", regex=False)
    alone = shown["decided_by"].astype(str).str.startswith("regimen") & ~together
    found = [
        ("Treatments", shown[alone]),
        ("Combinations", shown[together]),
        ("Mechanism", shown[~together & ~alone]),
    ]
    return [(name, block) for name, block in found if len(block)]


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
