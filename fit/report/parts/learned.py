"""The part of a report on what was learned: prior against posterior, contraction, loop gains."""

from __future__ import annotations

from typing import Any

import arviz_plots
import numpy as np
import xarray as xr

from windup.fit.diagnostics.contraction import contraction
from windup.fit.diagnostics.effects import loop_gains
from windup.fit.display.blocks import Heading
from windup.fit.display.format import number
from windup.fit.display.labels import label
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Details, Grid, Picture, ReportBlock, Section
from windup.fit.report.document.pictures import (
    LAYOUT,
    SMALL_TITLES,
    arviz_picture,
    labels_of,
    numbered,
    picture,
)
from windup.fit.report.document.subject import Subject
from windup.fit.runs.figures_learned import contraction_figure, loop_gains_figure
from windup.fit.runs.page import learned_blocks, loop_blocks
from windup.fit.storage.tree import all_elements, group

# It is untyped.
_plots: Any = arviz_plots

_SHOWN = 12


def learned_part(subject: Subject) -> Section:
    """Prior against posterior of all parameters."""
    record = subject.record
    table = record["contraction"]
    driven = len(record["prior_driven"])
    contractions = picture(
        contraction_figure(contraction(subject.run.tree), subject.labels),
        alt=f"Contraction from prior to posterior of {len(table)} parameters, largest first, from "
        f"{number(table[0]['contraction'], 2)} ({table[0]['parameter']}); {driven} are prior-driven (hollow)."
        if table
        else "No parameter.",
        caption="Contraction of each parameter: 1 − posterior variance / prior variance.",
    )
    blocks: list[ReportBlock] = [*learned_blocks(record), *_prior_posterior(subject), contractions]
    blocks.append(Details(f"Prior and posterior of all {len(table)} parameters", (_table(table),)))
    return Section("learned", "What the trials taught: prior against posterior", tuple(blocks))


def loops_part(subject: Subject) -> Section | None:
    """Feedback loops; None for a model without any."""
    gains = subject.record["loop_gains"]
    if not gains:
        return None
    # Its first block is the title of the part.
    _, *blocks = loop_blocks(subject.record)
    told = "; ".join(f"{label(row['loop'])} {number(row['median'], 2)}" for row in gains)
    shown = picture(
        loop_gains_figure(loop_gains(subject.run.tree)),
        alt=f"Gains of {len(gains)} feedback loops with 50 and 95 % intervals, prior below posterior. "
        f"Medians: {told}.",
        caption="Gains of the feedback loops: posterior beside prior.",
    )
    return Section("loops", "Feedback loops", (*blocks, shown))


def _prior_posterior(subject: Subject) -> list[ReportBlock]:
    known = [row for row in subject.record["contraction"] if row["contraction"] is not None][:_SHOWN]
    if not known:
        return []
    names = [str(row["parameter"]) for row in known]
    tree = _of_parameters(subject.run.tree, names)
    listed = ", ".join(f"{row['parameter']} ({number(row['contraction'], 2)})" for row in known)
    shown: Picture = arviz_picture(
        _plots.plot_prior_posterior,
        tree,
        kind="kde",
        labeller=labels_of(names),
        col_wrap=4,
        visuals=SMALL_TITLES,
        figure_kwargs={**LAYOUT, "figsize": (9.6, 6.4)},
        alt=f"Densities of prior and posterior of the {len(known)} parameters that the trials moved most, "
        f"with their contraction: {clipped(listed, 900)}.",
        caption=f"Prior (blue) and posterior (orange) of the {len(known)} parameters with the largest "
        "contraction; positive ones as logarithms.",
    )
    return [Heading("Prior against posterior"), shown]


def _of_parameters(tree: xr.DataTree, names: list[str]) -> xr.DataTree:
    """Prior and posterior of single parameters, on the scale on which their contraction was taken."""
    wanted = {name.split("[")[0] for name in names}
    found: dict[str, list[np.ndarray]] = {}
    for of in ("posterior", "prior"):
        dataset = group(tree, of)
        kept = dict(all_elements(dataset[[str(name) for name in dataset.data_vars if str(name) in wanted]]))
        found[of] = [kept[name].transpose("chain", "draw").values for name in names]
    positive = [min(map(np.min, both)) > 0.0 for both in zip(*found.values(), strict=True)]
    return xr.DataTree.from_dict(
        {
            of: numbered([np.log(x) if log else x for x, log in zip(draws, positive, strict=True)])
            for of, draws in found.items()
        }
    )


def _table(table: list[dict[str, Any]]) -> Grid:
    columns = (
        "parameter",
        "kind",
        "unit",
        "prior median (95 %)",
        "posterior median (95 %)",
        "contraction",
        "shift, SD",
        "prior-driven",
    )
    rows = tuple(
        (
            clipped(row["parameter"], 80),
            row["kind"],
            row["unit"],
            _interval(row, "prior"),
            _interval(row, "posterior"),
            number(row["contraction"], 2),
            number(row["shift"], 2),
            "yes" if row["prior_driven"] else "no",
        )
        for row in table
    )
    return Grid("Prior and posterior", columns, rows)


def _interval(row: dict[str, Any], of: str) -> str:
    middle, low, high = (row[f"{of}_{name}"] for name in ("median", "low_95", "high_95"))
    if middle is None:
        return number(None, 2)
    return f"{_short(middle)} ({_short(low)} to {_short(high)})"


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
