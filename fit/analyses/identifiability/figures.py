"""Figures of identifiability: the spectrum of the information, and profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import chi2

from windup.fit.analyses.identifiability.gain_profile import GainProfile
from windup.fit.analyses.identifiability.profile import LEVEL, Profile
from windup.fit.display.figure import BLACK, BLUE, GREY, VERMILION, figure, plain

# Smaller eigenvalues are rounding.
_LEAST = 1e-10


def spectrum_figure(spectra: pd.DataFrame) -> Figure:
    """Eigenvalues of the information in units of the prior's, largest first, at several draws."""
    middle = spectra[spectra["point"] == 0]
    above = int((middle["eigenvalue"] > 1.0).sum())
    drawn = figure(
        f"What the rows know: {above} of {len(middle)} directions better than the prior",
        width_inches=9.0,
        height_inches=5.0,
    )
    axes = plain(drawn.subplots())
    for point, part in spectra.groupby("point"):
        axes.plot(
            part["number"],
            np.maximum(part["eigenvalue"], _LEAST),
            color=BLUE if point == 0 else GREY,
            linewidth=1.8 if point == 0 else 0.8,
            marker="o" if point == 0 else None,
            markersize=3,
            zorder=3 if point == 0 else 2,
            label={0: "at the posterior median", 1: "at single draws"}.get(int(str(point))),
        )
    axes.axhline(1.0, color=BLACK, linewidth=0.8, linestyle=":")
    axes.text(len(middle), 1.15, "as much as the prior", ha="right", va="bottom", fontsize=8)
    axes.set_yscale("log")
    axes.set_xlabel("direction, stiffest first")
    axes.set_ylabel("eigenvalue of the information\n(units of the prior's)")
    axes.legend(fontsize=8, frameon=False, loc="lower left")
    return drawn


def profiles_figure(profiles: dict[str, list[Profile]]) -> Figure:
    """Fall of the log density from its best as each coordinate is fixed, for posterior and likelihood."""
    count = len(profiles["posterior"])
    rows = max(1, -(-count // 3))
    drawn = figure(
        "Profiles: the best log density that is left when one parameter is held",
        width_inches=11.0,
        height_inches=1.7 + 2.6 * rows,
    )
    panels = drawn.subplots(rows, 3, squeeze=False).ravel()
    for axes in panels[count:]:
        axes.set_axis_off()
    limit = float(chi2.ppf(LEVEL, 1)) / 2.0
    for number, axes in enumerate(panels[:count]):
        for kind, colour in (("posterior", BLUE), ("likelihood", VERMILION)):
            one = profiles[kind][number]
            plain(axes).plot(one.value, one.drop, color=colour, linewidth=1.4, label=kind)
            for shown, face in ((one.converged, colour), (~one.converged, "white")):
                axes.plot(
                    one.value[shown],
                    one.drop[shown],
                    "o",
                    color=colour,
                    markerfacecolor=face,
                    markersize=4,
                )
        axes.axhline(limit, color=BLACK, linewidth=0.8, linestyle=":")
        axes.set_ylim(-0.3, 5.0 * limit)
        axes.set_title(f"{one.name}\nlikelihood: {one.verdict}", fontsize=9)
        axes.set_ylabel("fall of log density", fontsize=8)
        axes.set_xlabel("unconstrained coordinate", fontsize=8)
    handles, labels = panels[0].get_legend_handles_labels()
    drawn.legend(handles, labels, fontsize=8, loc="outside upper right", ncols=2, frameon=False)
    return drawn


def gain_figure(gains: dict[str, GainProfile]) -> Figure:
    """Fall of the log density from its best where the gain of all loops together is held."""
    drawn = figure(
        "What it costs to hold the gain of all loops: above 1 pain sustains itself",
        width_inches=8.0,
        height_inches=4.6,
    )
    axes = plain(drawn.subplots())
    for (density, one), colour in zip(gains.items(), (BLUE, VERMILION), strict=False):
        axes.plot(one.gain, one.fall, color=colour, linewidth=1.6, label=density)
        for shown, face in ((one.converged, colour), (~one.converged, "white")):
            axes.plot(one.gain[shown], one.fall[shown], "o", color=colour, markerfacecolor=face, markersize=5)
    limit = float(chi2.ppf(LEVEL, 1)) / 2.0
    axes.axhline(limit, color=BLACK, linewidth=0.8, linestyle=":")
    axes.axvline(1.0, color=GREY, linewidth=0.8)
    axes.set_xscale("log")
    first = next(iter(gains.values())).gain
    axes.set_xticks(first, [f"{each:g}" for each in first], fontsize=8, rotation=45)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("gain of all loops together (open points: the search was cut off)")
    axes.set_ylabel("fall of log density, nats\n(dotted: limit of a 95 % interval)")
    axes.legend(fontsize=8, frameon=False)
    return drawn


def trade_offs_figure(ties: pd.DataFrame, rows: int = 20) -> Figure:
    """The strongest correlations between parameters."""
    kept = ties[ties["of"] == "parameters"].head(rows)
    drawn = figure(
        "Parameters that trade off: strongest posterior correlations",
        width_inches=9.0,
        height_inches=2.0 + 0.28 * max(1, len(kept)),
    )
    axes = plain(drawn.subplots())
    colours = [VERMILION if each < 0.0 else BLUE for each in kept["correlation"]]
    axes.barh(np.arange(len(kept)), kept["correlation"], color=colours, height=0.7)
    axes.set_yticks(np.arange(len(kept)), kept["first"] + " and " + kept["second"], fontsize=8)
    axes.set_ylim(max(1, len(kept)) - 0.5, -0.5)
    axes.set_xlim(-1.0, 1.0)
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    axes.set_xlabel("correlation (positive parameters on the logarithm)")
    return drawn
