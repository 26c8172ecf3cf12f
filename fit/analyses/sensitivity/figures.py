"""Figures of sensitivity: which parameter moves which result, and whether the indices have settled."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from windup.fit.analyses.sensitivity.responses import EFFECT
from windup.fit.display.figure import CYCLE, figure, plain

_ROWS = 28
_PANELS = 6
_NAMED = 5


def _short(response: object) -> str:
    return str(response).removeprefix(f"{EFFECT}: ")


def matrix_figure(
    title: str,
    table: pd.DataFrame,
    value: str,
    *,
    label: str,
    signed: bool = False,
    limit: float | None = None,
) -> Figure:
    """Colours of ``value`` by parameter (rows, those that matter most for any response) and response."""
    wide = table.pivot_table(index="parameter", columns="response", values=value, sort=False, dropna=False)
    wide = wide.dropna(axis=1, how="all").fillna(0.0)
    strength = wide.abs().max(axis=1).sort_values(ascending=False, kind="stable")
    # The leader of every response, then the strongest of the others.
    leaders = set(wide.abs().idxmax(axis=0))
    others = [name for name in strength.index if name not in leaders]
    shown = leaders | set(others[: max(0, _ROWS - len(leaders))])
    wide = wide.loc[[name for name in strength.index if name in shown]]
    drawn = figure(
        f"{title} (drugs: difference from placebo at 12 weeks)",
        width_inches=3.4 + 0.36 * len(wide.columns),
        height_inches=3.6 + 0.21 * len(wide),
    )
    axes = drawn.subplots()
    most = limit or float(wide.abs().to_numpy().max())
    image = axes.imshow(
        wide.to_numpy(),
        cmap="RdBu_r" if signed else "Blues",
        vmin=-most if signed else 0.0,
        vmax=most,
        aspect="auto",
    )
    axes.set_yticks(np.arange(len(wide)), wide.index, fontsize=8)
    axes.set_xticks(
        np.arange(len(wide.columns)),
        [_short(name) for name in wide.columns],
        fontsize=8,
        rotation=55,
        ha="right",
        rotation_mode="anchor",
    )
    bar = drawn.colorbar(image, ax=axes, shrink=0.7, pad=0.01)
    bar.set_label(label, fontsize=9)
    return drawn


def settling_figure(title: str, table: pd.DataFrame, value: str, half_width: str, *, label: str) -> Figure:
    """An index and its 95 % interval from a quarter, half and all of the blocks, for a few responses."""
    last = table[table["blocks"] == table.groupby("response")["blocks"].transform("max")]
    strongest = last.groupby("response", sort=False)[value].max().sort_values(ascending=False)
    shown = strongest.dropna().index[:_PANELS]
    rows = max(1, -(-len(shown) // 3))
    drawn = figure(title, width_inches=11.0, height_inches=1.6 + 2.5 * rows)
    panels = drawn.subplots(rows, 3, squeeze=False).ravel()
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    for axes, response in zip(panels, shown, strict=False):
        part = table[table["response"] == response]
        top = last[last["response"] == response].nlargest(_NAMED, value)["parameter"]
        for place, (parameter, colour) in enumerate(zip(top, CYCLE, strict=False)):
            one = part[part["parameter"] == parameter]
            plain(axes).errorbar(
                one["blocks"] * 1.04 ** (place - 2),
                one[value],
                yerr=one[half_width],
                color=colour,
                marker="o",
                markersize=3,
                linewidth=1.0,
                label=parameter,
            )
        sizes = sorted(set(part["blocks"]))
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.set_title(_short(response), fontsize=9)
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        axes.legend(fontsize=7, frameon=False)
        axes.set_xlabel("blocks of the design", fontsize=8)
        axes.set_ylabel(label, fontsize=8)
    return drawn
