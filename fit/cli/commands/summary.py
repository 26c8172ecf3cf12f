"""The command `windup summary`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.pages import page_of
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import show
from windup.fit.storage.folder import read_summary


def summary(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, for example runs/published.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the summary of a result folder.

    \b
    Examples:
      windup summary runs/published
      windup summary runs/published/predict
      windup summary runs/boehm
      windup summary runs/published --json
    """
    with reported(debug=debug):
        text, record = read_summary(run)
        if as_json:
            typer.echo(text, nl=False)
        else:
            show(page_of(record), terminal())
    raise typer.Exit(OK)
