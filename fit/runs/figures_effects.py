"""The lead figure: the estimate of each treatment, its prior, and the trials behind it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from windup.fit.design.basis import EXTRAPOLATION, INTERPOLATION, NOT_RECORDED, PRIOR_DRIVEN
from windup.fit.design.measured.trial_effects import nearest
from windup.fit.diagnostics.effects import MINIMAL_IMPORTANT_POINTS
from windup.fit.diagnostics.estimand import REFERENCE_WEEKS, reference_estimand
from windup.fit.display.figure import BLACK, BLUE, GREY, VERMILION, figure, plain
from windup.fit.display.format import number

_PALE = "#DCDCDC"
_BLOCKS = {
    INTERPOLATION: "Interpolated: trials of this treatment in this condition",
    EXTRAPOLATION: "Extrapolated: other conditions, doses or times only",
    PRIOR_DRIVEN: "No trial, or the trials hardly moved the prior",
    NOT_RECORDED: "",
}
_COLOURS = {INTERPOLATION: BLUE, EXTRAPOLATION: BLUE, PRIOR_DRIVEN: GREY, NOT_RECORDED: BLUE}
# Points² of a circle per patient of both arms.
_AREA = 0.2
_LEAST_AXIS = (-3.0, 1.0)


def drug_effects_figure(effects: pd.DataFrame, trials: pd.DataFrame) -> Figure:
    """Forest of the effects at week 12 with the trials behind each.

    Parameters
    ----------
    effects
        From `windup.fit.diagnostics.effects.drug_effects`.
    trials
        From `windup.fit.design.measured.trial_effects.trial_effects`; empty for runs of earlier versions.
    """
    places = _places(effects)
    last = max(place for place, _ in places)
    drawn = figure(_title(effects), width_inches=9.5, height_inches=2.6 + 0.36 * last)
    axes, numbers = drawn.subplots(1, 2, sharey=True, width_ratios=(1.9, 1.0))
    plain(axes).spines["left"].set_visible(False)
    numbers.set_axis_off()
    shown = nearest(trials, REFERENCE_WEEKS)
    low, high = _limits(effects, shown)
    axes.set_xlim(low, high)
    for place, row in places:
        if isinstance(row, str):
            axes.text(0.01, place, row, transform=_beside(axes), va="center", fontsize=9, style="italic")
            continue
        _estimate(axes, place, row)
        if len(shown):
            _circles(axes, place, row, shown[shown["drug"] == row.get("treatment", "")])
    axes.axvline(0.0, color=BLACK, linewidth=0.9, zorder=1)
    axes.axvline(-MINIMAL_IMPORTANT_POINTS, color=BLACK, linewidth=0.8, linestyle=":", zorder=1)
    rows = [(place, row) for place, row in places if not isinstance(row, str)]
    axes.set_yticks([place for place, _ in rows], [str(row["drug"]) for _, row in rows], fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(last + 0.7, -0.9)
    axes.set_xlabel("NRS points; dotted line: one point less pain", fontsize=9)
    _columns(numbers, rows)
    _legend(axes)
    drawn.supxlabel(reference_estimand())
    return drawn


def _title(effects: pd.DataFrame) -> str:
    sure = effects["high_95"] < 0.0
    text = f"{int(sure.sum())} of {len(effects)} treatments relieve pain (95 % CrI below 0)"
    beyond = int((sure & effects["basis"].isin([EXTRAPOLATION, PRIOR_DRIVEN])).sum())
    return f"{text}; {beyond} of these {'is' if beyond == 1 else 'are'} extrapolated" if beyond else text


def _places(effects: pd.DataFrame) -> list[tuple[float, str | Mapping[Hashable, Any]]]:
    """Heights of headings and rows: interpolated estimates first, each block by its medians."""
    places: list[tuple[float, str | Mapping[Hashable, Any]]] = []
    height = 0.0
    for basis, heading in _BLOCKS.items():
        block = effects[effects["basis"] == basis]
        if block.empty:
            continue
        if heading:
            places.append((height, heading))
            height += 0.9
        for row in block.to_dict("records"):
            places.append((height, row))
            height += 1.0
        height += 0.3
    return places


def _limits(effects: pd.DataFrame, shown: pd.DataFrame) -> tuple[float, float]:
    mine = shown[shown["drug"].isin(effects.get("treatment", pd.Series(dtype=str)))]["difference"]
    values = np.concatenate([effects["low_95"], effects["high_95"], mine.to_numpy(float), _LEAST_AXIS])
    values = values[np.isfinite(values)]
    return float(values.min()) - 0.15, float(values.max()) + 0.15


def _estimate(axes: Axes, place: float, row: Mapping[Hashable, Any]) -> None:
    colour, extrapolated = _COLOURS[row["basis"]], row["basis"] in (EXTRAPOLATION, PRIOR_DRIVEN)
    low, high = axes.get_xlim()
    prior = np.clip([row["prior_low_95"], row["prior_high_95"]], low, high)
    axes.barh(place + 0.12, prior[1] - prior[0], left=prior[0], height=0.4, color=_PALE, zorder=0)
    axes.hlines(place + 0.12, row["low_95"], row["high_95"], color=colour, linewidth=1.6, zorder=2)
    axes.barh(
        place + 0.12,
        row["high_50"] - row["low_50"],
        left=row["low_50"],
        height=0.22,
        facecolor="white" if extrapolated else colour,
        edgecolor=colour,
        hatch="//////" if extrapolated else None,
        linewidth=1.0,
        zorder=3,
    )
    axes.plot(row["median"], place + 0.12, "o", color=colour, markeredgecolor="white", markersize=6, zorder=4)


def _circles(axes: Axes, place: float, row: Mapping[Hashable, Any], trials: pd.DataFrame) -> None:
    """Trials above the estimate: filled where they lie outside its interval, square where treatment ended."""
    for one in trials.to_dict("records"):
        outside = not row["low_95"] <= one["difference"] <= row["high_95"]
        axes.scatter(
            one["difference"],
            place - 0.27,
            s=max(10.0, _AREA * one["n"]),
            marker="o" if one["on_treatment"] else "s",
            facecolor=VERMILION if outside else "white",
            edgecolor=VERMILION,
            alpha=0.75,
            linewidth=1.0,
            zorder=5,
            clip_on=False,
        )


def _columns(axes: Axes, rows: list[tuple[float, Mapping[Hashable, Any]]]) -> None:
    """Numbers in the heights of the rows."""
    columns = ((-0.05, "right"), (0.26, "right"), (0.31, "left"))
    lines: list[tuple[float, tuple[str, ...], str]] = [
        (-0.75, ("trials", "patients", "median (95 % CrI)"), "bold")
    ]
    for place, row in rows:
        interval = f"{number(row['median'], 1)} ({number(row['low_95'], 1)} to {number(row['high_95'], 1)})"
        trials, patients = (f"{row[name]:,.0f}" if name in row else "" for name in ("trials", "patients"))
        lines.append((place, (trials, patients, interval), "normal"))
    for place, texts, weight in lines:
        for (x, side), text in zip(columns, texts, strict=True):
            axes.text(
                x,
                place,
                text,
                transform=_beside(axes),
                ha=side,
                va="center",
                fontsize=9,
                weight=weight,
                in_layout=False,
            )


def _legend(axes: Axes) -> None:
    def mark(shape: str, text: str, *, filled: bool) -> Line2D:
        face = VERMILION if filled else "white"
        return Line2D([], [], linestyle="", marker=shape, color=VERMILION, markerfacecolor=face, label=text)

    handles = [
        Patch(facecolor=BLUE, edgecolor=BLUE, label="posterior, 50 and 95 % CrI"),
        Patch(facecolor="white", edgecolor=BLUE, hatch="//////", label="the same, extrapolated"),
        Patch(color=_PALE, label="prior, 95 % (cut at the edges)"),
        mark("o", "trial arm minus control, outside the 95 % CrI", filled=True),
        mark("o", "the same, inside the 95 % CrI", filled=False),
        mark("s", "the same, after treatment", filled=False),
    ]
    axes.legend(
        handles=handles,
        title="Trials: any dose and condition; visit nearest week 12; area = patients of both arms",
        title_fontsize=8.5,
        fontsize=8.5,
        loc="lower center",
        bbox_to_anchor=(0.55, 1.0),
        ncols=2,
        frameon=False,
    )


def _beside(axes: Axes) -> Any:
    """x in shares of the axes, y in data."""
    return axes.get_yaxis_transform()
