"""A run and what was made from it, compared with its analysis plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from windup.fit.report.document.results import Absent, Found, results_of
from windup.fit.report.plan.check import Done, PlanCheck, compared
from windup.fit.report.plan.plan import AnalysisPlan
from windup.fit.report.plan.quantities import SUMMARY
from windup.fit.report.plan.read import load_analysis_plan
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.storage.folder import read_summary
from windup.fit.storage.tree import attribute


def check_against_plan(
    run: Path | FittedRun,
    plan: Path | AnalysisPlan,
    *,
    compare: Path | None = None,
    calibration: Path | None = None,
) -> PlanCheck:
    """Compare a run and its analyses with an analysis plan.

    Parameters
    ----------
    run
        A finished run, or its folder.
    plan
        The plan, or its file.
    compare, calibration
        Folders that ``windup compare`` and ``windup calibrate`` wrote, as for `windup.fit.build_report`.

    Returns
    -------
    PlanCheck
        ``deviations`` (settings, trials, version of windup, start of the chains, absent analyses, a plan
        that is younger than the run), ``limits`` with the value found and whether it holds (``held`` is None
        where there is no value), ``order`` of plan and run by their dates, and ``as_json()``. Only a SHA-256
        that was deposited elsewhere before the run shows that the plan is older.

    Raises
    ------
    PlanFaults
        When the plan has faults.
    RunFolderRefused
        When there is no finished run.
    """
    asked = plan if isinstance(plan, AnalysisPlan) else load_analysis_plan(plan)
    fitted = run if isinstance(run, FittedRun) else read_run(run)
    _, record = read_summary(fitted.folder)
    return plan_check(asked, fitted, record, results_of(fitted, compare=compare, calibration=calibration))


def plan_check(
    plan: AnalysisPlan, run: FittedRun, record: Mapping[str, Any], results: Mapping[str, Found]
) -> PlanCheck:
    """The same from what was read of a run."""
    seconds: Mapping[str, float] = attribute(run.tree, "wall_seconds") or {}
    versions: Mapping[str, str] = attribute(run.tree, "versions") or {}
    done = Done(
        settings=run.settings,
        data_sha256=str(attribute(run.tree, "data_sha256")),
        windup_version=versions.get("windup", "unknown"),
        created=attribute(run.tree, "created"),
        seconds=sum(seconds.values()),
        started_from=record.get("start"),
        results={SUMMARY: record, **{name: _record_of(found) for name, found in results.items()}},
    )
    return compared(plan, done)


def _record_of(found: Found) -> Mapping[str, Any] | str:
    """What an analysis left, or why there is nothing, with the command that changes it."""
    return f"{found.why} `{found.command}` makes it." if isinstance(found, Absent) else found.record
