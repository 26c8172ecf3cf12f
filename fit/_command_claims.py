"""The command `windup claims`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._blocks import show
from ._claims_page import claims_page
from ._exits import OK, reported
from ._options import AsJson, Debug
from ._progress import progress
from ._read_run import SUMMARY
from ._run_claims import run_claims
from ._terminal import terminal


def claims(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder that the result is written to. Left out: RUN/claims.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=100, help="Largest number of draws of the posterior and of the prior.")
    ] = 1000,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the result in --out once the new one is complete.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Judge claims about pain and its treatment: before the trials, after them, and what decided.

    \b
    Examples:
      windup claims runs/published
      windup claims runs/published --json > claims.json

    The folder holds the table (claims.csv), the number that decides each claim per draw (claims.nc), figures
    and a summary (summary.md, summary.json) with the rules of the verdicts. docs/claims.md says how to read
    it.
    """
    with reported(debug=debug):
        with progress(2) as report:
            folder, record = run_claims(run, out=out, draws=draws, overwrite=overwrite, report=report)
        if as_json:
            typer.echo((folder / SUMMARY).read_text(encoding="utf-8"), nl=False)
        else:
            show(claims_page(record), terminal())
        typer.echo(f"Written to {folder}.", err=True)
    raise typer.Exit(OK)
