"""The command `windup predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.prediction.folder import predict_to_folder
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress


def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    regimens: Annotated[
        Path | None, typer.Option(help="TOML file of regimens. Left out: the packaged ones.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder that the result is written to. Left out: RUN/predict.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=10, help="Largest number of draws of the posterior and of the prior.")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the deviations of a new study.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Predict what regimens do: any drug, dose, weeks and combination, also ones never tried.

    \b
    Examples:
      windup predict runs/published
      windup predict runs/published --regimens mine.toml --out runs/mine_predicted

    The folder holds tables (effects.csv, courses.csv, responders.csv, ranks.csv, doses.csv, washout.csv,
    combinations.csv), the draws (predictions.nc), figures and a summary (summary.md, summary.json). Every row
    says whether it interpolates the trials, extrapolates them, or is prior-driven.
    docs/how-to/predict.md shows how a file of regimens is written; all of its faults are shown at once.
    """
    with reported(debug=debug):
        with show_progress(1) as progress:
            folder, _ = predict_to_folder(
                run, regimens, out=out, draws=draws, seed=seed, overwrite=overwrite, progress=progress
            )
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
