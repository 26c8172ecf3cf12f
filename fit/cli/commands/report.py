"""The command ``windup report``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, CalibrationFolder, ComparisonFolder, Debug
from windup.fit.execution.progress import show_progress
from windup.fit.report.folder import report_to_file

# Rows, parts.
_PHASES = 2


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, for example runs/published.")],
    output: Annotated[Path | None, typer.Option(help="HTML file to write. Default: RUN/report.html.")] = None,
    compare: ComparisonFolder = None,
    calibration: CalibrationFolder = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Analysis plan that the run is compared with."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Build an HTML report.

    \b
    Examples:
      windup report runs/published
      windup report runs/published --output appendix.html
      windup report runs/published --compare runs/comparison --json
      windup report runs/published --plan analysis_plan.toml

    One file to read, print or attach; it needs no network. It shows results of other commands if they used
    the same draws, and names the command for each missing part.

    Guide: docs/how-to/report.md
    """
    with reported(debug=debug):
        with show_progress(_PHASES) as told:
            written = report_to_file(
                run, output=output, compare=compare, calibration=calibration, plan=plan, progress=told
            )
        if as_json:
            typer.echo(json.dumps(written, indent=2, ensure_ascii=False))
        else:
            for notice in written["notices"]:
                typer.echo(notice)
            typer.echo(f"{len(written['parts'])} parts, {written['bytes'] / 1e6:.1f} MB.")
            for part in written["missing"]:
                typer.echo(f"Missing: {part['title']}. {part['why']} {part['command']}")
        typer.echo(f"Written to {written['path']}.", err=True)
    raise typer.Exit(OK)
