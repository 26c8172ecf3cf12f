"""One small figure per study: what was measured beside what the posterior predicts, arm by arm."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ._figure import BLACK, CYCLE, plain
from ._report_text import drawn

# Kinds of rows that share an axis.
_PANELS: Mapping[str, tuple[str, ...]] = {
    "pain, NRS 0–10": ("mean",),
    "change or difference, NRS": ("change", "contrast"),
    "change, %": ("percent_change",),
    "share of responders": ("responder_30", "responder_50"),
    "magnesium, mmol/L": ("serum_mg", "serum_mg_change", "csf_mg"),
}
_WIDTH_INCHES, _HEIGHT_INCHES = 3.0, 2.7
_NAMED_ARMS = 8
# Share of a panel's weeks between the arms of one visit.
_BESIDE = 0.02


def study_figure(rows: pd.DataFrame) -> Figure:
    """Observed rows of one study and their predictive 50 and 95 % intervals.

    Parameters
    ----------
    rows
        Rows of the study, from `windup.fit._coverage.predictive_rows`.
    """
    panels = {name: rows[rows["kind"].isin(kinds)] for name, kinds in _PANELS.items()}
    panels = {name: part for name, part in panels.items() if len(part)}
    drawn_figure = Figure(figsize=(_WIDTH_INCHES * len(panels), _HEIGHT_INCHES), layout="constrained")
    arms = list(dict.fromkeys(rows["arm"]))
    for axes, (name, part) in zip(
        drawn_figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        _panel(plain(axes), part, arms)
        axes.set_title(name, fontsize=8, loc="left")
        axes.set_xlabel("week", fontsize=8)
        axes.tick_params(labelsize=7)
    shown = arms[:_NAMED_ARMS]
    lines = [Line2D([], [], color=_colour(number), linewidth=3) for number, _ in enumerate(shown)]
    names = [drawn(str(arm).replace("_", " "), 30) for arm in shown]
    drawn_figure.legend(
        lines,
        names,
        loc="outside lower center",
        ncols=min(2 * len(panels), len(names)),
        fontsize=7,
        frameon=False,
    )
    return drawn_figure


def _panel(axes: Axes, part: pd.DataFrame, arms: list[str]) -> None:
    weeks = part["week"].to_numpy(dtype=float)
    span = float(weeks.max() - weeks.min()) or 1.0
    for number, arm in enumerate(arms):
        mine = part[part["arm"] == arm]
        week = mine["week"].to_numpy(dtype=float) + _BESIDE * span * (number - (len(arms) - 1) / 2)
        for level, width, alpha in ((95, 1.2, 0.9), (50, 5.0, 0.45)):
            axes.vlines(
                week,
                mine[f"low_{level}"],
                mine[f"high_{level}"],
                color=_colour(number),
                lw=width,
                alpha=alpha,
            )
        axes.plot(week, mine["observed"], "o", color=BLACK, markersize=3.5)
        out = ~mine["covered_95"].to_numpy(dtype=bool)
        axes.plot(week[out], mine["observed"][out], "o", color=BLACK, markersize=9, fillstyle="none")
    axes.set_xlim(weeks.min() - 0.12 * span, weeks.max() + 0.12 * span)
    if len(np.unique(weeks)) == 1:
        axes.set_xticks([weeks[0]])


def _colour(number: int) -> str:
    return CYCLE[number % len(CYCLE)]
