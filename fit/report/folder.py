"""A whole report, from a finished run to its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windup.fit.errors import RunFolderRefused
from windup.fit.execution.progress import Progress, silent
from windup.fit.storage.files import disk_errors, write_file

NAME = "report.html"
# Of the first bytes of a file; the generator stands within them, before any text of a user.
_HEAD_BYTES = 2000


def report_to_file(
    run: Path,
    *,
    output: Path | None = None,
    compare: Path | None = None,
    calibration: Path | None = None,
    plan: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the report of a run.

    Parameters
    ----------
    run
        Folder of a finished run.
    output
        File to write; ``report.html`` inside the run if None. An earlier report there is replaced, as it can
        be made again; any other file is not.
    compare, calibration, plan, progress
        As for `windup.fit.build_report`.

    Returns
    -------
    dict
        Where the report is, how long, what is in it, what is missing, and the comparison with the plan.

    Raises
    ------
    PlanFaults, RunFolderRefused, DiskError
        When the plan has faults, the run cannot be read, something else stands at ``output``, or the disk
        fails.
    """
    # They import JAX and matplotlib, which takes seconds that --help need not spend.
    from windup.fit.analyses.comparison.left_out_rows import left_out_rows
    from windup.fit.report.build import build_report as gather
    from windup.fit.report.build import contents
    from windup.fit.report.html import GENERATOR
    from windup.fit.runs.fitted_run import read_run

    fitted = read_run(run)
    target = (fitted.folder / NAME if output is None else output).expanduser()
    _refuse_unless_report(target, f'<meta name="generator" content="{GENERATOR}">')
    found = gather(
        fitted,
        compare=compare,
        calibration=calibration,
        plan=plan,
        leaves_out=left_out_rows,
        progress=progress,
    )
    page = found.html.encode()
    with disk_errors(f"writing {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_file(target, page)
    return {
        "path": str(target),
        "bytes": len(page),
        "run": str(fitted.folder),
        "model": fitted.settings.model,
        "notices": list(fitted.notices),
        **contents(found),
    }


def _refuse_unless_report(target: Path, mark: str) -> None:
    """Only a report is replaced: the same name may be that of somebody's work."""
    if target.is_dir():
        raise RunFolderRefused(f"{target} is a folder. Name a file, e.g. --output {target / NAME}.")
    if not target.exists():
        return
    with disk_errors(f"reading {target}"), target.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if mark.encode() not in head:
        raise RunFolderRefused(
            f"{target} exists and is no report of windup, so it is not touched. Choose another --output."
        )
