"""What a command found beside a run: pages, tables, draws and figures, written as one folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from windup.fit.display.blocks import markdown
from windup.fit.display.figure import png
from windup.fit.runs.findings_page import findings_page
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.storage.folder import SETTINGS, SUMMARY, RunFolder
from windup.fit.storage.formats import as_json, table_csv, tree_bytes


@final
@dataclass(frozen=True)
class Section:
    """One part of a page: what the table shows and how to read it, and its formatted cells."""

    heading: str
    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@final
@dataclass(frozen=True, eq=False)
class AnalysisResult:
    """Everything that an analysis computed.

    Attributes
    ----------
    command
        Name of the command, which is that of its netCDF file.
    title, verdict
        Of its page.
    sections
        The rest of the page.
    tables
        By the name of their CSV file, without its ending.
    figures
        By the name of their PNG file, without its ending.
    tree
        Draws, designs and what was solved at them.
    numbers
        For programs, beside what the page shows.
    notices
        Warnings that every file has to repeat.
    """

    command: str
    title: str
    verdict: str
    sections: tuple[Section, ...]
    tables: Mapping[str, pd.DataFrame]
    figures: Mapping[str, Figure]
    tree: xr.DataTree
    numbers: Mapping[str, Any]
    notices: tuple[str, ...]


def write_findings(
    folder: RunFolder, found: AnalysisResult, settings: Mapping[str, Any]
) -> tuple[Path, dict[str, Any]]:
    """Write tables, figures, draws and summaries, and give the folder its name.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.
    """
    notices = found.notices
    record = {
        "command": found.command,
        "title": found.title,
        "verdict": found.verdict,
        "notices": list(notices),
        # Nothing is refused here; programs that read summaries of any kind look for it.
        "failed_checks": [],
        "sections": [
            {"heading": each.heading, "text": each.text, "columns": each.columns, "rows": each.rows}
            for each in found.sections
        ],
        **found.numbers,
        "settings": dict(settings),
        "statement": RESEARCH_ONLY,
    }
    footer = " ".join([f"windup {found.command}: {found.title}.", *notices, RESEARCH_ONLY])
    folder.write(SETTINGS, as_json({**settings, "notices": notices}))
    folder.write(f"{found.command}.nc", tree_bytes(found.tree, notices))
    for name, table in found.tables.items():
        folder.write(f"{name}.csv", table_csv(table, notices))
    for name, drawn in found.figures.items():
        folder.write(f"figures/{name}.png", png(drawn, footer))
    folder.write(SUMMARY, as_json(record))
    folder.write("summary.md", markdown(findings_page(record)))
    return folder.publish(), record
