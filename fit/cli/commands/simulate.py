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
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    trial: Annotated[Path, typer.Option(help="TOML file with a [[trial]] for each design.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder that the result is written to. Left out: RUN/simulate.")
    ] = None,
    draws: Annotated[int, typer.Option(min=50, help="Virtual trials of each design.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of studies and patients.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Simulate planned trials with individual patients and dropout: assurance, power, information.

    \b
    Examples:
      windup simulate runs/published --trial plan.toml
      windup simulate runs/published --trial plan.toml --draws 2000 --json

    Each virtual trial has parameters of the posterior, a study of its own and patients one by one. The folder
    holds the chances of each arm (arms.csv), every virtual trial (trials.csv), the patients of one of each
    plan (patients.csv), a figure and a summary. docs/how-to/plan-a-trial.md shows how a file of plans is
    written.
    """
    with reported(debug=debug):
        with show_progress(1) as progress:
            folder, _ = simulate_to_folder(
                run, trial, out=out, draws=draws, seed=seed, overwrite=overwrite, progress=progress
            )
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
