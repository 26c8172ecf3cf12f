"""What a report is about: a run, its record, its rows, and what other commands left of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import pandas as pd

from windup.fit.analyses.comparison.left_out_rows import LeftOutRows
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Link
from windup.fit.report.document.results import Absent, CommandResult, Found
from windup.fit.runs.fitted_run import FittedRun


@final
@dataclass(frozen=True, eq=False)
class Subject:
    """A run with all that is known of it.

    Attributes
    ----------
    run
        The run.
    record
        Its ``summary.json``.
    rows
        Its rows beside their predictions (`windup.fit.diagnostics.coverage.predictive_rows`).
    left_out
        What its draws say of rows and studies left out.
    results
        What other commands left, by command.
    """

    run: FittedRun
    record: Mapping[str, Any]
    rows: pd.DataFrame
    left_out: LeftOutRows
    results: Mapping[str, Found]

    @cached_property
    def anchors(self) -> Mapping[str, str]:
        """Anchor of every study in the table of sources; no text of a user is an anchor."""
        names = self.run.trials.studies["study_id"].astype(str)
        return {name: f"study-{place}" for place, name in enumerate(names, 1)}

    def study(self, name: str) -> str | Link:
        """Name of a study as it is shown, with a link to its sources."""
        shown = clipped(name, 60)
        return Link(shown, f"#{self.anchors[name]}") if name in self.anchors else shown

    def result(self, name: str) -> CommandResult | None:
        """What a command left, or None."""
        found = self.results[name]
        return found if isinstance(found, CommandResult) else None

    def absent(self, name: str) -> Absent | None:
        """Why there is nothing of a command, or None."""
        found = self.results[name]
        return found if isinstance(found, Absent) else None
