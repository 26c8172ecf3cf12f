"""The files of a run, written into its folder from the tree of draws."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from typing import Any

import xarray as xr

from windup.datasets import Trials
from windup.fit.diagnostics.convergence import worst_mixing
from windup.fit.diagnostics.diagnose import Diagnosis
from windup.fit.diagnostics.informative_studies import courses_in
from windup.fit.display.blocks import markdown
from windup.fit.display.figure import png
from windup.fit.display.labels import Labels, labels_in
from windup.fit.runs.figures_checks import mixing_figure, predictive_figure
from windup.fit.runs.figures_courses import courses_figure
from windup.fit.runs.figures_effects import drug_effects_figure
from windup.fit.runs.figures_learned import contraction_figure, loop_gains_figure
from windup.fit.runs.page import summary_page
from windup.fit.settings.fit import Settings
from windup.fit.storage.columns import column_dictionary
from windup.fit.storage.folder import POSTERIOR, SETTINGS, SUMMARY, TRIALS, RunFolder
from windup.fit.storage.formats import as_json, table_csv, tree_bytes
from windup.fit.storage.tree import attribute

_WORST = 6


def figures(
    tree: xr.DataTree, diagnosis: Diagnosis, footer: str, labels: Labels
) -> Iterator[tuple[str, bytes]]:
    """Name and PNG bytes of each figure that the run has data for.

    Parameters
    ----------
    tree
        The run.
    diagnosis
        What was computed from it.
    footer
        Where the figures come from, and the warnings that apply to the run.
    labels
        Of the catalogue of the run.
    """
    yield (
        "drug_effects.png",
        png(drug_effects_figure(diagnosis.drug_effects, diagnosis.trial_effects), footer),
    )
    yield "predictive_check.png", png(predictive_figure(diagnosis.rows), footer)
    yield "contraction.png", png(contraction_figure(diagnosis.contraction, labels), footer)
    if not diagnosis.loop_gains.empty:
        yield "loop_gains.png", png(loop_gains_figure(diagnosis.loop_gains), footer)
    yield "mixing.png", png(mixing_figure(worst_mixing(tree, _WORST)), footer)
    courses = courses_figure(diagnosis.rows, courses_in(tree), labels)
    if courses is not None:
        yield "pain_courses.png", png(courses, footer)


_PROVENANCE = ("created", "data_sha256", "seed", "versions", "settings", "wall_seconds", "mesh_refinement")


def write_draws(
    folder: RunFolder, tree: xr.DataTree, trials: Trials, settings: Settings, notices: tuple[str, ...]
) -> None:
    """Write the draws, the data and the settings: all that cannot be computed again without sampling.

    Parameters
    ----------
    folder
        Where to write.
    tree
        The run.
    trials
        What it was fitted to.
    settings
        What was asked for.
    notices
        Warnings that apply to the run.
    """
    for name, content in trials.files.items():
        folder.write(f"{TRIALS}/{name}", content)
    folder.write(SETTINGS, as_json({**settings.as_json(), "notices": notices}))
    folder.write(POSTERIOR, tree_bytes(tree, notices))


def write_results(
    folder: RunFolder, tree: xr.DataTree, diagnosis: Diagnosis, record: Mapping[str, Any]
) -> None:
    """Write tables, figures and summaries of a run.

    Parameters
    ----------
    folder
        Where to write.
    tree
        The run.
    diagnosis
        What was computed from it.
    record
        Its record (`summary_record`).
    """
    notices = tuple(record["notices"])
    folder.write("provenance.json", as_json(_provenance(tree, notices)))
    tables = {
        "checks": diagnosis.studies,
        "drug_effects": diagnosis.drug_effects,
        "trial_effects": diagnosis.trial_effects,
        "contraction": diagnosis.contraction,
        "rows": diagnosis.rows,
    }
    if not diagnosis.visit_spreads.empty:
        tables["visit_spreads"] = diagnosis.visit_spreads
    if not diagnosis.own_trials.empty:
        tables |= {"own_trials": diagnosis.own_trials, "own_contrasts": diagnosis.own_contrasts}
    for name, table in tables.items():
        folder.write(f"{name}.csv", table_csv(table, notices))
    columns = column_dictionary({name: [*table.columns, "notices"] for name, table in tables.items()})
    folder.write("columns.csv", table_csv(columns, notices))
    for name, image in figures(tree, diagnosis, _footer(record), labels_in(record)):
        folder.write(f"figures/{name}", image)


def write_summary(folder: RunFolder, record: Mapping[str, Any]) -> None:
    """Write the summary, for programs and for readers.

    Parameters
    ----------
    folder
        Where to write.
    record
        The record of the run (`summary_record`).
    """
    folder.write(SUMMARY, as_json(record))
    folder.write("summary.md", markdown(summary_page(record)))


def _provenance(tree: xr.DataTree, notices: tuple[str, ...]) -> dict[str, Any]:
    return {
        **{name: attribute(tree, name) for name in _PROVENANCE},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "notices": notices,
    }


def _footer(record: Mapping[str, Any]) -> str:
    source = (
        f"windup, model '{record['model']}', {record['rows_used']} observations of "
        f"{record['studies_used']} studies, seed {record['seed']}."
    )
    return " ".join([source, *record["notices"], record["statement"]])
