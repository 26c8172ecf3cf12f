"""Figures of trust: observed against predicted rows, and the chains of the parameters that mix worst."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from windup.datasets import MAGNESIUM_KINDS, STANDARDISED_KIND
from windup.fit.design.arrays import SHARE_KINDS
from windup.fit.display.figure import BLACK, CYCLE, GREY, VERMILION, figure, plain
from windup.fit.display.labels import label
from windup.fit.display.text import drawn

# Panels of rows that share a unit; the columns of a figure would else mix points with percent.
_PANELS = {
    "pain, NRS points (level)": ("mean",),
    "pain, NRS points (change or difference)": ("change", "contrast"),
    "other instruments, tenths of the range (level)": ("instrument_mean",),
    "other instruments, tenths (change or difference)": ("instrument_change", "instrument_contrast"),
    "pain, SDs between patients (difference)": (STANDARDISED_KIND,),
    "percent change": ("percent_change",),
    "share of people": SHARE_KINDS,
    "magnesium, mmol/L": MAGNESIUM_KINDS,
}
# Characters of a line of a legend.
_LEGEND_WIDTH = 32
_TRACES = 4
_BINS = 20


def predictive_figure(rows: pd.DataFrame) -> Figure:
    """Observed against predicted rows, in a panel for each unit."""
    rest = tuple(sorted(set(rows["kind"]) - {kind for kinds in _PANELS.values() for kind in kinds}))
    panels = {
        name: rows[rows["kind"].isin(kinds)]
        for name, kinds in {**_PANELS, "other": rest}.items()
        if rows["kind"].isin(kinds).any()
    }
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    outside = int((~rows["covered_95"]).sum())
    shown = figure(
        f"{outside} of {len(rows)} fitted observations lie outside their 95 % prediction interval",
        width_inches=9.5,
        height_inches=1.6 + 3.6 * lines,
    )
    grid = shown.subplots(lines, columns, squeeze=False).ravel()
    for axes, (name, group) in zip(grid, panels.items(), strict=False):
        plain(axes)
        for (kind, part), colour in zip(group.groupby("kind"), CYCLE, strict=False):
            axes.hlines(
                part["observed"], part["low_95"], part["high_95"], color=colour, alpha=0.3, linewidth=0.8
            )
            shown_as = fill(label(str(kind)), _LEGEND_WIDTH)
            axes.plot(part["predicted"], part["observed"], "o", color=colour, markersize=3, label=shown_as)
        missed = group[~group["covered_95"]]
        axes.plot(missed["predicted"], missed["observed"], "o", color=BLACK, markersize=8, fillstyle="none")
        values = group[["observed", "predicted"]].to_numpy(dtype=float)
        low, high = np.nanmin(values), np.nanmax(values)
        margin = 0.06 * (high - low) or 0.1
        view = (low - margin, high + margin)
        axes.plot(view, view, color=GREY, linewidth=1.0)
        # The same limits on both axes: only then is the diagonal where prediction and observation agree.
        axes.set(xlim=view, ylim=view, box_aspect=1.0)
        axes.set_xlabel("predicted (median, 95 %)", fontsize=9)
        axes.set_ylabel("observed", fontsize=9)
        # In two lines, or titles of neighbours touch.
        axes.set_title(name.replace(" (", "\n("), fontsize=9)
        if group["kind"].nunique() > 1:
            # Below the panel, where it hides no observation.
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=8, frameon=False)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    counts = rows.loc[~rows["covered_95"], "study"].value_counts()
    ringed = ", ".join(f"{drawn(str(study))} ({count})" for study, count in counts.items())
    shown.supxlabel(
        "These observations were fitted: the figure shows misfit and not how new trials would be predicted. "
        f"Rings, outside their interval: {ringed or 'none'}."
    )
    return shown


def mixing_figure(draws: dict[str, xr.DataArray]) -> Figure:
    """Traces and rank histograms of the parameters that mix worst.

    Flat histograms mean that every chain visits the whole posterior (Vehtari et al. 2021,
    doi 10.1214/20-BA1221).
    """
    shown = figure(
        "The parameters that mix worst: traces, and ranks within all chains (flat is good)",
        width_inches=10.0,
        height_inches=1.2 + 1.9 * len(draws),
    )
    grid = shown.subplots(len(draws), 2, squeeze=False, width_ratios=(3, 2))
    for (trace, histogram), (parameter, variable) in zip(grid, draws.items(), strict=True):
        values = variable.transpose("chain", "draw").values
        ranks = np.argsort(np.argsort(values, axis=None)).reshape(values.shape)
        bins = [values.size * part / _BINS for part in range(_BINS + 1)]
        for number, (chain, order) in enumerate(zip(values, ranks, strict=True)):
            colour = CYCLE[number % len(CYCLE)]
            if number < _TRACES:
                plain(trace).plot(chain, color=colour, linewidth=0.5)
            plain(histogram).stairs(np.histogram(order, bins)[0], bins, baseline=None, color=colour)
        histogram.axhline(values.shape[1] / _BINS, color=VERMILION, linewidth=0.8, linestyle=":")
        trace.set_title(drawn(parameter, 70), fontsize=9, loc="left")
        histogram.set_ylim(bottom=0.0)
        histogram.set_yticks([])
    grid[-1][0].set_xlabel(f"draw (at most {_TRACES} chains shown)")
    grid[-1][1].set_xlabel("rank")
    return shown
