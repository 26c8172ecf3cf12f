"""Figures of what was learned: loop gains and contraction, each with the prior in sight."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from windup.fit.diagnostics.contraction import PRIOR_DRIVEN_CONTRACTION
from windup.fit.display.figure import BLACK, BLUE, CYCLE, GREY, figure, plain
from windup.fit.display.format import probability

_ROWS_OF_PANEL = 48


def loop_gains_figure(gains: pd.DataFrame) -> Figure:
    """Gains of the feedback loops, with the probability that each sustains itself."""
    count = len(gains)
    drawn = figure(
        "Gains of the feedback loops: posterior beside prior",
        width_inches=9.0,
        height_inches=2.2 + 0.5 * count,
    )
    axes = plain(drawn.subplots())
    _intervals(axes, gains)
    axes.axvline(1.0, color=BLACK, linewidth=0.8)
    labels = [
        f"{_mark(row, 'loop')}\nP(gain > 1): {probability(row['probability_above_one'])}, "
        f"prior {probability(row['prior_probability_above_one'])}"
        for row in gains.to_dict("records")
    ]
    axes.set_yticks(np.arange(count), labels)
    axes.set_xlabel("gain (above 1 a loop sustains itself)")
    if gains[["low_95", "prior_low_95"]].to_numpy().min() > 0.0:
        # Priors of gains reach from a hundredth to ten: a plain scale would show the widest loop alone.
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda gain, _: f"{gain:g}"))
    return drawn


def contraction_figure(table: pd.DataFrame) -> Figure:
    """Contraction of each parameter from its prior, in as many panels as the list needs to stay legible."""
    known = table[np.isfinite(table["contraction"])]
    columns = max(1, -(-len(known) // _ROWS_OF_PANEL))
    length = max(1, -(-len(known) // columns))
    drawn = figure(
        "What the data taught: contraction from prior to posterior",
        width_inches=max(9.0, 5.5 * columns),
        height_inches=2.4 + 0.2 * length,
    )
    colours = dict(zip(sorted(set(table["kind"])), CYCLE, strict=False))
    panels = drawn.subplots(1, columns, squeeze=False, sharex=True)[0]
    lowest = max(-1.1, float(known["contraction"].min()) - 0.1) if len(known) else 0.0
    for number, axes in enumerate(panels):
        part = known.iloc[number * length : (number + 1) * length]
        _contractions(plain(axes), part, colours)
        axes.set_ylim(length - 0.5, -0.5)
        axes.set_xlim(min(-0.15, lowest), 1.03)
    handles = [
        Line2D([], [], marker="o", linestyle="", color=colour, label=kind or "not stated")
        for kind, colour in colours.items()
    ]
    hollow = Line2D(
        [], [], marker="o", linestyle="", color=GREY, markerfacecolor="white", label="prior-driven"
    )
    drawn.legend(handles=[*handles, hollow], fontsize=8, loc="outside upper right", ncols=5, frameon=False)
    return drawn


def _contractions(axes: Axes, part: pd.DataFrame, colours: Mapping[str, str]) -> None:
    for place, row in enumerate(part.to_dict("records")):
        colour = colours.get(row["kind"], GREY)
        axes.plot(
            max(row["contraction"], -1.0),
            place,
            marker="<" if row["contraction"] < -1.0 else "o",
            color=colour,
            markerfacecolor="white" if row["prior_driven"] else colour,
        )
    axes.axvline(PRIOR_DRIVEN_CONTRACTION, color=BLACK, linewidth=0.8, linestyle=":")
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    axes.set_yticks(np.arange(len(part)), part["parameter"], fontsize=8)
    axes.set_xlabel("1 − posterior variance / prior variance\n(arrow: below −1; dotted: 0.1)", fontsize=9)


def _intervals(axes: Axes, table: pd.DataFrame) -> None:
    """Median with central 50 % (thick) and 95 % (thin) intervals, the prior below the posterior."""
    for prefix, colour, offset, label in (("", BLUE, -0.13, "posterior"), ("prior_", GREY, 0.17, "prior")):
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
        axes.plot(table[f"{prefix}median"], place, marker, color=colour, markeredgecolor="white", label=label)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.legend(fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)


def _mark(row: Mapping[Hashable, Any], name: str) -> str:
    return f"{row[name]} (prior-driven)" if row["prior_driven"] else str(row[name])
