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
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the three tables of trials. Left out: the packaged trials."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="A fit of time_course to the same trials. Left out: fitted once, kept in RUN/time_course."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result. Left out: RUN/score.")] = None,
    draws: Annotated[int, typer.Option(min=50, help="Draws of the posterior that are used.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what is drawn anew.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Score a run on trials it has not seen, beside the mechanism-free baseline. The run is not refitted.

    \b
    Examples:
      windup score runs/published --data new_trials
      windup score runs/published --data new_trials --json > score.json

    The baseline is a time-course meta-analysis of the trials of the run, which is fitted once (some minutes).
    The folder holds every row with its prediction (rows.csv), scores by study and drug (studies.csv,
    drugs.csv), a figure (predicted.png) and a summary (summary.md, summary.json).
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
