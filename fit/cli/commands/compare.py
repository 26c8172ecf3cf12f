"""``windup compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.cli.console.exits import reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite, Scheduler
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Runs of different models on one set of trials.")
    ],
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Number of folds of studies to hold out and refit. Default: importance weights, no refit.",
        ),
    ] = None,
    scheduler: Scheduler = None,
    out: Annotated[Path, typer.Option(help="Result folder.")] = Path("runs/comparison"),
    draws: Annotated[int, typer.Option(min=50, help="Number of draws of each posterior.")] = 500,
    fold_draws: Annotated[
        int, typer.Option(min=50, help="Draws of each of the four chains of a refit.")
    ] = 250,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare models on held-out studies.

    \b
    Examples:
      windup compare runs/published runs/turnover runs/single_loop runs/time_course runs/placebo_only
      windup compare runs/published runs/time_course --folds 5
      windup compare runs/published runs/turnover --folds 124 --scheduler tcp://head:8786

    As many folds as studies leaves out one study at a time. Finished folds are kept in NAME.folds and are not
    fitted again.

    Guide: docs/how-to/compare.md
    """
    with reported(debug=debug):
        # It imports JAX.
        from windup.fit.analyses.comparison.folder import compare_to_folder

        with show_progress(len(runs)) as progress:
            folder, _ = compare_to_folder(
                runs,
                folds=folds,
                scheduler=scheduler,
                out=out,
                draws=draws,
                fold_draws=fold_draws,
                overwrite=overwrite,
                progress=progress,
            )
        show_result(folder, as_json=as_json)
