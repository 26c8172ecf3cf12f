"""The command `windup init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import Debug
from windup.fit.cli.start_files import EXAMPLE, SETTINGS_FILE, TRIALS
from windup.fit.cli.start_files import init as write


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Folder to write to. Left out: the current one.")
    ] = Path(),
    trials: Annotated[
        bool, typer.Option("--trials", help="Write tables for trials of your own, too.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Write a file of settings that explains every setting, and tables for trials of your own.

    Nothing that exists is overwritten.

    \b
    Examples:
      windup init
      windup init my_study --trials
    """
    with reported(debug=debug):
        for path in write(folder, trials=trials):
            typer.echo(f"Written: {path}")
        settings = folder / SETTINGS_FILE
        if trials:
            typer.echo(
                f"Next: fill the tables in {folder / TRIALS} as those in {folder / EXAMPLE} are, then\n"
                f"  windup check {folder / TRIALS}"
            )
        else:
            typer.echo("Next: change what you want to change, then")
        typer.echo(f"  windup fit --settings {settings}")
    raise typer.Exit(OK)
