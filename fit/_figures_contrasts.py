"""Figures of combinations and of magnesium."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ._figure import BLACK, BLUE, CYCLE, GREEN, VERMILION, figure, plain


def combinations_figure(combinations: pd.DataFrame) -> Figure:
    """Combinations beside what their drugs add up to, and the best of them."""
    last = combinations[combinations["week"] == combinations.groupby("regimen")["week"].transform("max")]
    drawn = figure(
        "Combinations: difference from no drug, beside the sum of their drugs and the best single drug",
        width_inches=9.5,
        height_inches=2.0 + 0.5 * len(last),
    )
    axes = plain(drawn.subplots())
    for place, row in enumerate(last.to_dict("records")):
        axes.hlines(place, row["low_95"], row["high_95"], color=BLUE, linewidth=1.4)
        axes.hlines(place, row["low_50"], row["high_50"], color=BLUE, linewidth=4.5)
        axes.plot(row["median"], place, "o", color=BLUE, markeredgecolor="white", markersize=7)
        axes.plot(row["additive_median"], place + 0.22, "D", color=VERMILION, markersize=5)
        axes.plot(row["best_single_median"], place - 0.22, "s", color=GREEN, markersize=5)
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    names = [
        f"{row['regimen']}\nP(more than additive) {row['versus_additive_probability_below_zero']:.2f}, "
        f"P(more than best) {row['versus_best_probability_below_zero']:.2f}"
        for row in last.to_dict("records")
    ]
    axes.set_yticks(np.arange(len(last)), names, fontsize=8)
    axes.set_ylim(len(last) - 0.5, -0.5)
    axes.set_xlabel("NRS points; negative = less pain", fontsize=9)
    marks = [
        Line2D([], [], color=colour, marker=marker, linestyle="")
        for colour, marker in ((BLUE, "o"), (VERMILION, "D"), (GREEN, "s"))
    ]
    names = ["combination (50 and 95 %)", "sum of its drugs (median)", "best single drug (median)"]
    axes.legend(
        marks, names, fontsize=8, ncols=3, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0)
    )
    return drawn


def magnesium_figure(courses: pd.DataFrame) -> Figure:
    """Serum and CSF magnesium, posterior median and 95 % band, one line for each course that differs."""
    drawn = figure("Magnesium: posterior median and 95 % band", width_inches=9.5, height_inches=4.2)
    axes_of = dict(zip(("serum_magnesium", "csf_magnesium"), drawn.subplots(1, 2), strict=True))
    for quantity, axes in axes_of.items():
        plain(axes).set_title(quantity.replace("_", " ").replace("csf", "CSF"), fontsize=10)
        axes.set_xlabel("week", fontsize=9)
        axes.set_ylabel("mmol/L", fontsize=9)
        seen: list[np.ndarray] = []
        for name, part in courses[courses["quantity"] == quantity].groupby("regimen", sort=False):
            median = part["median"].to_numpy()
            if any(len(median) == len(other) and np.allclose(median, other, atol=1e-6) for other in seen):
                continue
            colour = CYCLE[len(seen) % len(CYCLE)]
            seen.append(median)
            axes.plot(part["week"], median, color=colour, label=str(name), linewidth=1.4)
            axes.fill_between(
                part["week"], part["low_95"], part["high_95"], color=colour, alpha=0.2, linewidth=0
            )
    axes_of["serum_magnesium"].legend(fontsize=7, frameon=False)
    return drawn
