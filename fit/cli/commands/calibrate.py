"""The command `windup calibrate`."""

from __future__ import annotations

import dataclasses
import signal
from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.calibration.folder import Calibrator, calibrate_to_folder
from windup.fit.analyses.calibration.page import calibration_page
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.cli.console.exits import NOT_CONVERGED, OK, reported
from windup.fit.cli.console.options import AsJson, Blocks, Debug, Scheduler, chosen_blocks, is_given, words_of
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import show
from windup.fit.execution.progress import show_progress
from windup.fit.settings.fit import ERRORS, MODELS
from windup.fit.settings.read import faults_in, read_settings
from windup.fit.storage.folder import read_summary

# Compile, replicates.
_CALIBRATION_PHASES = 2


_CALIBRATION = CalibrationSettings()


def calibrate(
    context: typer.Context,
    settings_file: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FILE.toml",
            help="Settings file of a fit: its model, data, priors and fixed values are calibrated.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the three tables of trials. Default: the packaged trials."),
    ] = None,
    model: Annotated[
        str, typer.Option(help=f"One of: {', '.join(MODELS)}.", autocompletion=words_of(MODELS))
    ] = _CALIBRATION.model,
    errors: Annotated[
        str,
        typer.Option(
            help=f"Error model of published rows: {', '.join(ERRORS)}.", autocompletion=words_of(ERRORS)
        ),
    ] = _CALIBRATION.errors,
    replicates: Annotated[int, typer.Option(help="Number of simulated data sets.")] = _CALIBRATION.replicates,
    studies: Annotated[
        int | None,
        typer.Option(help="Number of studies whose design is simulated. Default: all, which takes days."),
    ] = None,
    retained: Annotated[
        int, typer.Option(help="Draws of each fit for ranking the true parameters.")
    ] = _CALIBRATION.retained,
    warmup: Annotated[
        int, typer.Option(help="Warm-up iterations of each chain.")
    ] = _CALIBRATION.sampler.warmup,
    draws: Annotated[int, typer.Option(help="Draws of each chain.")] = _CALIBRATION.sampler.draws,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    out: Annotated[Path, typer.Option(help="Result folder.")] = _CALIBRATION.out,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing result when the new one is complete.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Only continue an interrupted calibration; do not start one."),
    ] = False,
    blocks: Blocks = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Run simulation-based calibration.

    \b
    Examples:
      windup calibrate --studies 12 --out runs/calibration_turnover
      windup calibrate --model single_loop --studies 12 --out runs/calibration_single_loop
      windup calibrate --settings my_study/settings.toml --studies 12 --out runs/calibration_mine

    Each replicate draws parameters from the prior and data from the likelihood, fits the data, and ranks the
    true parameters among the draws. Correct ranks are uniform. The same command continues after an
    interruption.

    Guide: docs/how-to/calibrate.md
    """
    with reported(debug=debug):
        of_file = {} if settings_file is None else read_settings(settings_file)
        settings = CalibrationSettings(
            model=model if is_given(context, "model") else of_file.get("model", model),
            errors=errors if is_given(context, "errors") else of_file.get("errors", errors),
            replicates=replicates,
            studies=studies,
            retained=retained,
            sampler=dataclasses.replace(_CALIBRATION.sampler, warmup=warmup, draws=draws),
            seed=seed,
            data=data if is_given(context, "data") else of_file.get("data", data),
            out=out,
            patients=of_file.get("patients", _CALIBRATION.patients),
            unknown_doses=of_file.get("unknown_doses", _CALIBRATION.unknown_doses),
            habitual_magnesium=of_file.get("habitual_magnesium", _CALIBRATION.habitual_magnesium),
            blocks=of_file.get("blocks", chosen_blocks(blocks)) if blocks is None else chosen_blocks(blocks),
            covariates=of_file.get("covariates", {}),
            priors=of_file.get("priors", {}),
            fixed=of_file.get("fixed", {}),
        )
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with faults_in(settings_file), show_progress(_CALIBRATION_PHASES) as progress:
            folder, record = calibrate_to_folder(
                settings,
                _calibrator(),
                overwrite=overwrite,
                resume=resume,
                scheduler=scheduler,
                progress=progress,
            )
        if as_json:
            typer.echo(read_summary(folder)[0], nl=False)
        else:
            show(calibration_page(record), terminal())
        typer.echo(f"Written to {folder}.", err=True)
        for failure in record["failed_checks"]:
            typer.echo(failure, err=True)
        code = OK if record["calibrated"] else NOT_CONVERGED
    raise typer.Exit(code)


def _calibrator() -> Calibrator:
    from windup.fit.analyses.calibration.calibrate import calibrate

    return calibrate
