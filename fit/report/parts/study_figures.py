"""One small figure per study: what was measured beside what the posterior predicts, arm by arm."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from windup.datasets import LIMIT_KIND
from windup.fit.display.figure import BLACK, CYCLE, plain
from windup.fit.display.text import drawn

# What each kind of row is, in the order of the panels.
_PANELS: Mapping[str, str] = {
    "mean": "pain, NRS 0–10",
    "change": "change of pain, NRS",
    "contrast": "difference from an arm, NRS",
    "instrument_mean": "pain, tenths of another instrument",
    "instrument_change": "change, tenths of another instrument",
    "instrument_contrast": "difference, tenths of another instrument",
    "standardised_contrast": "difference from an arm, SDs",
    "percent_change": "change of pain, %",
    "responder_30": "share with 30 % less pain",
    "responder_50": "share with 50 % less pain",
    LIMIT_KIND: "share at a limit or above it",
    "serum_mg": "serum magnesium, mmol/L",
    "serum_mg_change": "change of serum magnesium, mmol/L",
    "csf_mg": "CSF magnesium, mmol/L",
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
        Rows of the study, from `windup.fit.diagnostics.predictive.coverage.predictive_rows`.
    """
    kinds = [
        *(kind for kind in _PANELS if kind in set(rows["kind"])),
        *sorted(set(rows["kind"]) - set(_PANELS)),
    ]
    panels = {_PANELS.get(kind, drawn(kind)): rows[rows["kind"] == kind] for kind in kinds}
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
