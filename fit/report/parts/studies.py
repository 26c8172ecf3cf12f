"""The part of a report on its studies: coverage, rows and studies left out, and a figure of each study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import arviz_plots
import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.display.blocks import Heading, Paragraph
from windup.fit.display.figure import VERMILION
from windup.fit.display.format import number, percent
from windup.fit.display.labels import label
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Cell, Details, Gallery, Grid, Picture, ReportBlock, Section
from windup.fit.report.document.pictures import LAYOUT, arviz_picture, picture
from windup.fit.report.document.subject import Subject
from windup.fit.report.parts.study_figures import study_figure
from windup.fit.runs.page import check_blocks

# It is untyped.
_plots: Any = arviz_plots

_SHOWN_K = 12


def studies_part(subject: Subject) -> Section:
    """Coverage, LOO-PIT, Pareto k, and every study's rows beside their predictions, worst first."""
    blocks: list[ReportBlock] = [
        *check_blocks(subject.record),
        *_rows_left_out(subject),
        *_studies_left_out(subject),
        Heading("Every study: what was measured, and what the posterior predicts of it"),
        Paragraph(
            "Points: published values. Thick and thin lines: 50 and 95 % predictive intervals of the row, "
            "which know the study's own effects. Rings: outside the 95 % interval. Arms by colour. The "
            "studies that fit worst come first."
        ),
        Gallery(tuple(_study_pictures(subject))),
    ]
    return Section("studies", "Predictions of the trials, study by study", tuple(blocks))


def _rows_left_out(subject: Subject) -> list[ReportBlock]:
    found = subject.left_out.rows
    pit = found["pit"].to_numpy()
    tree = xr.DataTree.from_dict(
        {"loo_pit": xr.Dataset({"rows": ("sample", pit)}, coords={"sample": np.arange(len(pit))})}
    )
    below, above = float(np.mean(pit < 0.025)), float(np.mean(pit > 0.975))
    middle = float(np.mean((pit >= 0.25) & (pit <= 0.75)))
    unreliable = int(np.sum(found["pareto_k"] > subject.left_out.good_k))
    told = (
        f"{percent(below, 1)} of {len(pit)} rows lie below the 2.5 % quantile of their prediction, "
        f"{percent(above, 1)} above the 97.5 % quantile, and {percent(middle)} in the central half."
    )
    shown = arviz_picture(
        _plots.plot_ecdf_pit,
        tree,
        group="loo_pit",
        sample_dims=["sample"],
        method="pot_c",
        visuals={"title": False},
        figure_kwargs={**LAYOUT, "figsize": (8.0, 3.4)},
        alt=f"LOO-PIT of {len(pit)} rows as the difference of their distribution from a uniform one. {told}",
        caption="LOO-PIT: distribution of the probability integral transforms minus a uniform one; zero is "
        "good. p is of a test for uniformity of values that depend on each other (POT-C); black points are "
        "where it fails.",
    )
    return [
        Heading("Rows left out (LOO-PIT)"),
        Paragraph(
            f"Each row was left out by importance weights of the draws and predicted from the other rows of "
            f"its study. {told} A row of an unseen study would be predicted less well. {unreliable} rows "
            f"have weights that are not reliable (Pareto k above {subject.left_out.good_k:.2f})."
        ),
        shown,
    ]


def _studies_left_out(subject: Subject) -> list[ReportBlock]:
    found, limit = subject.left_out.study_k(), subject.left_out.good_k
    ordered = sorted(found, key=lambda name: -found[name])
    bad = [name for name in ordered if not found[name] <= limit]
    alt = f"Pareto k of {len(found)} studies; {len(bad)} lie above {limit:.2f}"
    alt += f", the largest is {number(found[ordered[0]], 2)}." if ordered else "."
    rows = tuple(((subject.study(name),), number(found[name], 2)) for name in ordered)
    columns = ("study", "Pareto k")
    return [
        Heading("Studies left out (Pareto k)"),
        Paragraph(
            f"Pareto k of the weights that take a whole study out of the draws. {len(bad)} of {len(found)} "
            f"studies are above {limit:.2f}: these draws cannot show what the fit would be without them. "
            "The weights keep what was learned of a study's patients, so they are harsher than those of "
            "windup compare, which averages over them."
        ),
        arviz_picture(
            _plots.plot_khat,
            subject.left_out.studies,
            hline_values=[limit],
            visuals={"hlines": {"color": VERMILION}},
            figure_kwargs={**LAYOUT, "figsize": (8.0, 3.2)},
            alt=alt,
            caption=f"Pareto k of each study, in the order of the run; line at {limit:.2f}.",
        ),
        Grid(
            f"Studies with the largest Pareto k ({min(_SHOWN_K, len(rows))} of {len(rows)})",
            columns,
            rows[:_SHOWN_K],
        ),
        *(
            [Details("Pareto k of all studies", (Grid("All studies", columns, rows),))]
            if len(rows) > _SHOWN_K
            else []
        ),
    ]


def _study_pictures(subject: Subject) -> list[Picture]:
    k = subject.left_out.study_k()
    groups = dict(tuple(subject.rows.groupby("study", sort=False)))
    return [
        _study_picture(subject, row, groups[row["study"]], k.get(str(row["study"])))
        for row in subject.record["coverage_by_study"]
        if row["study"] in groups
    ]


def _study_picture(subject: Subject, row: Mapping[str, Any], rows: pd.DataFrame, k: float | None) -> Picture:
    name = str(row["study"])
    inside = int(rows["covered_95"].sum())
    kinds = ", ".join(f"{count} {label(str(kind))}" for kind, count in rows["kind"].value_counts().items())
    condition = clipped(subject.labels.of(str(rows["condition"].iloc[0])), 60)
    weeks = f"weeks {rows['week'].min():g} to {rows['week'].max():g}"
    caption: Cell = (
        subject.study(name),
        f" ({condition}): {inside} of {len(rows)} rows in 95 %, residual "
        f"{number(row['root_mean_square_residual'], 2)}, Pareto k {number(k, 2)}",
    )
    alt = (
        f"Study {clipped(name, 60)}, {condition}: {len(rows)} rows ({kinds}) of {rows['arm'].nunique()} "
        f"arms, {weeks}; {inside} lie inside their 95 % predictive interval."
    )
    return picture(study_figure(rows), alt=alt, caption=caption)
