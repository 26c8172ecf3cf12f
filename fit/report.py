"""One page of a run, with everything that is known of it: the function behind ``windup report``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from ._coverage import predictive_rows
from ._fitted_run import FittedRun, read_run
from ._left_out_rows import LeftOutRows, left_out_rows
from ._progress import Report, silent
from ._read_run import read_summary
from ._report_commands import TITLES, command_part
from ._report_convergence import convergence_part
from ._report_effects import effects_part
from ._report_html import html
from ._report_learned import learned_part, loops_part
from ._report_limits import limits_part
from ._report_part import Missing, Part
from ._report_priors import priors_part
from ._report_results import Absent, results_of
from ._report_settings import settings_part
from ._report_sources import sources_part
from ._report_studies import studies_part
from ._report_subject import Subject
from ._report_verdicts import verdicts_part

type LeavesOut = Callable[..., LeftOutRows]
"""Predicts every row from the other rows of its study, as `windup.fit._left_out_rows.left_out_rows` does."""

# What is read from other commands, in the order of the report; None stands for what the run itself has.
_ORDER: tuple[str, ...] = (
    "verdicts",
    "limits",
    "convergence",
    "calibrate",
    "compare",
    "studies",
    "score",
    "learned",
    "loops",
    "sensitivity/power-scaling",
    "effects",
    "predict",
    "simulate",
    "claims",
    "sensitivity/sobol",
    "sensitivity/morris",
    "sensitivity/local",
    "sensitivity/prior-refit",
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
    """

    html: str
    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]


def report(
    run: Path | FittedRun,
    *,
    compare: Path | None = None,
    calibration: Path | None = None,
    leaves_out: LeavesOut = left_out_rows,
    report: Report = silent,
) -> RunReport:
    """Gather all that is known of a run on one page.

    Parameters
    ----------
    run
        A finished run, or its folder.
    compare, calibration
        Folders that ``windup compare`` and ``windup calibrate`` wrote; None for ``comparison`` and
        ``calibration`` (or ``calibration_MODEL``) beside the run.
    leaves_out
        What leaves rows and studies out: it evaluates the model, and nothing else here does.
    report
        Called with the progress of the phases ``rows`` and ``parts``.

    Returns
    -------
    RunReport
        What other commands left in the folder of the run is shown if it was made from the same draws.

    Raises
    ------
    RunFolderRefused
        When there is no finished run.
    """
    fitted = run if isinstance(run, FittedRun) else read_run(run)
    _, record = read_summary(fitted.folder)
    subject = Subject(
        run=fitted,
        record=record,
        rows=predictive_rows(fitted.tree),
        left_out=leaves_out(fitted, report=report),
        results=results_of(fitted, compare=compare, calibration=calibration),
    )
    missing = tuple(_missing(subject))
    makers: dict[str, Callable[[], Part | None]] = {
        "verdicts": lambda: verdicts_part(subject),
        "limits": lambda: limits_part(subject, missing),
        "convergence": lambda: convergence_part(subject),
        "studies": lambda: studies_part(subject),
        "learned": lambda: learned_part(subject),
        "loops": lambda: loops_part(subject),
        "effects": lambda: effects_part(subject),
        "sources": lambda: sources_part(subject),
        "priors": lambda: priors_part(subject),
        "settings": lambda: settings_part(subject),
    }
    parts: list[Part] = []
    for place, name in enumerate(_ORDER):
        report("parts", place, len(_ORDER), name)
        found = makers[name]() if name in makers else _of_command(subject, name)
        parts += [found] if found else []
    report("parts", len(_ORDER), len(_ORDER))
    return RunReport(html(subject, tuple(parts), missing), tuple(parts), missing)


def _of_command(subject: Subject, name: str) -> Part | None:
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
    }
