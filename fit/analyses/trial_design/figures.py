"""The figure of designs: what the best and the median one tell, by budget."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from windup.fit.display.figure import BLACK, BLUE, GREY, figure, plain

_MOST = 6


def design_figure(questions: pd.DataFrame, budgets: pd.DataFrame) -> Figure:
    """Expected information against the budget, one panel for each question that has designs."""
    shown = questions[questions["reason"] == ""].head(_MOST)
    columns = min(len(shown), 3)
    drawn = figure(
        "Expected information of the best design, by budget",
        width_inches=max(5.0, 3.8 * columns),
        height_inches=3.6 * -(-len(shown) // 3),
    )
    panels = drawn.subplots(-(-len(shown) // 3), columns, squeeze=False)
    for axes, question in zip(panels.ravel(), shown.to_dict(orient="records"), strict=False):
        mine = budgets[budgets["question"] == question["question"]]
        x = np.arange(len(mine))
        axes.errorbar(
            x,
            mine["best_nats"],
            mine["best_error"],
            marker="o",
            markersize=4,
            color=BLUE,
            label="best design",
        )
        axes.plot(x, mine["median_nats"], marker="o", markersize=4, color=GREY, label="median design")
        if question["about"] != "effect":
            doubt = question["doubt_now_nats"]
            axes.axhline(doubt, color=BLACK, linewidth=0.8, linestyle="--", label="doubt now")
        axes.set_xticks(x, [f"{budget:g}" for budget in mine["budget"]])
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        plain(axes).set_title(question["question"], fontsize=9)
        axes.set_xlabel("budget")
        axes.legend(fontsize=8, framealpha=0.8, edgecolor="none")
    for axes in panels.ravel()[len(shown) :]:
        axes.set_visible(False)
    panels[0, 0].set_ylabel("expected information (nats)")
    return drawn
