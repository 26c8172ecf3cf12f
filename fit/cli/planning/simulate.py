"""The command `windup simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.virtual_trials.folder import simulate_to_folder
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress


def simulate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, for example runs/published.")],
    trial: Annotated[Path, typer.Option(help="TOML file with a [[trial]] for each design.")],
    out: Annotated[Path | None, typer.Option(help="Result folder. Default: RUN/simulate.")] = None,
    draws: Annotated[int, typer.Option(min=50, help="Number of virtual trials of each design.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Simulate a planned trial.

    \b
    Examples:
      windup simulate runs/published --trial plan.toml
      windup simulate runs/published --trial plan.toml --draws 2000 --json

    Computes assurance, power and information from virtual trials with individual patients and dropout.


    Guide: docs/how-to/plan-a-trial.md
    """
    with reported(debug=debug):
        with show_progress(1) as progress:
            folder, _ = simulate_to_folder(
                run, trial, out=out, draws=draws, seed=seed, overwrite=overwrite, progress=progress
            )
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
