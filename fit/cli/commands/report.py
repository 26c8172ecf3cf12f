"""The command ``windup report``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug
from windup.fit.execution.progress import show_progress
from windup.fit.report.folder import report_to_file

# Rows, parts.
_PHASES = 2


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    output: Annotated[
        Path | None, typer.Option(help="HTML file to write. Left out: RUN/report.html.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(help="Folder that `windup compare` wrote. Left out: 'comparison' beside the run."),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            help="Folder that `windup calibrate` wrote. Left out: 'calibration' or 'calibration_MODEL' "
            "beside the run."
        ),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Gather all that is known of a run in one HTML file, to read, print or attach.

    \b
    Examples:
      windup report runs/published
      windup report runs/published --output protocol/appendix.html
      windup report runs/published --compare runs/comparison --json

    The file needs no network and no other file. It shows what other commands left in the run's folder if they
    used the same draws, and names the commands that make what is missing. An earlier report is replaced; no
    other file is. docs/how-to/report.md says how to read it.
    """
    with reported(debug=debug):
        with show_progress(_PHASES) as told:
            written = report_to_file(
                run, output=output, compare=compare, calibration=calibration, progress=told
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
