"""The command ``windup identify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.identifiability.folder import identify_to_folder
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite, Scheduler
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress
from windup.fit.settings.samplers import check_whole_number

# Load, information, compile, optimum, profiles.
_PHASES = 5
_MOST = 200


def identify(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, for example runs/published.")],
    out: Annotated[Path | None, typer.Option(help="Result folder. Default: RUN/identify.")] = None,
    profiles: Annotated[int, typer.Option(help="Number of parameters to profile.")] = 6,
    scheduler: Scheduler = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Assess identifiability.

    \b
    Examples:
      windup identify runs/published
      windup identify runs/published --profiles 12

    Computes contraction, the spectrum of the Fisher information, profiles with likelihood-ratio intervals,
    and pairs of parameters that trade off. Nothing is refitted.

    Guide: docs/how-to/identify.md
    """
    with reported(debug=debug):
        check_whole_number("profiles", profiles, 1, _MOST)
        with show_progress(_PHASES) as progress:
            folder, _ = identify_to_folder(
                run,
                out=out,
                profiles=profiles,
                scheduler=scheduler,
                overwrite=overwrite,
                progress=progress,
            )
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
