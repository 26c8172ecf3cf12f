"""The figure of a comparison: difference in log predictive density of each study, and coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import SymmetricalLogLocator

from windup.fit.display.figure import BLACK, CYCLE, figure, plain
from windup.fit.display.format import LEVELS


def compare_figure(models: pd.DataFrame, studies: pd.DataFrame) -> Figure:
    """Models by their distance from the best one, with what single studies add to it, and coverage."""
    drawn = figure(
        "Studies left out: log predictive density and coverage", width_inches=10.0, height_inches=4.8
    )
    left, right = (plain(axes) for axes in drawn.subplots(1, 2, width_ratios=[1.5, 1.0]))
    names = list(models["model"])
    wide = studies.pivot(index="study", columns="model", values="elpd")
    jitter = np.random.default_rng(0)
    for at, name in enumerate(names):
        each = wide[name] - wide[names[0]]
        colour = CYCLE[at % len(CYCLE)]
        left.scatter(each, at + jitter.uniform(-0.25, 0.25, len(each)), s=7, alpha=0.5, color=colour)
        right.plot(
            LEVELS,
            [100.0 * models.iloc[at][f"coverage_{level}"] for level in LEVELS],
            "o-",
            color=colour,
            markersize=4,
            label=name,
        )
    for at, row in enumerate(models.to_dict(orient="records")):
        left.text(
            1.0,
            at,
            f"{row['difference']:+.1f} ± {row['difference_error']:.1f}",
            transform=left.get_yaxis_transform(),
            va="center",
            fontsize=8,
        )
    left.axvline(0.0, color=BLACK, linewidth=0.6)
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    left.set_xscale("symlog", linthresh=1.0)
    left.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=1.0, subs=(1.0, 3.0)))
    left.xaxis.set_major_formatter("{x:g}")
    left.set_xlabel(f"log density of a study minus that by '{names[0]}'; sum at the right")
    right.plot(LEVELS, LEVELS, color=BLACK, linewidth=0.8, label="nominal")
    right.set_xlabel("interval (%)")
    right.set_ylabel("rows inside (%)")
    right.legend(fontsize=8, framealpha=0.8, edgecolor="none")
    return drawn
