"""The files of a run, written into its folder from the tree of draws."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from windup.datasets import Trials

from ._blocks import markdown
from ._diagnose import Diagnosis
from ._figures import figures
from ._page import summary_page
from ._read_run import SUMMARY
from ._run_folder import POSTERIOR, SETTINGS, TRIALS, RunFolder
from ._settings import Settings
from ._summary import as_json, attribute

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
    for name, table in {
        "checks.csv": diagnosis.studies,
        "drug_effects.csv": diagnosis.drug_effects,
        "contraction.csv": diagnosis.contraction,
        "rows.csv": diagnosis.rows,
    }.items():
        folder.write(name, table_csv(table, notices))
    for name, image in figures(tree, diagnosis, _footer(record)):
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


def tree_bytes(tree: xr.DataTree, notices: tuple[str, ...]) -> bytes:
    """Tree as the bytes of a netCDF file, with the warnings in every group.

    It is made in memory, so that a full disk is met while writing plain bytes and not inside HDF5.
    """
    marked = tree.copy()
    for node in marked.subtree:
        node.attrs = {**node.attrs, "notices": json.dumps(notices, ensure_ascii=False)}
    return bytes(marked.to_netcdf(engine="h5netcdf"))


def _provenance(tree: xr.DataTree, notices: tuple[str, ...]) -> dict[str, Any]:
    return {
        **{name: attribute(tree, name) for name in _PROVENANCE},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "notices": notices,
    }


def table_csv(table: pd.DataFrame, notices: tuple[str, ...]) -> str:
    """Table as CSV; its last column carries the warnings, as a comment line would break readers."""
    return table.assign(notices=" ".join(notices)).to_csv(index=False, lineterminator="\n")


def _footer(record: Mapping[str, Any]) -> str:
    source = (
        f"windup, model '{record['model']}', {record['rows_used']} rows of {record['studies_used']} "
        f"studies, seed {record['seed']}."
    )
    return " ".join([source, *record["notices"], record["statement"]])
