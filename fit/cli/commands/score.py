"""``windup score``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.cli.console.exits import reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress

# The run, the baseline; its fit has eight more.
_PHASES = 2


def score(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, for example runs/published.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the three tables of trials. Default: the packaged trials."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="Fit of time_course to the same trials. Default: RUN/time_course, fitted on first use."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Result folder. Default: RUN/score.")] = None,
    draws: Annotated[int, typer.Option(min=50, help="Number of posterior draws.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Score a fit on new trials.

    \b
    Examples:
      windup score runs/published --data my_study/trials
      windup score runs/published --data my_study/trials --json > score.json

    Compares the fit with a baseline model without a mechanism, which is fitted on first use (some minutes).
    The run itself is not refitted.

    Guide: docs/how-to/score.md
    """
    with reported(debug=debug):
        # It imports JAX.
        from windup.fit.analyses.scoring.folder import score_to_folder

        with show_progress(_PHASES) as progress:
            folder, _ = score_to_folder(
                run,
                data,
                baseline=baseline,
                out=out,
                draws=draws,
                seed=seed,
                overwrite=overwrite,
                progress=progress,
            )
        show_result(folder, as_json=as_json)
