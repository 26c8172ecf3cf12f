"""Figures of what was learned: loop gains and contraction, each with the prior in sight."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from windup.fit.diagnostics.contraction import PRIOR_DRIVEN_CONTRACTION
from windup.fit.display.figure import BLACK, BLUE, CYCLE, GREY, figure, plain
from windup.fit.display.format import probability
from windup.fit.display.labels import Labels, label

_TOP = 15
# Of the columns of probabilities, in widths of their axes.
_PLACES = (0.0, 0.45, 0.8)


def loop_gains_figure(gains: pd.DataFrame) -> Figure:
    """Gains of the feedback loops, with the probability that each sustains itself."""
    count = len(gains)
    above = int((gains["probability_above_one"] > 0.5).sum())
    drawn = figure(
        f"{above} of {count} feedback loops probably sustain themselves (gain above 1)",
        width_inches=9.5,
        height_inches=2.4 + 0.55 * count,
    )
    axes, numbers = drawn.subplots(1, 2, sharey=True, width_ratios=(2.6, 1.0))
    _intervals(plain(axes), gains)
    numbers.set_axis_off()
    beside: dict[str, Any] = {"transform": numbers.get_yaxis_transform(), "fontsize": 8.5, "in_layout": False}
    for x, name in zip(_PLACES, ("P(gain > 1)", "lasting", "prior"), strict=True):
        numbers.text(x, -0.5, name, weight="bold", **beside)
    names = ("probability_above_one", "lasting_probability_above_one", "prior_probability_above_one")
    for place, row in enumerate(gains.to_dict("records")):
        for x, name in zip(_PLACES, names, strict=True):
            value = None if np.isnan(row[name]) else row[name]
            numbers.text(x, place, probability(value), va="center", **beside)
    axes.set_yticks(np.arange(count), [_loop(row) for row in gains.to_dict("records")], fontsize=9)
    axes.set_xlabel("gain (shaded: a loop sustains itself)", fontsize=9)
    if gains[["low_95", "prior_low_95"]].to_numpy().min() > 0.0:
        # Priors of gains reach from a hundredth to ten: a plain scale would show the widest loop alone.
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda gain, _: f"{gain:g}"))
    axes.axvline(1.0, color=BLACK, linewidth=0.8)
    low, high = axes.get_xlim()
    axes.axvspan(1.0, max(high, 1.0), color="#F0F0F0", zorder=0)
    axes.set_xlim(low, max(high, 1.0))
    drawn.supxlabel(
        "Median, 50 and 95 % CrI; grey: prior. 'Lasting': prior with the assumption that patients of "
        "every pain from 3 to 9 have stayed there for years."
    )
    return drawn


def _loop(row: Mapping[Hashable, Any]) -> str:
    return label(str(row["loop"])) + ("\n(prior-driven)" if row["prior_driven"] else "")


def contraction_figure(table: pd.DataFrame, labels: Labels) -> Figure:
    """Histogram of the contraction of all parameters by group, and those that the data inform most."""
    known = table[np.isfinite(table["contraction"])]
    driven = int(known["prior_driven"].sum())
    top = known.sort_values("contraction", ascending=False, kind="stable").head(_TOP)
    drawn = figure(
        f"The data inform {len(known) - driven} of {len(known)} parameters; {driven} are prior-driven",
        width_inches=9.5,
        height_inches=2.4 + 0.33 * max(len(top), 8),
    )
    left, right = (plain(axes) for axes in drawn.subplots(1, 2, width_ratios=(1.0, 1.0)))
    bins = np.linspace(0.0, 1.0, 21)
    groups = sorted(set(known["kind"]))
    shares = [np.clip(known.loc[known["kind"] == kind, "contraction"], 0.0, 1.0) for kind in groups]
    colours = [CYCLE[place % len(CYCLE)] for place in range(len(groups))]
    left.hist(
        shares, bins.tolist(), stacked=True, color=colours, label=[kind or "not stated" for kind in groups]
    )
    left.axvline(PRIOR_DRIVEN_CONTRACTION, color=BLACK, linewidth=0.9, linestyle=":")
    left.set_xlabel("contraction (below 0 counted as 0)", fontsize=9)
    left.set_ylabel("parameters", fontsize=9)
    left.legend(fontsize=8.5, frameon=False)
    of_kind = dict(zip(groups, colours, strict=True))
    for place, row in enumerate(top.to_dict("records")):
        colour = of_kind[row["kind"]]
        right.plot([0.0, row["contraction"]], [place, place], color=colour, linewidth=1.2)
        right.plot(
            row["contraction"],
            place,
            "o",
            color=colour,
            markerfacecolor="white" if row["prior_driven"] else colour,
        )
    right.set_yticks(
        np.arange(len(top)), [_parameter(row, labels) for row in top.to_dict("records")], fontsize=8
    )
    right.set_ylim(len(top) - 0.5, -0.5)
    right.set_xlim(min(0.0, float(top["contraction"].min()) - 0.05) if len(top) else 0.0, 1.03)
    right.set_xlabel("contraction", fontsize=9)
    right.set_title(f"The {len(top)} most informed", fontsize=9)
    drawn.supxlabel(
        "Contraction: 1 − posterior variance / prior variance. Dotted: 0.1, below which a parameter whose "
        "mean hardly moved is prior-driven (hollow). All parameters are in contraction.csv."
    )
    return drawn


def _parameter(row: Mapping[Hashable, Any], labels: Labels) -> str:
    """Meaning of a parameter, with the name of its element where it has several."""
    meaning = str(row["description"]).split(" (reference")[0] or str(row["parameter"])
    _, bracket, element = str(row["parameter"]).partition("[")
    text = f"{meaning}: {labels.of(element.rstrip(']'))}" if bracket else meaning
    return textwrap.fill(text, 44)


def _intervals(axes: Axes, table: pd.DataFrame) -> None:
    """Median with central 50 % (thick) and 95 % (thin) intervals, the prior below the posterior."""
    for prefix, colour, offset, name in (("", BLUE, -0.13, "posterior"), ("prior_", GREY, 0.17, "prior")):
        place = np.arange(len(table)) + offset
        for level, width in ((95, 1.2), (50, 4.0)):
            axes.hlines(
                place,
                table[f"{prefix}low_{level}"],
                table[f"{prefix}high_{level}"],
                color=colour,
                linewidth=width,
            )
        marker = "o" if prefix == "" else "s"
        axes.plot(table[f"{prefix}median"], place, marker, color=colour, markeredgecolor="white", label=name)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.legend(fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)
