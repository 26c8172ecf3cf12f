"""The command `windup predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._blocks import show
from ._exits import OK, reported
from ._options import AsJson, Debug
from ._predict_page import predict_page
from ._progress import progress
from ._read_run import SUMMARY
from ._run_predict import run_predict
from ._terminal import terminal


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
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the result in --out once the new one is complete.")
    ] = False,
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
    says whether it interpolates the trials, extrapolates them, or is prior-driven. docs/predict.md shows how
    a file of regimens is written; all of its faults are shown at once.
    """
    with reported(debug=debug):
        with progress(1) as report:
            folder, record = run_predict(
                run, regimens, out=out, draws=draws, seed=seed, overwrite=overwrite, report=report
            )
        if as_json:
            typer.echo((folder / SUMMARY).read_text(encoding="utf-8"), nl=False)
        else:
            show(predict_page(record), terminal())
        typer.echo(f"Written to {folder}.", err=True)
    raise typer.Exit(OK)
