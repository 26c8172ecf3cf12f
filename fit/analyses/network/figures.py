"""The figure of a network meta-analysis: effects of treatments, the most relief on top."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from windup.fit.display.figure import BLACK, BLUE, GREY, figure, plain
from windup.fit.display.text import drawn

_LETTERS = 40


def effects_figure(effects: pd.DataFrame, reference: str) -> Figure:
    """Median and 95 % interval of every effect, and the interval of a new study.

    Parameters
    ----------
    effects
        Rows of `windup.fit.analyses.network.meta_analysis.NetworkMetaAnalysis.treatments` with a ``label``.
    reference
        Treatment that they are relative to.
    """
    count = len(effects)
    shown = figure("Effects of treatments", width_inches=8.0, height_inches=max(3.0, 1.5 + 0.24 * count))
    axes = plain(shown.subplots())
    at = np.arange(count)
    for ends, colour, width, label in (("new_", GREY, 1.0, "new study"), ("", BLUE, 3.0, "mean effect")):
        low, high = (effects[f"{ends}{side}_95"] for side in ("low", "high"))
        axes.hlines(at, low, high, color=colour, linewidth=width, label=label)
    axes.plot(effects["median"], at, "o", color=BLACK, markersize=3.5)
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    names = [
        f"{drawn(name, _LETTERS)} ({trials})"
        for name, trials in zip(effects["label"], effects["trials"], strict=True)
    ]
    axes.set_yticks(at, names, fontsize=7.5)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.set_xlabel(f"difference from {reference}, NRS points, 95 % intervals")
    axes.legend(fontsize=8, framealpha=0.8, edgecolor="none", loc="upper right")
    shown.supxlabel("Numbers: trials of a treatment. Negative is less pain.")
    return shown
