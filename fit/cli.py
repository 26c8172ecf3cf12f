"""The command `windup`, and those of its commands that need no file of their own."""

from __future__ import annotations

import dataclasses
import json
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from windup.datasets import DataFaults, check_counts, load_trials, packaged_trials

from ._blocks import Bullets, Heading, show
from ._calibration_page import calibration_page
from ._calibration_settings import CalibrationSettings
from ._check_page import COUNTS, counts_page
from ._command_claims import claims
from ._command_compare import compare
from ._command_doctor import doctor
from ._command_identify import identify
from ._command_init import init
from ._command_predict import predict
from ._command_report import report
from ._command_score import score
from ._command_sensitivity import sensitivity
from ._command_simulate import simulate
from ._completion import words_of
from ._exits import FAULTS, INTERRUPTED, NOT_CONVERGED, OK, reported
from ._options import EPILOG, AsJson, Debug, Scheduler, is_given
from ._page import summary_page
from ._pages import page_of
from ._progress import progress
from ._read_run import read_summary
from ._read_settings import read_settings
from ._run_calibration import Calibrator, run_calibration
from ._run_fit import Engine, Outcome, run_fit
from ._samplers import PRECISIONS, SAMPLERS
from ._settings import MODELS, PRESETS, SAMPLER, Settings
from ._settings_file import KEYS
from ._terminal import terminal

# Load, compile, start, warm-up, sample, derive, post; a fit for conclusions also re-solves.
_PHASES = 7
# Compile, replicates.
_CALIBRATION_PHASES = 2
_CALIBRATION = CalibrationSettings()

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def main() -> None:
    """Run the command line; the entry point of the installed command."""
    app()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"windup {version('windup')}")
        raise typer.Exit


@app.callback()
def windup(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and end.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Fit mechanistic models of chronic pain to published trials. For research only; no medical advice.

    \b
    Examples:
      windup doctor                               whether windup can work on this machine
      windup init my_study --trials               settings and tables of one's own, with comments
      windup check                                count what the packaged trials hold
      windup fit --preset quick --out runs/try    see that everything runs
      windup fit                                  the full fit, into runs/published
      windup calibrate --studies 16               whether fits of simulated trials find the truth
      windup summary runs/published               read its one-page account
      windup predict runs/published               what treatments do, also ones never tried
      windup claims runs/published                what the trials say of claims about pain
      windup sensitivity runs/published           which parameters and priors move the results
      windup identify runs/published              which parameters the data identify
      windup compare runs/published runs/turnover which model predicts studies left out
      windup score runs/published --data new      how well a run predicts new trials
      windup simulate runs/published --trial a.toml   a planned trial, with virtual patients
      windup report runs/published                all of it in one HTML file
    """


def _by_preset(text: str, name: str) -> str:
    numbers = ", ".join(f"{preset}: {values[name]}" for preset, values in PRESETS.items())
    return f"{text} ({numbers})."


@app.command(epilog=EPILOG)
def fit(
    context: typer.Context,
    settings_file: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FILE.toml",
            help="File of settings, as `windup init` writes one; other options win over it.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder with studies.csv, dosing.csv and observations.csv. Left out: the packaged trials."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help=f"One of: {', '.join(MODELS)}.", autocompletion=words_of(MODELS))
    ] = "cascade",
    preset: Annotated[
        str,
        typer.Option(
            help="'full', or 'quick', which only shows that everything runs.",
            autocompletion=words_of(KEYS["preset"].words),
        ),
    ] = "full",
    sampler: Annotated[
        str, typer.Option(help=f"One of: {', '.join(SAMPLERS)}.", autocompletion=words_of(SAMPLERS))
    ] = SAMPLER,
    precision: Annotated[
        str,
        typer.Option(
            help=f"In which chains move; one of: {', '.join(PRECISIONS)}.",
            autocompletion=words_of(PRECISIONS),
        ),
    ] = "float64",
    out: Annotated[Path, typer.Option(help="Folder that the run is written to.")] = Path("runs/published"),
    chains: Annotated[int | None, typer.Option(help=_by_preset("Chains", "chains"))] = None,
    warmup: Annotated[
        int | None, typer.Option(help=_by_preset("Warm-up iterations of each chain", "warmup"))
    ] = None,
    draws: Annotated[int | None, typer.Option(help=_by_preset("Draws kept of each chain", "draws"))] = None,
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run in --out once the new one is complete.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the interrupted run of --out.")] = False,
    debug: Debug = False,
) -> None:
    """Fit a model to the trials and write a run folder.

    \b
    Examples:
      windup fit --preset quick --out runs/try
      windup fit --model turnover --out runs/turnover
      windup fit --data my_trials --chains 6 --draws 1000 --seed 3 --out runs/mine
      windup fit --settings settings.toml

    The folder holds the draws (posterior.nc), a one-page summary (summary.md, summary.json), tables
    (drug_effects.csv, contraction.csv, checks.csv, rows.csv), figures, and the provenance of the run. It
    appears when it is complete; an earlier run there stays whole until then. An interrupted run is kept
    beside it, as NAME.interrupted.
    """
    with reported(debug=debug):
        options = {
            "preset": preset,
            "model": model,
            "sampler": sampler,
            "precision": precision,
            "data": data,
            "out": out,
            "chains": chains,
            "warmup": warmup,
            "draws": draws,
            "seed": seed,
        }
        given = {name: value for name, value in options.items() if is_given(context, name)}
        settings = Settings.from_preset(
            **({**read_settings(settings_file), **given} if settings_file else given)
        )
        # Schedulers of clusters end a job with SIGTERM: keep what is done, as for Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with progress(_PHASES + settings.for_conclusions) as report:
            outcome = run_fit(settings, _engine(), overwrite=overwrite, resume=resume, report=report)
        code = _say(outcome)
    raise typer.Exit(code)


@app.command(epilog=EPILOG)
def calibrate(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the three tables of trials. Left out: the packaged trials."),
    ] = None,
    model: Annotated[
        str, typer.Option(help=f"One of: {', '.join(MODELS)}.", autocompletion=words_of(MODELS))
    ] = _CALIBRATION.model,
    replicates: Annotated[int, typer.Option(help="Number of simulated data sets.")] = _CALIBRATION.replicates,
    studies: Annotated[
        int | None,
        typer.Option(help="Number of studies whose design they have. Left out: all, which takes hours."),
    ] = None,
    retained: Annotated[
        int, typer.Option(help="Draws of each fit among which the truth is ranked.")
    ] = _CALIBRATION.retained,
    warmup: Annotated[
        int, typer.Option(help="Warm-up iterations of each chain.")
    ] = _CALIBRATION.sampler.warmup,
    draws: Annotated[int, typer.Option(help="Draws of each chain.")] = _CALIBRATION.sampler.draws,
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder that the result is written to.")] = _CALIBRATION.out,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the result in --out once the new one is complete.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the interrupted calibration of --out.")
    ] = False,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check that fits of simulated trials find the truth as often as they claim to.

    \b
    Examples:
      windup calibrate --studies 16 --out runs/calibration_turnover
      windup calibrate --model single_loop --studies 16 --out runs/calibration_single_loop

    Each replicate draws parameters from the prior and observations from the likelihood, on the design of the
    trials, fits them, and ranks the truth among the draws. The folder holds the ranks (calibration.nc), a
    test of each parameter (ranks.csv), a figure (ranks.png) and a summary (summary.md, summary.json).
    Finished replicates survive an interruption.
    """
    with reported(debug=debug):
        settings = CalibrationSettings(
            model=model,
            replicates=replicates,
            studies=studies,
            retained=retained,
            sampler=dataclasses.replace(_CALIBRATION.sampler, warmup=warmup, draws=draws),
            seed=seed,
            data=data,
            out=out,
        )
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with progress(_CALIBRATION_PHASES) as report:
            folder, record = run_calibration(
                settings,
                _calibrator(),
                overwrite=overwrite,
                resume=resume,
                scheduler=scheduler,
                report=report,
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


@app.command(epilog=EPILOG)
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder with the three tables. Left out: the packaged trials."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check a folder of trials and count what a fit would use.

    Every fault is shown at once, with its file, row and column, what was found and what to do.

    \b
    Examples:
      windup check
      windup check my_trials
      windup check --json > counts.json
    """
    with reported(debug=debug):
        try:
            counts = dict(check_counts(packaged_trials() if folder is None else load_trials(folder)))
        except DataFaults as found:
            if not as_json:
                raise
            faults = [dataclasses.asdict(fault) for fault in found.faults]
            typer.echo(json.dumps({**dict.fromkeys(COUNTS), "faults": faults}, indent=2, ensure_ascii=False))
            code = FAULTS
        else:
            if as_json:
                typer.echo(json.dumps(counts, indent=2, ensure_ascii=False))
            else:
                show(counts_page(counts), terminal())
            code = OK
    raise typer.Exit(code)


@app.command(epilog=EPILOG)
def summary(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, e.g. runs/published.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the one-page account of a run, or of what any other command wrote.

    \b
    Examples:
      windup summary runs/published
      windup summary runs/published --json
    """
    with reported(debug=debug):
        text, record = read_summary(run)
        if as_json:
            typer.echo(text, nl=False)
        else:
            show(page_of(record), terminal())
    raise typer.Exit(OK)


app.command(epilog=EPILOG)(init)
app.command(epilog=EPILOG)(doctor)
app.command(epilog=EPILOG)(predict)
app.command(epilog=EPILOG)(compare)
app.command(epilog=EPILOG)(score)
app.command(epilog=EPILOG)(simulate)
app.command(epilog=EPILOG)(claims)
app.command(epilog=EPILOG)(sensitivity)
app.command(epilog=EPILOG)(identify)
app.command(epilog=EPILOG)(report)


@app.command(epilog=EPILOG)
def models() -> None:
    """List the models that --model can name."""
    rows = tuple(MODELS.items())
    show((Heading("Models", level=1), Bullets(tuple(f"{name}: {what}" for name, what in rows))), terminal())


def _engine() -> Engine:
    # It imports JAX, which takes seconds that the other commands and --help need not spend.
    from .fit_posterior import fit_posterior

    return fit_posterior


def _calibrator() -> Calibrator:
    from .calibrate import calibrate

    return calibrate


def _say(outcome: Outcome) -> int:
    """Print how a fit ended; the grave news come last, where they are seen. Returns the exit code."""
    if outcome.record is not None:
        show(summary_page(outcome.record), terminal())
    if outcome.interrupted:
        typer.echo(
            f"Interrupted. What was done is saved in {outcome.folder}; --resume continues it.", err=True
        )
        return INTERRUPTED
    typer.echo(f"Written to {outcome.folder}.", err=True)
    if outcome.record is not None and not outcome.record["converged"]:
        quick = outcome.record["preset"] == "quick"
        typer.echo(
            "The preset 'quick' draws too little to converge, so this was to be expected:"
            if quick
            else "The fit did not converge:",
            err=True,
        )
        for failure in outcome.record["failed_checks"]:
            typer.echo(f"  {failure}", err=True)
        if quick:
            typer.echo("Everything runs. For results leave the preset out.", err=True)
        return NOT_CONVERGED
    return OK
