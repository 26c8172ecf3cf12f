"""The folder of a finished analysis: settings, draws, tables, figures, summary and page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from windup.fit.display.blocks import Block, markdown
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.storage.folder import SETTINGS, SUMMARY, RunFolder

if TYPE_CHECKING:
    # They import JAX, matplotlib and xarray, which a command that only shows its help must not.
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from windup.fit.runs.fitted_run import FittedRun


@final
@dataclass(frozen=True, eq=False)
class Results:
    """Everything that an analysis leaves in its folder.

    Attributes
    ----------
    settings
        What was asked for, for ``settings.json``.
    record
        Content of ``summary.json``. Its ``notices`` are repeated in every file.
    page
        Page of such a record.
    source
        First sentence of the footer of every figure: which command, on which model and how many draws.
    tables, figures, trees
        Files by their name without its ending: CSV, PNG and netCDF.
    """

    settings: Mapping[str, Any]
    record: Mapping[str, Any]
    page: Callable[[Mapping[str, Any]], tuple[Block, ...]]
    source: str
    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Figure]
    trees: Mapping[str, xr.DataTree] = field(default_factory=dict)


def record_head(run: FittedRun) -> dict[str, Any]:
    """First entries of the ``summary.json`` of every analysis of one run."""
    return {
        "model": run.settings.model,
        "notices": list(run.notices),
        "statement": RESEARCH_ONLY,
        # An analysis refuses nothing; programs that read summaries of any kind look for it.
        "failed_checks": [],
        "draws_sha256": run.draws_sha256,
    }


def publish_results(folder: RunFolder, results: Results) -> tuple[Path, dict[str, Any]]:
    """Write all files of an analysis and give the folder its name.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RunFolderRefused, DiskError
        When another result took the name meanwhile, or the disk fails.
    """
    # They import matplotlib and xarray.
    from windup.fit.display.figure import png
    from windup.fit.storage.formats import as_json, as_plain, table_csv, tree_bytes

    record: dict[str, Any] = as_plain(results.record)
    notices = tuple(record["notices"])
    footer = " ".join([results.source, *notices, record["statement"]])
    folder.write(SETTINGS, as_json({**results.settings, "notices": notices}))
    for name, tree in results.trees.items():
        folder.write(f"{name}.nc", tree_bytes(tree, notices))
    for name, table in results.tables.items():
        folder.write(f"{name}.csv", table_csv(table, notices))
    for name, figure in results.figures.items():
        folder.write(f"{name}.png", png(figure, footer))
    folder.write(SUMMARY, as_json(record))
    folder.write("summary.md", markdown(results.page(record)))
    return folder.publish(), record
