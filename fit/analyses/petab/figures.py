"""The figures of a sampled problem of PEtab."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from windup.fit.analyses.petab.sites import Site, on_scale
from windup.fit.display.figure import BLUE, GREY, VERMILION, figure, plain

_COLUMNS = 4
_BINS = 40
_WIDTH_INCHES, _ROW_INCHES = 10.0, 1.9
_SCALES = {"lin": "", "log": "ln ", "log10": "log10 "}


def parameters_figure(
    sites: tuple[Site, ...],
    nominal: Mapping[str, float],
    draws: Mapping[str, Float[np.ndarray, " draws"]],
) -> Figure:
    """Histogram of the draws of every parameter, on the scale on which it is sampled.

    Parameters
    ----------
    sites
        What is sampled.
    nominal
        Nominal values by parameter, untransformed.
    draws
        Draws of all chains by site.
    """
    rows = math.ceil(len(sites) / _COLUMNS)
    drawn = figure(
        "Draws, nominal values (red) and bounds (grey)",
        width_inches=_WIDTH_INCHES,
        height_inches=0.7 + _ROW_INCHES * rows,
    )
    grid = drawn.subplots(rows, _COLUMNS, squeeze=False)
    for axes, site in zip(grid.flat, sites, strict=False):
        plain(axes).hist(draws[site.name], bins=_BINS, color=BLUE)
        seen = axes.get_xlim()
        axes.axvline(on_scale(site.scale, nominal[site.parameter]), color=VERMILION, linewidth=1.2)
        for bound in _bounds(site):
            if seen[0] <= bound <= seen[1]:
                axes.axvline(bound, color=GREY, linewidth=1.2, linestyle="--")
        axes.set_xlabel(f"{_SCALES[site.scale]}{site.parameter}", fontsize=8)
        axes.set_yticks([])
        axes.tick_params(labelsize=8)
    for axes in grid.flat[len(sites) :]:
        axes.set_axis_off()
    return drawn


def _bounds(site: Site) -> list[float]:
    support = site.prior.support
    return [
        float(getattr(support, name)) for name in ("lower_bound", "upper_bound") if hasattr(support, name)
    ]
