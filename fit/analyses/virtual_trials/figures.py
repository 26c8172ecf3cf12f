"""The figure of simulated trials: true effects against estimates, and which are significant."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from windup.fit.display.figure import BLACK, BLUE, GREY, figure, plain
from windup.fit.display.format import probability

_MOST = 6


def simulate_figure(arms: pd.DataFrame, trials: pd.DataFrame) -> Figure:
    """Estimated change against the true effect in the mean study, one panel per treated arm."""
    shown = arms.head(_MOST)
    drawn = figure(
        "Virtual trials: estimate against the true effect in the mean study",
        width_inches=max(5.0, 3.6 * min(len(shown), 3)),
        height_inches=3.8 * -(-len(shown) // 3),
    )
    panels = drawn.subplots(-(-len(shown) // 3), min(len(shown), 3), squeeze=False, sharex=True, sharey=True)
    for axes, row in zip(panels.ravel(), shown.to_dict(orient="records"), strict=False):
        mine = trials[(trials["trial"] == row["trial"]) & (trials["arm"] == row["arm"])]
        for success, colour, label in ((True, BLUE, "significant relief"), (False, GREY, "not")):
            some = mine[mine["success"] == success]
            axes.scatter(some["true_mean_study"], some["change"], s=7, alpha=0.6, color=colour, label=label)
        axes.axline((0.0, 0.0), slope=1.0, color=BLACK, linewidth=0.6)
        axes.axhline(0.0, color=BLACK, linewidth=0.3)
        plain(axes).set_title(
            f"{row['trial']}: {row['arm']}\nassurance {probability(row['assurance'])}", fontsize=9
        )
        axes.set_xlabel("true difference (points)")
    for axes in panels.ravel()[len(shown) :]:
        axes.set_visible(False)
    panels[0, 0].set_ylabel("estimated difference in change (points)")
    panels[0, 0].legend(fontsize=8, framealpha=0.8, edgecolor="none")
    return drawn
