"""The command `windup fit`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from windup.fit.cli.console.exits import INTERRUPTED, NOT_CONVERGED, OK, reported
from windup.fit.cli.console.options import Blocks, Debug, chosen_blocks, is_given, words_of
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import show
from windup.fit.execution.progress import show_progress
from windup.fit.runs.more_draws import with_more_draws
from windup.fit.runs.page import summary_page
from windup.fit.runs.run_fit import Engine, Outcome, run_fit
from windup.fit.settings.fit import ERRORS, MODELS, PATIENTS, PRESETS, SAMPLER, Settings
from windup.fit.settings.keys import KEYS
from windup.fit.settings.read import faults_in, read_settings
from windup.fit.settings.samplers import PRECISIONS, SAMPLERS

# Load, compile, start, warm-up, sample, derive, summarise; a fit for conclusions also checks the solver.
_PHASES = 7


def _by_preset(text: str, name: str) -> str:
    numbers = ", ".join(f"{preset}: {values[name]}" for preset, values in PRESETS.items())
    return f"{text} ({numbers})."


def fit(
    context: typer.Context,
    settings_file: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FILE.toml",
            help="Settings file, as `windup init` writes it; other options override it.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the three tables of trials. Default: the packaged trials."),
    ] = None,
    model: Annotated[
        str, typer.Option(help=f"One of: {', '.join(MODELS)}.", autocompletion=words_of(MODELS))
    ] = "cascade",
    errors: Annotated[
        str,
        typer.Option(
            help=f"Error model of published rows: {', '.join(ERRORS)}.", autocompletion=words_of(ERRORS)
        ),
    ] = "mixture",
    patients: Annotated[
        str,
        typer.Option(
            help=f"What the patients of an arm are: {', '.join(PATIENTS)}.",
            autocompletion=words_of(PATIENTS),
        ),
    ] = "mean",
    preset: Annotated[
        str,
        typer.Option(
            help="full, or quick to see that everything works.",
            autocompletion=words_of(KEYS["preset"].words),
        ),
    ] = "full",
    sampler: Annotated[
        str, typer.Option(help=f"One of: {', '.join(SAMPLERS)}.", autocompletion=words_of(SAMPLERS))
    ] = SAMPLER,
    precision: Annotated[
        str,
        typer.Option(
            help=f"Floating-point precision of the sampler: {', '.join(PRECISIONS)}.",
            autocompletion=words_of(PRECISIONS),
        ),
    ] = "float64",
    out: Annotated[Path, typer.Option(help="Run folder to write.")] = Path("runs/published"),
    chains: Annotated[int | None, typer.Option(help=_by_preset("Chains", "chains"))] = None,
    warmup: Annotated[
        int | None, typer.Option(help=_by_preset("Warm-up iterations of each chain", "warmup"))
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(help="Draws of each chain, instead of until convergence. Preset quick: 40."),
    ] = None,
    until_converged: Annotated[
        bool,
        typer.Option(
            help="Draw until all convergence checks hold with a margin. Default of preset full without "
            "--draws.",
        ),
    ] = True,
    max_draws: Annotated[
        int | None,
        typer.Option(help=_by_preset("Largest number of draws of each chain until then", "max_draws")),
    ] = None,
    max_minutes: Annotated[
        float, typer.Option(help="Largest number of minutes of warm-up and draws until then; 0: no limit.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    blocks: Blocks = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing run when the new one is complete.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the interrupted run in --out.")] = False,
    add_draws: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Add N draws to each chain of the finished run in --out, with its settings."
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", help="Start from another run, also of other trials, with a third of the warm-up."
        ),
    ] = None,
    draws_to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write draws to a Zarr store while chains run; others may read it."
        ),
    ] = None,
    thin: Annotated[int, typer.Option(metavar="N", help="Store every N-th draw there.")] = 1,
    storage: Annotated[
        str, typer.Option(help="Precision of the draws there: float64 or float32.")
    ] = "float64",
    debug: Debug = False,
) -> None:
    """Fit a model to trial data.

    \b
    Examples:
      windup fit --preset quick --out runs/quick
      windup fit --model turnover --out runs/turnover
      windup fit --data my_study/trials --out runs/my_study
      windup fit --settings my_study/settings.toml
      windup fit --out runs/my_study --add-draws 1000

    The run folder holds draws, a summary, tables, figures and provenance. It appears when the fit is
    complete. An interrupted fit is kept next to it as NAME.interrupted.

    Guide: docs/how-to/fit.md
    """
    with reported(debug=debug):
        options = {
            "preset": preset,
            "model": model,
            "errors": errors,
            "patients": patients,
            "sampler": sampler,
            "precision": precision,
            "data": data,
            "out": out,
            "chains": chains,
            "warmup": warmup,
            "draws": draws,
            "until_converged": until_converged,
            "max_draws": max_draws,
            "max_minutes": max_minutes,
            "seed": seed,
            "blocks": chosen_blocks(blocks),
        }
        given = {name: value for name, value in options.items() if is_given(context, name)}
        asked = {**read_settings(settings_file), **given} if settings_file else given
        settings = (
            Settings.from_preset(**asked)
            if add_draws is None
            else with_more_draws(Path(str(asked.get("out", out))), add_draws, asked)
        )
        # Schedulers of clusters end a job with SIGTERM: keep what is done, as for Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        phases = _PHASES + 3 * settings.for_conclusions
        with faults_in(settings_file), show_progress(phases) as progress:
            outcome = run_fit(
                settings,
                _engine(),
                overwrite=overwrite,
                resume=resume,
                adding=add_draws is not None,
                start=start,
                draws_to=draws_to,
                thin=thin,
                storage=storage,
                progress=progress,
            )
        code = _say(outcome)
    raise typer.Exit(code)


def _engine() -> Engine:
    # It imports JAX, which takes seconds that the other commands and --help need not spend.
    from windup.fit.posterior.fit_posterior import fit_posterior

    return fit_posterior


def _say(outcome: Outcome) -> int:
    """Print how a fit ended, failures last, and return the exit code."""
    if outcome.record is not None:
        show(summary_page(outcome.record), terminal())
    if outcome.interrupted:
        typer.echo(
            f"Interrupted. The draws so far are saved in {outcome.folder}; --resume continues the fit.",
            err=True,
        )
        return INTERRUPTED
    typer.echo(f"Written to {outcome.folder}.", err=True)
    if outcome.record is not None and not outcome.record["converged"]:
        quick = outcome.record["preset"] == "quick"
        typer.echo(
            "The preset 'quick' draws too few samples to converge, so this was to be expected:"
            if quick
            else "The fit did not converge:",
            err=True,
        )
        for failure in outcome.record["failed_checks"]:
            typer.echo(f"  {failure}", err=True)
        if quick:
            typer.echo("Everything works. For results run without --preset quick.", err=True)
        return NOT_CONVERGED
    return OK
