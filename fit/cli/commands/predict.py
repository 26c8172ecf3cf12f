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
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, for example runs/published.")],
    regimens: Annotated[
        Path | None, typer.Option(help="TOML file of regimens. Default: the packaged ones.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Result folder. Default: RUN/predict.")] = None,
    draws: Annotated[int, typer.Option(min=10, help="Number of posterior and of prior draws.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Predict treatment effects.

    \b
    Examples:
      windup predict runs/published
      windup predict runs/published --regimens mine.toml --out runs/mine_predicted

    Regimens can have any dose, time, condition and combination, also untested ones. Each row is marked as
    interpolation, extrapolation or prior-driven. All errors in the file are shown at once.

    Guide: docs/how-to/predict.md
    """
    with reported(debug=debug):
        with show_progress(1) as progress:
            folder, _ = predict_to_folder(
                run, regimens, out=out, draws=draws, seed=seed, overwrite=overwrite, progress=progress
            )
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
