"""The command `windup design`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from windup.fit.analyses.trial_design.folder import design_to_folder
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress


def design(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folder; two for questions about the model.")
    ],
    question: Annotated[Path, typer.Option(help="TOML file with a [[question]] for each question.")],
    out: Annotated[Path | None, typer.Option(help="Result folder. Default: design in the first run.")] = None,
    known: Annotated[
        Literal["posterior", "prior"], typer.Option(help="What is known before the trial.")
    ] = "posterior",
    draws: Annotated[int, typer.Option(min=200, help="Number of draws of each run.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Seek the most informative design of a trial.

    \b
    Examples:
      windup design runs/published --question magnesium.toml
      windup design runs/published runs/time_course --question which_model.toml

    Judges every choice of arms, visits and allocation within a budget by the expected information about an
    effect, a claim, the gain of the loops, or the model.


    Guide: docs/how-to/design-a-trial.md
    """
    with reported(debug=debug):
        with show_progress(1) as progress:
            folder, _ = design_to_folder(
                tuple(runs),
                question,
                out=out,
                draws=draws,
                of=known,
                seed=seed,
                overwrite=overwrite,
                progress=progress,
            )
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
