"""Result of an analysis whose page is made of sections: text, tables, figures and draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from windup.fit.runs.analysis_page import analysis_page
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.runs.results import Results


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
        For programs, next to what the page shows.
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

    def results(self, settings: Mapping[str, Any]) -> Results:
        """What it leaves in its folder.

        Parameters
        ----------
        settings
            What was asked for.
        """
        record = {
            "command": self.command,
            "title": self.title,
            "verdict": self.verdict,
            "notices": list(self.notices),
            # An analysis refuses nothing; programs that read summaries of any kind look for it.
            "failed_checks": [],
            "sections": [
                {"heading": each.heading, "text": each.text, "columns": each.columns, "rows": each.rows}
                for each in self.sections
            ],
            **self.numbers,
            "settings": dict(settings),
            "statement": RESEARCH_ONLY,
        }
        return Results(
            settings=settings,
            record=record,
            page=analysis_page,
            source=f"windup {self.command}: {self.title}.",
            tables=self.tables,
            figures={f"figures/{name}": figure for name, figure in self.figures.items()},
            trees={self.command: self.tree},
        )
