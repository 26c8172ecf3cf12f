"""The figure of a comparison: how much worse each model predicts held-out studies than the best one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from windup.fit.display.figure import BLACK, BLUE, figure, plain
from windup.fit.display.format import number


def compare_figure(models: pd.DataFrame, studies: pd.DataFrame) -> Figure:
    """Difference in expected log predictive density (ELPD) from the best model, with and without one study.

    The second interval leaves out the study that favours the best model most against the next one: where
    it changes the picture, one trial decides.
    """
    best, *others = list(models["model"])
    wide = studies.pivot(index="study", columns="model", values="elpd")
    drawn = figure(_title(best, models), width_inches=9.5, height_inches=2.2 + 0.75 * max(len(others), 1))
    axes = plain(drawn.subplots())
    weightiest = str((wide[others[0]] - wide[best]).idxmin()) if others else ""
    for place, name in enumerate(others):
        difference = wide[name] - wide[best]
        for offset, part, face in (
            (-0.13, difference, BLUE),
            (0.13, difference.drop(weightiest), "white"),
        ):
            total, error = float(part.sum()), float(np.sqrt(len(part) * part.var(ddof=1)))
            axes.errorbar(
                total, place + offset, xerr=error, fmt="o", color=BLUE, markerfacecolor=face, markersize=6
            )
            axes.hlines(place + offset, total - 1.96 * error, total + 1.96 * error, color=BLUE, linewidth=0.7)
        row = models.set_index("model").loc[name]
        text = f"{number(row['difference'], 1)} (SE {number(row['difference_error'], 1)})"
        axes.text(
            1.02, place, text, transform=axes.get_yaxis_transform(), fontsize=9, va="center", in_layout=True
        )
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    axes.set_yticks(range(len(others)), [_words(name) for name in others], fontsize=9)
    axes.set_ylim(max(len(others), 1) - 0.5, -0.5)
    axes.set_xlabel(f"ELPD difference from {_words(best)} (below 0: predicts worse)", fontsize=9)
    covered = "; ".join(
        f"{_words(row['model'])} {row['coverage_50']:.0%} and {row['coverage_95']:.0%}"
        for row in models.to_dict("records")
    )
    hollow = f"; hollow: without {weightiest}" if others else ""
    drawn.supxlabel(
        f"Held-out studies ({wide.shape[0]}). Thick: ± 1 SE, thin: ± 1.96 SE{hollow}. "
        f"Observations inside the 50 and 95 % prediction intervals: {covered}."
    )
    return drawn


def _title(best: str, models: pd.DataFrame) -> str:
    if len(models) < 2:
        return f"Only {_words(best)} was compared"
    second = models.iloc[1]
    lead = f"{number(abs(second['difference']), 1)} (SE {number(second['difference_error'], 1)})"
    return f"Held-out studies: {_words(best)} leads {_words(str(second['model']))} by ELPD {lead}"


def _words(name: str) -> str:
    return name.replace("_", " ")
