"""The command ``windup sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.sensitivity.folder import sensitivity_to_folder
from windup.fit.analyses.sensitivity.settings import METHODS, SAMPLES, SensitivitySettings
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite, Scheduler, words_of
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress
from windup.fit.settings.fit import MODELS

# Load, compile, solve, indices.
_PHASES = 4


def sensitivity(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN|MODEL",
            help=f"Run folder (its posterior) or a model (its prior): {', '.join(MODELS)}.",
        ),
    ],
    method: Annotated[
        str, typer.Option(help=f"One of: {', '.join(METHODS)}.", autocompletion=words_of(METHODS))
    ] = "sobol",
    out: Annotated[
        Path | None,
        typer.Option(help="Result folder. Default: RUN/sensitivity/METHOD or runs/sensitivity/MODEL/METHOD."),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            help="Draws (local), trajectories (morris) or blocks, a power of two (sobol): "
            + ", ".join(f"{name}: {count}" for name, count in SAMPLES.items())
            + "."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    preset: Annotated[str, typer.Option(help="Preset of refits: full or quick.")] = "full",
    scheduler: Scheduler = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Run a sensitivity analysis.

    \b
    Examples:
      windup sensitivity runs/published --method sobol
      windup sensitivity cascade --method morris
      windup sensitivity runs/published --method power-scaling
      windup sensitivity turnover --method prior-refit --preset quick

    Shows which parameters and priors change the results. Only prior-refit and block-refit fit again, with
    prior widths halved and doubled, or without a block of the likelihood; finished fits are kept in NAME.fits
    until all are there.

    Guide: docs/how-to/sensitivity.md
    """
    with reported(debug=debug):
        settings = SensitivitySettings(
            source=source, method=method, samples=samples, seed=seed, preset=preset
        )
        with show_progress(_PHASES) as progress:
            folder, _ = sensitivity_to_folder(
                settings, out=out, scheduler=scheduler, overwrite=overwrite, progress=progress
            )
        show_result(folder, as_json=as_json)
    raise typer.Exit(OK)
