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
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, for example runs/published.")],
    out: Annotated[Path | None, typer.Option(help="Result folder. Default: RUN/claims.")] = None,
    draws: Annotated[int, typer.Option(min=100, help="Number of posterior and of prior draws.")] = 6000,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Evaluate claims about mechanisms.

    \b
    Examples:
      windup claims runs/published
      windup claims runs/published --json > claims.json

    Shows how probable each claim is before and after the trials, with a verdict.

    Guide: docs/how-to/claims.md
    """
    with reported(debug=debug):
        with show_progress(2) as progress:
            folder, _ = claims_to_folder(run, out=out, draws=draws, overwrite=overwrite, progress=progress)
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
