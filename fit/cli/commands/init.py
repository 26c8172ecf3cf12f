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
        Path, typer.Argument(metavar="[DIR]", help="Folder to write to. Default: the current one.")
    ] = Path(),
    trials: Annotated[
        bool, typer.Option("--trials", help="Also write empty tables for your trials.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Create settings and empty trial tables.

    The settings file explains every setting. No existing file is overwritten.

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
                f"Next: fill the tables in {folder / TRIALS}; {folder / EXAMPLE} shows how. Then run\n"
                f"  windup check {folder / TRIALS}"
            )
        else:
            typer.echo("Next: change the settings, then run")
        typer.echo(f"  windup fit --settings {settings}")
    raise typer.Exit(OK)
