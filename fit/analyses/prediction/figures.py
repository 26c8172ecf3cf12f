"""Figures of predictions: differences, courses, doses, combinations and magnesium."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from windup.fit.diagnostics.effects import MINIMAL_IMPORTANT_POINTS
from windup.fit.display.figure import BLACK, BLUE, CYCLE, GREEN, GREY, ORANGE, VERMILION, figure, plain


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


_COLOURS = {"interpolation": BLUE, "extrapolation": ORANGE, "prior-driven": GREY}


_COLUMNS = 6


def prediction_figures(tables: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Each figure that there is something to show in, by the name of its file."""
    figures = {"effects": effects_figure(tables["effects"]), "courses": courses_figure(tables["courses"])}
    if not tables["doses"].empty:
        figures["doses"] = doses_figure(tables["doses"])
    if not tables["combinations"].empty:
        figures["combinations"] = combinations_figure(tables["combinations"])
    if tables["courses"]["quantity"].str.endswith("magnesium").any():
        figures["magnesium"] = magnesium_figure(tables["courses"])
    return figures


def effects_figure(effects: pd.DataFrame) -> Figure:
    """Forest of the differences at each regimen's last reported week."""
    last = effects[effects["week"] == effects.groupby("regimen")["week"].transform("max")]
    mean = last[last["study"] == "mean"]
    # Conditions with most regimens first.
    few = -mean["condition"].map(mean["condition"].value_counts())
    mean = mean.assign(few=few).sort_values(["few", "condition", "median"], ignore_index=True)
    new = last[last["study"] == "new"].set_index("regimen")
    drawn = figure(
        "Difference from no drug at the last reported week: posterior (50 and 95 %), new study and prior",
        width_inches=9.5,
        height_inches=2.0 + 0.34 * len(mean),
    )
    axes = plain(drawn.subplots())
    for place, row in enumerate(mean.to_dict("records")):
        colour, other = _COLOURS[row["basis"]], new.loc[row["regimen"]]
        axes.hlines(place + 0.28, row["prior_low_95"], row["prior_high_95"], color="#C0C0C0", linewidth=1.0)
        axes.hlines(place, other["low_95"], other["high_95"], color=colour, linewidth=0.8, linestyle=":")
        axes.hlines(place, row["low_95"], row["high_95"], color=colour, linewidth=1.4)
        axes.hlines(place, row["low_50"], row["high_50"], color=colour, linewidth=4.5)
        axes.plot(
            row["median"],
            place,
            "o",
            color=colour,
            markeredgecolor="white",
            markersize=5,
            markeredgewidth=0.5,
        )
    for number in np.flatnonzero(mean["condition"].to_numpy()[1:] != mean["condition"].to_numpy()[:-1]):
        axes.axhline(number + 0.5, color=BLACK, linewidth=0.5)
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    axes.axvline(-MINIMAL_IMPORTANT_POINTS, color=BLACK, linewidth=0.8, linestyle=":")
    usual = mean["week"].mode()[0]
    names = mean["regimen"].where(
        mean["week"] == usual, mean["regimen"] + " (week " + mean["week"].map("{:g}".format) + ")"
    )
    axes.set_yticks(np.arange(len(mean)), names, fontsize=8)
    axes.set_ylim(len(mean) - 0.4, -0.6)
    axes.set_xlim(1.1 * float(mean["low_95"].min()), 1.3 * max(float(last["high_95"].max()), 0.5))
    axes.set_xlabel(
        f"NRS points at week {usual:g}; negative = less pain (dotted line: one point)\n"
        "Intervals at the edge run on past it.",
        fontsize=9,
    )
    lines = [Line2D([], [], color=colour, linewidth=3) for colour in _COLOURS.values()]
    lines += [Line2D([], [], color=BLACK, linewidth=0.8, linestyle=":"), Line2D([], [], color="#C0C0C0")]
    axes.legend(
        lines,
        [*_COLOURS, "95 % of new studies", "prior, 95 %"],
        fontsize=8,
        ncols=5,
        frameon=False,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
    )
    return drawn


def courses_figure(courses: pd.DataFrame) -> Figure:
    """Pain courses of all regimens without the placebo course."""
    pain = courses[courses["quantity"] == "pain"]
    drawn, grid = _panels(
        "Pain without the placebo course: posterior 50 and 95 % bands; dashed: 95 % of the prior; "
        "black: no drug",
        list(dict.fromkeys(pain["regimen"])),
    )
    for axes, (name, part) in zip(grid, pain.groupby("regimen", sort=False), strict=True):
        colour = _COLOURS[part["basis"].iloc[0]]
        axes.fill_between(
            part["week"], part["low_95"], part["high_95"], color=colour, alpha=0.25, linewidth=0
        )
        axes.fill_between(part["week"], part["low_50"], part["high_50"], color=colour, alpha=0.5, linewidth=0)
        axes.plot(part["week"], part["median"], color=colour, linewidth=1.2)
        for limit in ("prior_low_95", "prior_high_95"):
            axes.plot(part["week"], part[limit], color=GREY, linewidth=0.7, linestyle="--")
        untreated = courses[(courses["regimen"] == name) & (courses["quantity"] == "no_drug")]
        axes.plot(untreated["week"], untreated["median"], color=BLACK, linewidth=0.7)
        axes.set_ylim(0.0, 10.0)
    drawn.supylabel("pain, NRS 0–10", fontsize=9)
    return drawn


def doses_figure(doses: pd.DataFrame) -> Figure:
    """Difference from no drug over the dose."""
    drawn, grid = _panels(
        "Difference from no drug over the dose at the last reported week: posterior median, 50 and 95 %",
        list(dict.fromkeys(doses["regimen"])),
    )
    for axes, (_, part) in zip(grid, doses.groupby("regimen", sort=False), strict=True):
        colour = _COLOURS[part["basis"].iloc[0]]
        axes.fill_between(
            part["dose"], part["low_95"], part["high_95"], color=colour, alpha=0.25, linewidth=0
        )
        axes.fill_between(part["dose"], part["low_50"], part["high_50"], color=colour, alpha=0.5, linewidth=0)
        axes.plot(part["dose"], part["median"], color=colour, marker="o", markersize=3)
        axes.axhline(0.0, color=BLACK, linewidth=0.6)
        axes.set_ylim(-3.0, 2.0)
    drawn.supylabel("NRS points", fontsize=9)
    return drawn


def _panels(title: str, names: list[str]) -> tuple[Figure, list[Axes]]:
    columns = min(_COLUMNS, len(names))
    lines = -(-len(names) // columns)
    drawn = figure(title, width_inches=max(2.3 * columns, 5.0), height_inches=1.3 + 1.9 * lines)
    grid = list(np.asarray(drawn.subplots(lines, columns, squeeze=False)).ravel())
    for axes, name in zip(grid, names, strict=False):
        plain(axes).set_title(_two_lines(name), fontsize=7)
        axes.tick_params(labelsize=7)
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    return drawn, grid[: len(names)]


def _two_lines(name: str) -> str:
    return textwrap.fill(name, 32)
