"""One page of a run, with everything that is known of it: the function behind ``windup report``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from windup.fit.analyses.comparison.left_out_rows import LeftOutRows, left_out_rows
from windup.fit.diagnostics.predictive.coverage import predictive_rows
from windup.fit.execution.progress import Progress, silent
from windup.fit.report.document.elements import Missing, Section
from windup.fit.report.document.results import Absent, results_of
from windup.fit.report.document.subject import Subject
from windup.fit.report.html import html
from windup.fit.report.parts.commands import TITLES, command_part
from windup.fit.report.parts.convergence import convergence_part
from windup.fit.report.parts.effects import effects_part
from windup.fit.report.parts.learned import learned_part, loops_part
from windup.fit.report.parts.limits import limits_part
from windup.fit.report.parts.network import network_part
from windup.fit.report.parts.opening import opening_part
from windup.fit.report.parts.plan import plan_part
from windup.fit.report.parts.priors import priors_part
from windup.fit.report.parts.settings import settings_part
from windup.fit.report.parts.sources import sources_part
from windup.fit.report.parts.studies import studies_part
from windup.fit.report.parts.verdicts import verdicts_part
from windup.fit.report.plan.check import PlanCheck
from windup.fit.report.plan.plan import AnalysisPlan
from windup.fit.report.plan.read import load_analysis_plan
from windup.fit.report.planned import plan_check
from windup.fit.runs.fitted_run import FittedRun, read_run
from windup.fit.storage.folder import read_summary

type LeavesOut = Callable[..., LeftOutRows]
"""Predicts every row from the other rows of its study, as `windup.fit.left_out_rows` does."""

# What is read from other commands, in the order of the report; None stands for what the run itself has.
_ORDER: tuple[str, ...] = (
    "results",
    "limits",
    "plan",
    "effects",
    "predict",
    "claims",
    "simulate",
    "compare",
    "score",
    "studies",
    "network",
    "learned",
    "loops",
    "verdicts",
    "convergence",
    "calibrate",
    "sensitivity/power-scaling",
    "sensitivity/sobol",
    "sensitivity/morris",
    "sensitivity/local",
    "sensitivity/prior-refit",
    "sensitivity/block-refit",
    "identify",
    "sources",
    "priors",
    "settings",
)


@final
@dataclass(frozen=True)
class RunReport:
    """A report.

    Attributes
    ----------
    html
        The page, whole: it needs no other file and no network.
    parts, missing
        What is in it, in its order, and what is not.
    plan
        The run compared with its analysis plan; None without a plan.
    """

    html: str
    parts: tuple[Section, ...]
    missing: tuple[Missing, ...]
    plan: PlanCheck | None = None


def build_report(
    run: Path | FittedRun,
    *,
    compare: Path | None = None,
    calibration: Path | None = None,
    plan: Path | AnalysisPlan | None = None,
    leaves_out: LeavesOut = left_out_rows,
    progress: Progress = silent,
) -> RunReport:
    """Gather all that is known of a run on one page.

    Parameters
    ----------
    run
        A finished run, or its folder.
    compare, calibration
        Folders that ``windup compare`` and ``windup calibrate`` wrote; None for ``comparison`` and
        ``calibration`` (or ``calibration_MODEL``) beside the run.
    plan
        Analysis plan that the run is compared with, or its file; None for no such part.
    leaves_out
        What leaves rows and studies out: it evaluates the model, and nothing else here does.
    progress
        Called with the progress of the phases ``rows`` and ``parts``.

    Returns
    -------
    RunReport
        What other commands left in the folder of the run is shown if it was made from the same draws.

    Raises
    ------
    PlanFaults
        When the plan has faults.
    RunFolderRefused
        When there is no finished run.
    """
    asked = load_analysis_plan(plan) if isinstance(plan, Path) else plan
    fitted = run if isinstance(run, FittedRun) else read_run(run)
    _, record = read_summary(fitted.folder)
    results = results_of(fitted, compare=compare, calibration=calibration)
    planned = None if asked is None else plan_check(asked, fitted, record, results)
    subject = Subject(
        run=fitted,
        record=record,
        rows=predictive_rows(fitted.tree),
        left_out=leaves_out(fitted, progress=progress),
        results=results,
        plan=planned,
    )
    missing = tuple(_missing(subject))
    makers: dict[str, Callable[[], Section | None]] = {
        "results": lambda: opening_part(subject),
        "verdicts": lambda: verdicts_part(subject),
        "limits": lambda: limits_part(subject, missing),
        "plan": lambda: None if planned is None else plan_part(planned),
        "convergence": lambda: convergence_part(subject),
        "studies": lambda: studies_part(subject),
        "network": lambda: network_part(subject),
        "learned": lambda: learned_part(subject),
        "loops": lambda: loops_part(subject),
        "effects": lambda: effects_part(subject),
        "sources": lambda: sources_part(subject),
        "priors": lambda: priors_part(subject),
        "settings": lambda: settings_part(subject),
    }
    parts: list[Section] = []
    for place, name in enumerate(_ORDER):
        progress("parts", place, len(_ORDER), name)
        found = makers[name]() if name in makers else _of_command(subject, name)
        parts += [found] if found else []
    progress("parts", len(_ORDER), len(_ORDER))
    return RunReport(html(subject, tuple(parts), missing), tuple(parts), missing, planned)


def _of_command(subject: Subject, name: str) -> Section | None:
    result = subject.result(name)
    return None if result is None else command_part(name, result)


def _missing(subject: Subject) -> list[Missing]:
    return [
        Missing(*TITLES[name], found.why, found.command)
        for name in _ORDER
        if name in TITLES and isinstance(found := subject.results[name], Absent)
    ]


def contents(found: RunReport) -> dict[str, Any]:
    """What is in a report and what is missing, in values that JSON can hold."""
    return {
        "parts": [{"name": part.name, "title": part.title} for part in found.parts],
        "missing": [
            {"name": each.name, "title": each.title, "why": each.why, "command": each.command}
            for each in found.missing
        ],
        "plan": None if found.plan is None else found.plan.as_json(),
    }
