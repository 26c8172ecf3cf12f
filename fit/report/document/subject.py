"""What a report is about: a run, its record, its rows, and what other commands left of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import pandas as pd
import xarray as xr

from windup.fit.analyses.comparison.left_out_rows import LeftOutRows
from windup.fit.diagnostics.effects import EVIDENCE, drug_effects, trials_in
from windup.fit.display.labels import Labels, labels_in, labels_of
from windup.fit.display.text import clipped
from windup.fit.posterior.evidence import with_evidence
from windup.fit.report.document.elements import Link
from windup.fit.report.document.results import Absent, CommandResult, Found
from windup.fit.report.plan.check import PlanCheck
from windup.fit.runs.fitted_run import FittedRun

ALL_LOOPS: Final = "total"
"""Name of the gain of all feedback loops together, which stands among those of single loops."""


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
        Its rows beside their predictions (`windup.fit.diagnostics.predictive.coverage.predictive_rows`).
    left_out
        What its draws say of rows and studies left out.
    results
        What other commands left, by command.
    plan
        The run compared with its analysis plan; None without a plan.
    """

    run: FittedRun
    record: Mapping[str, Any]
    rows: pd.DataFrame
    left_out: LeftOutRows
    results: Mapping[str, Found]
    plan: PlanCheck | None = None

    @cached_property
    def labels(self) -> Labels:
        """Labels of the catalogue of its trials, which records of earlier versions do not hold."""
        return labels_in(self.record) if "labels" in self.record else labels_of(self.run.trials.catalogue)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Effects of the treatments (`windup.fit.diagnostics.effects.drug_effects`) with their basis."""
        return drug_effects(self._tree)

    @cached_property
    def trial_effects(self) -> pd.DataFrame:
        """What each controlled trial measured (`windup.fit.diagnostics.effects.trials_in`)."""
        return trials_in(self._tree)

    @cached_property
    def _tree(self) -> xr.DataTree:
        """The run; what runs of earlier versions lack (trials behind each effect) is worked out."""
        tree = self.run.tree
        return tree if EVIDENCE in tree.children else with_evidence(tree, self.run.problem, self.run.trials)

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
