"""Figures of predictions: differences, courses, doses, combinations and magnesium."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from windup.fit.diagnostics.effects import MINIMAL_IMPORTANT_POINTS
from windup.fit.display.figure import BLACK, BLUE, CYCLE, GREY, ORANGE, VERMILION, figure, plain
from windup.fit.display.format import probability
from windup.fit.display.labels import Labels


def combinations_figure(combinations: pd.DataFrame) -> Figure:
    """Combinations minus the sum of their drugs, and minus the best of them, each with its interval."""
    last = _last(combinations).sort_values("versus_best_median", ignore_index=True)
    sure = int((last["versus_best_high_95"] < 0.0).sum())
    unseen = int((last["trials"] == 0).sum())
    drawn = figure(
        f"{sure} of {len(last)} combinations relieve more than their best drug; no trial gave {unseen}",
        width_inches=9.5,
        height_inches=2.2 + 0.42 * len(last),
    )
    panels = drawn.subplots(1, 2, sharey=True)
    contrasts = (
        ("versus_best", "minus the best of its drugs"),
        ("versus_additive", "minus the sum of its drugs"),
    )
    for axes, (name, words) in zip(panels, contrasts, strict=True):
        plain(axes)
        _contrasts(axes, last, name)
        axes.set_title(f"{words}\n(P: probability of more relief)", fontsize=9)
        axes.set_xlabel("NRS points", fontsize=9)
        axes.axvline(0.0, color=BLACK, linewidth=0.8)
    names = [
        f"{row['regimen']}\n({_trials(row['trials'])} gave them together)" for row in last.to_dict("records")
    ]
    panels[0].set_yticks(np.arange(len(last)), names, fontsize=8.5)
    panels[0].set_ylim(len(last) - 0.5, -0.5)
    drawn.supxlabel(f"Median, 50 and 95 % CrI at the last reported week; colours: {_COLOUR_WORDS}.")
    return drawn


def _contrasts(axes: Axes, last: pd.DataFrame, name: str) -> None:
    for place, row in enumerate(last.to_dict("records")):
        colour = _COLOURS[row["basis"]]
        axes.hlines(place, row[f"{name}_low_95"], row[f"{name}_high_95"], color=colour, linewidth=1.4)
        axes.hlines(place, row[f"{name}_low_50"], row[f"{name}_high_50"], color=colour, linewidth=4.5)
        axes.plot(row[f"{name}_median"], place, "o", color=colour, markeredgecolor="white", markersize=6)
        axes.text(
            1.02,
            place,
            probability(row[f"{name}_probability_below_zero"]),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=8.5,
        )


def _trials(number: int) -> str:
    return f"{number} trial" if number == 1 else f"{number} trials"


def _last(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of each regimen's last reported week."""
    return table[table["week"] == table.groupby("regimen")["week"].transform("max")]


def magnesium_figure(courses: pd.DataFrame) -> Figure:
    """Serum and CSF magnesium, posterior median and 95 % band, one line for each course that differs."""
    drawn = figure("Magnesium: posterior median and 95 % band", width_inches=9.5, height_inches=4.2)
    axes_of = dict(zip(("serum_magnesium", "csf_magnesium"), drawn.subplots(1, 2), strict=True))
    for quantity, axes in axes_of.items():
        plain(axes).set_title(quantity.replace("_", " ").replace("csf", "CSF"), fontsize=10)
        axes.set_xlabel("week", fontsize=9)
        axes.set_ylabel("mmol/L", fontsize=9)
        seen: list[np.ndarray] = []
        for name, part in courses[courses["quantity"] == quantity].groupby("regimen", sort=False):
            median = part["median"].to_numpy()
            if any(len(median) == len(other) and np.allclose(median, other, atol=1e-6) for other in seen):
                continue
            colour = CYCLE[len(seen) % len(CYCLE)]
            seen.append(median)
            axes.plot(part["week"], median, color=colour, label=str(name), linewidth=1.4)
            axes.fill_between(
                part["week"], part["low_95"], part["high_95"], color=colour, alpha=0.2, linewidth=0
            )
    axes_of["serum_magnesium"].legend(fontsize=7, frameon=False)
    return drawn


_COLOURS = {"interpolation": BLUE, "extrapolation": ORANGE, "prior-driven": GREY}


_COLOUR_WORDS = "blue interpolation, orange extrapolation, grey prior-driven"
_COLUMNS = 5
_EFFECT_AXIS = (-4.0, 1.5)
_COURSE_AXIS = (-3.2, 1.6)
# Points² of a circle per patient of both arms.
_AREA = 0.15


def prediction_figures(tables: dict[str, pd.DataFrame], labels: Labels) -> dict[str, Figure]:
    """Each figure that there is something to show in, by the name of its file."""
    figures = {"effects": effects_figure(tables["effects"], labels)}
    if not tables["trial_courses"].empty:
        figures["trials"] = trials_figure(tables["trial_courses"], tables["trial_effects"])
    figures["courses"] = courses_figure(tables["courses"])
    if not tables["doses"].empty:
        figures["doses"] = doses_figure(tables["doses"])
    if not tables["combinations"].empty:
        figures["combinations"] = combinations_figure(tables["combinations"])
    if tables["courses"]["quantity"].str.endswith("magnesium").any():
        figures["magnesium"] = magnesium_figure(tables["courses"])
    return figures


def effects_figure(effects: pd.DataFrame, labels: Labels) -> Figure:
    """Forest of the effects at each regimen's last reported week, what rests on trials first."""
    last = _last(effects)
    mean = last[last["study"] == "mean"]
    new = last[last["study"] == "new"].set_index("regimen")
    main = mean["condition"].mode()[0]
    blocks = _blocks(mean, main, labels.of(main))
    height = sum(len(block) + 1.3 for _, block in blocks)
    sure = mean["high_95"] < 0.0
    rests = int((sure & (mean["basis"] == "interpolation")).sum())
    drawn = figure(
        f"{sure.sum()} of {len(mean)} regimens relieve pain (95 % CrI below 0); {rests} by interpolation",
        width_inches=9.5,
        height_inches=2.0 + 0.3 * height,
    )
    axes = plain(drawn.subplots())
    beside = axes.get_yaxis_transform()
    place, ticks, names = 0.0, [], []
    for heading, block in blocks:
        axes.text(0.01, place, heading, transform=beside, fontsize=9, style="italic", va="center")
        place += 1.0
        usual = block["week"].mode()[0]
        for row in block.to_dict("records"):
            _interval_of(axes, place, row, new.loc[row["regimen"]])
            axes.text(
                1.06, place, f"{row['trials']}", transform=beside, fontsize=8.5, va="center", ha="right"
            )
            ticks.append(place)
            week = "" if row["week"] == usual else f" (week {row['week']:g})"
            names.append(f"{row['regimen']}{week}")
            place += 1.0
        place += 0.3
    axes.text(1.06, -0.9, "trials", transform=beside, fontsize=8.5, weight="bold", ha="right", va="center")
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    axes.axvline(-MINIMAL_IMPORTANT_POINTS, color=BLACK, linewidth=0.8, linestyle=":")
    axes.set_yticks(ticks, names, fontsize=8.5)
    axes.set_ylim(place - 0.3, -1.2)
    axes.set_xlim(*_EFFECT_AXIS)
    axes.set_xlabel("NRS points; dotted line: one point less pain", fontsize=9)
    weeks = "/".join(f"{week:g}" for week in sorted(mean["week"].unique()))
    drawn.supxlabel(
        f"Mean difference from placebo in pain (NRS 0-10) at week {weeks}, all patients staying on "
        f"treatment; baseline as in the regimen. Thick: 50 %, thin: 95 % CrI; thin dotted: effect in a new "
        f"study, 95 %; pale: prior, 95 %. Intervals at the edge run on past it. Colours: {_COLOUR_WORDS}."
    )
    return drawn


def _blocks(mean: pd.DataFrame, main: str, title: str) -> list[tuple[str, pd.DataFrame]]:
    """Single drugs, combinations, and other conditions; prior-driven regimens last in each."""
    driven = (mean["basis"].map({"interpolation": 0, "extrapolation": 1}).fillna(2)).rename("rank")
    ordered = mean.assign(rank=driven).sort_values(["rank", "median"], kind="stable")
    here, together = ordered["condition"] == main, ordered["drugs"] > 1
    found = [
        (f"{title}: one drug", ordered[here & ~together]),
        (f"{title}: combinations", ordered[here & together]),
        ("other conditions", ordered[~here]),
    ]
    return [(f"{name[:1].upper()}{name[1:]}", block) for name, block in found if len(block)]


def _interval_of(axes: Axes, place: float, row: Mapping[Hashable, Any], new: pd.Series) -> None:
    colour = _COLOURS[row["basis"]]
    prior = np.clip([row["prior_low_95"], row["prior_high_95"]], *_EFFECT_AXIS)
    axes.barh(place, prior[1] - prior[0], left=prior[0], height=0.55, color="#E4E4E4", zorder=0)
    axes.hlines(place, new["low_95"], new["high_95"], color=colour, linewidth=1.0, linestyle=":")
    axes.hlines(place, row["low_95"], row["high_95"], color=colour, linewidth=1.6)
    axes.hlines(place, row["low_50"], row["high_50"], color=colour, linewidth=4.5)
    axes.plot(row["median"], place, "o", color=colour, markeredgecolor="white", markersize=5)


def trials_figure(courses: pd.DataFrame, trials: pd.DataFrame) -> Figure:
    """Effect over time of the drugs with most trials, and what each trial measured."""
    inside = [_inside(courses, one) for one in trials.to_dict("records")]
    regimens = list(dict.fromkeys(courses["regimen"]))
    drawn, grid = _panels(
        f"{sum(inside)} of {len(inside)} trial results lie in the 95 % band of a new study's effect",
        regimens,
        3,
    )
    for axes, (name, part) in zip(grid, courses.groupby("regimen", sort=False), strict=True):
        mine = trials[trials["drug"] == part["drug"].iloc[0]]
        _course(axes, part, BLUE)
        for limit in ("new_low_95", "new_high_95"):
            axes.plot(part["week"], part[limit], color=BLUE, linewidth=0.9, linestyle=":")
        end = float(part["last_dose_week"].iloc[0])
        axes.axvspan(end, float(part["week"].max()), color="#F0F0F0", zorder=0)
        for _, arm in mine.groupby(["study", "arm"]):
            axes.plot(arm["week"], arm["difference"], color=VERMILION, linewidth=0.6, alpha=0.6)
        _dots(axes, mine)
        axes.set_title(f"{name}: {_trials(mine['study'].nunique())}\nn = {_patients(mine):,.0f}", fontsize=9)
        axes.set_xlim(-0.5, float(part["week"].max()))
    drawn.supylabel("difference from placebo, NRS points", fontsize=9)
    drawn.supxlabel(
        "Weeks since the first dose; grey: after the last dose. Blue: median, 50 and 95 % CrI in the average "
        "study of the regimen's patient; dotted: effect in a new study, 95 %. Circles: trial arm minus its "
        "control arm while on treatment, any dose and condition (hollow: control without placebo); area = "
        "patients of both arms; lines join the visits of an arm."
    )
    return drawn


def _dots(axes: Axes, trials: pd.DataFrame) -> None:
    placebo = trials["placebo_controlled"].astype(bool)
    for part, face in ((trials[placebo], VERMILION), (trials[~placebo], "white")):
        area = np.maximum(_AREA * part["n"].to_numpy(float), 8.0)
        where = np.clip(part["difference"].to_numpy(float), *_COURSE_AXIS)
        axes.scatter(
            part["week"],
            where,
            s=area,
            facecolor=face,
            edgecolor=VERMILION,
            alpha=0.75,
            linewidth=0.9,
            zorder=3,
        )


def _inside(courses: pd.DataFrame, one: Mapping[Hashable, Any]) -> bool:
    mine = courses[courses["drug"] == one["drug"]]
    low, high = (np.interp(one["week"], mine["week"], mine[limit]) for limit in ("new_low_95", "new_high_95"))
    return bool(low <= one["difference"] <= high)


def _patients(trials: pd.DataFrame) -> float:
    """Patients of all trials, each arm and each control arm once, at its largest visit."""
    arms = trials.groupby(["study", "control", "arm"])[["n", "n_control"]].max()
    treated = (arms["n"] - arms["n_control"]).sum()
    return float(treated + arms["n_control"].groupby(["study", "control"]).max().sum())


def _course(axes: Axes, part: pd.DataFrame, colour: str) -> None:
    axes.fill_between(part["week"], part["low_95"], part["high_95"], color=colour, alpha=0.2, linewidth=0)
    axes.fill_between(part["week"], part["low_50"], part["high_50"], color=colour, alpha=0.4, linewidth=0)
    axes.plot(part["week"], part["median"], color=colour, linewidth=1.4)
    axes.axhline(0.0, color=BLACK, linewidth=0.7)
    axes.set_ylim(*_COURSE_AXIS)


def courses_figure(courses: pd.DataFrame) -> Figure:
    """Effect over time of every regimen, on one scale."""
    effect = courses[courses["quantity"] == "difference"]
    drawn, grid = _panels("Effect over time of every regimen", list(dict.fromkeys(effect["regimen"])))
    for axes, (_, part) in zip(grid, effect.groupby("regimen", sort=False), strict=True):
        _course(axes, part, _COLOURS[part["basis"].iloc[0]])
    drawn.supylabel("difference from placebo, NRS points", fontsize=9)
    drawn.supxlabel(f"Weeks. Median, 50 and 95 % CrI in the average study. Colours: {_COLOUR_WORDS}.")
    return drawn


def doses_figure(doses: pd.DataFrame) -> Figure:
    """Difference from no drug over the dose."""
    drawn, grid = _panels(
        "Effect over the dose at the last reported week",
        list(dict.fromkeys(doses["regimen"])),
    )
    for axes, (_, part) in zip(grid, doses.groupby("regimen", sort=False), strict=True):
        colour = _COLOURS[part["basis"].iloc[0]]
        axes.fill_between(
            part["dose"], part["low_95"], part["high_95"], color=colour, alpha=0.25, linewidth=0
        )
        axes.fill_between(part["dose"], part["low_50"], part["high_50"], color=colour, alpha=0.5, linewidth=0)
        axes.plot(part["dose"], part["median"], color=colour, marker="o", markersize=3)
        axes.axhline(0.0, color=BLACK, linewidth=0.6)
        axes.set_ylim(-3.0, 2.0)
    drawn.supylabel("difference from placebo, NRS points", fontsize=9)
    drawn.supxlabel(f"Median, 50 and 95 % CrI in the average study. Colours: {_COLOUR_WORDS}.")
    return drawn


def _panels(title: str, names: list[str], most: int = _COLUMNS) -> tuple[Figure, list[Axes]]:
    columns = min(most, len(names))
    lines = -(-len(names) // columns)
    wide = 9.5 / most
    drawn = figure(title, width_inches=max(wide * columns, 5.0), height_inches=1.6 + 0.95 * wide * lines)
    grid = list(np.asarray(drawn.subplots(lines, columns, squeeze=False, sharey=True)).ravel())
    for axes, name in zip(grid, names, strict=False):
        plain(axes).set_title(textwrap.fill(name, round(9.0 * wide), break_long_words=False), fontsize=8)
        axes.tick_params(labelsize=8)
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    return drawn, grid[: len(names)]
