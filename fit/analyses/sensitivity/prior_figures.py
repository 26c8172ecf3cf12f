"""Figures of what the posterior owes to its prior."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from windup.fit.analyses.sensitivity.power_scaling import SENSITIVE
from windup.fit.display.figure import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, figure, plain


def power_scaling_figure(table: pd.DataFrame, parts: tuple[tuple[str, str], ...], rows: int) -> Figure:
    """Sensitivity of the first ``rows`` quantities to each part, with the range over single chains."""
    kept = table.iloc[:rows]
    drawn = figure(
        "Power-scaling: how far results move when a part counts more or less",
        width_inches=9.0,
        height_inches=2.2 + 0.36 * len(kept),
    )
    axes = plain(drawn.subplots())
    for number, ((part, label), colour) in enumerate(
        zip(parts, (VERMILION, ORANGE, BLUE, GREY), strict=True)
    ):
        place = np.arange(len(kept)) + 0.17 * (number - 1.5)
        if f"{part}_low" in kept:
            axes.hlines(place, kept[f"{part}_low"], kept[f"{part}_high"], color=colour, linewidth=1.0)
        shown = kept.get(f"{part}_corrected", kept[part])
        axes.plot(shown, place, "o", color=colour, markersize=5, markeredgecolor="white", label=label)
    axes.axvline(SENSITIVE, color=BLACK, linewidth=0.8, linestyle=":")
    axes.set_yticks(np.arange(len(kept)), kept["quantity"], fontsize=9)
    axes.set_ylim(len(kept) - 0.5, -0.5)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("sensitivity (dotted: 0.05, a part matters)\nlines: single chains, with their noise")
    axes.legend(fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, frameon=False)
    return drawn


def refit_figure(table: pd.DataFrame, column: str) -> Figure:
    """Medians and 95 % intervals of every result, by what was changed (``column``)."""
    quantities, labels = (list(dict.fromkeys(table[name])) for name in ("quantity", column))
    widths = column == "prior_width_factor"
    drawn = figure(
        "Results with prior widths of the mechanism halved and doubled"
        if widths
        else "Results without each block of the likelihood",
        width_inches=9.0,
        height_inches=2.2 + 0.13 * len(labels) * len(quantities),
    )
    axes = plain(drawn.subplots())
    handles = []
    step = 0.66 / len(labels)
    colours = (BLACK, ORANGE, BLUE, VERMILION, GREEN, GREY)
    for number, (label, colour) in enumerate(zip(labels, colours, strict=False)):
        part = table[table[column] == label].set_index("quantity").reindex(quantities)
        place = np.arange(len(quantities)) + step * (number - (len(labels) - 1) / 2)
        axes.hlines(place, part["low_95"], part["high_95"], color=colour, linewidth=1.3)
        axes.plot(part["median"], place, "o", color=colour, markeredgecolor="white")
        shown = f"prior widths × {label:g}" if widths else f"without {label}"
        handles.append(Line2D([], [], color=colour, marker="o", label=shown))
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    axes.set_yticks(np.arange(len(quantities)), quantities, fontsize=9)
    axes.set_ylim(len(quantities) - 0.5, -0.5)
    axes.set_xlabel("NRS points at 12 weeks, or gain; 95 % intervals")
    axes.legend(
        handles=handles, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False
    )
    return drawn
