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
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Fits of the same trials.")],
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Fit again without the studies of each of so many folds; as many as studies leaves one out "
            "at a time. Left out: importance weights, which refits nothing.",
        ),
    ] = None,
    scheduler: Scheduler = None,
    out: Annotated[Path, typer.Option(help="Folder for the result.")] = Path("runs/comparison"),
    draws: Annotated[int, typer.Option(min=50, help="Draws of each posterior that are used.")] = 500,
    fold_draws: Annotated[
        int, typer.Option(min=50, help="Draws of each of the four chains of a fit without a fold.")
    ] = 250,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare fits of the same trials by what they say of studies left out.

    \b
    Examples:
      windup compare runs/published runs/turnover runs/single_loop runs/time_course runs/placebo_only
      windup compare runs/published runs/time_course --folds 5
      windup compare runs/published runs/turnover --folds 124 --scheduler tcp://head:8786

    Finished folds are kept beside the folder (NAME.folds) and are not fitted again. The folder holds scores
    by model, study and row (models.csv, studies.csv, rows.csv), a figure (studies.png) and a summary.
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
