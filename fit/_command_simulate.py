"""The command `windup simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._blocks import show
from ._exits import OK, reported
from ._options import AsJson, Debug
from ._progress import progress
from ._read_run import SUMMARY
from ._run_simulate import run_simulate
from ._simulate_page import simulate_page
from ._terminal import terminal


def simulate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    trial: Annotated[Path, typer.Option(help="TOML file with a [[trial]] for each design.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder that the result is written to. Left out: RUN/simulate.")
    ] = None,
    draws: Annotated[int, typer.Option(min=50, help="Virtual trials of each design.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of studies and patients.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the result in --out once the new one is complete.")
    ] = False,
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
    plan (patients.csv), a figure and a summary. docs/simulate.md shows how a file of plans is written.
    """
    with reported(debug=debug):
        with progress(1) as report:
            folder, record = run_simulate(
                run, trial, out=out, draws=draws, seed=seed, overwrite=overwrite, report=report
            )
        if as_json:
            typer.echo((folder / SUMMARY).read_text(encoding="utf-8"), nl=False)
        else:
            show(simulate_page(record), terminal())
        typer.echo(f"Written to {folder}.", err=True)
    raise typer.Exit(OK)
