"""The figure of a calibration: how far the ranks of each parameter are from uniform ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from windup.fit.analyses.calibration.ranks import LEVEL, ranks_of
from windup.fit.analyses.calibration.uniformity import band, counts
from windup.fit.display.figure import BLACK, CYCLE, GREY, SKY, figure, plain

_NAMED = 5


def calibration_figure(tree: xr.DataTree, table: pd.DataFrame) -> Figure:
    """Empirical distribution of the ranks minus the uniform one, with simultaneous bands.

    Säilynoja, Bürkner, Vehtari 2022, doi 10.1007/s11222-022-10090-6.
    """
    ranks = dict(ranks_of(tree))
    replicates, outside = len(next(iter(ranks.values()))), int(table["outside_95"].sum())
    drawn = figure(
        f"Ranks of the truth in {replicates} replicates: {outside} of {len(table)} parameters leave their "
        f"95 % band, {(1.0 - LEVEL) * len(table):.1f} are expected of uniform ranks",
        width_inches=10.0,
        height_inches=5.5,
    )
    axes = plain(drawn.subplots())
    at = np.arange(1, replicates) / replicates
    whole = np.concatenate([[0.0], at, [1.0]])

    def difference(reached: np.ndarray) -> np.ndarray:
        return np.concatenate([[0.0], reached / replicates - at, [0.0]])

    for level, label, alpha in (
        (1.0 - (1.0 - LEVEL) / len(table), "95 % of sets of all parameters", 0.15),
        (LEVEL, "95 % of single parameters", 0.3),
    ):
        limits = band(replicates, level)
        axes.fill_between(
            whole,
            difference(limits.low),
            difference(limits.high),
            step="mid",
            color=SKY,
            alpha=alpha,
            linewidth=0.0,
            label=label,
        )
    named = list(table["parameter"].head(_NAMED))
    for label, values in ranks.items():
        if label not in named:
            axes.plot(whole, difference(counts(values[None])[0]), color=GREY, alpha=0.35, linewidth=0.6)
    for label, colour in zip(named, CYCLE, strict=False):
        axes.plot(whole, difference(counts(ranks[label][None])[0]), color=colour, linewidth=1.4, label=label)
    axes.axhline(0.0, color=BLACK, linewidth=0.6)
    axes.set_xlabel("rank of the truth among the draws (share)")
    axes.set_ylabel("share of replicates below, minus expected")
    drawn.legend(fontsize=8, frameon=False, loc="outside right center")
    return drawn
