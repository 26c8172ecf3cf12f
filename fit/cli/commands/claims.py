"""The command `windup claims`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.claims.folder import claims_to_folder
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress


def claims(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder that the result is written to. Left out: RUN/claims.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=100, help="Largest number of draws of the posterior and of the prior.")
    ] = 6000,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Judge claims about pain and its treatment: before the trials, after them, and what decided.

    \b
    Examples:
      windup claims runs/published
      windup claims runs/published --json > claims.json

    The folder holds the table (claims.csv), the number that decides each claim per draw (claims.nc), figures
    and a summary (summary.md, summary.json) with the rules of the verdicts.
    docs/how-to/claims.md explains how to read it.
    """
    with reported(debug=debug):
        with show_progress(2) as progress:
            folder, _ = claims_to_folder(run, out=out, draws=draws, overwrite=overwrite, progress=progress)
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
