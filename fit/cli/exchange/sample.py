"""The command `windup sample`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from windup.fit.analyses.petab.options import MAX_STEPS, PRIORS, SOLVERS, TOLERANCE, SampleOptions
from windup.fit.analyses.petab.page import evaluation_blocks, sample_page
from windup.fit.cli.console.exits import NOT_CONVERGED, OK, reported
from windup.fit.cli.console.options import Debug, words_of
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import show
from windup.fit.errors import SettingsError
from windup.fit.execution.progress import show_progress
from windup.fit.settings.samplers import PRECISIONS, SAMPLERS

# Load, compile, start, warm-up, sample.
_PHASES = 5


def sample(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM.yaml", help="PEtab problem, version 1 or 2.")],
    out: Annotated[Path | None, typer.Option(help="Run folder to write.")] = None,
    only_evaluate: Annotated[
        bool, typer.Option("--only-evaluate", help="Print log-likelihood and gradient check, and end.")
    ] = False,
    prior: Annotated[
        str,
        typer.Option(
            help="Priors that the problem does not give: "
            + "; ".join(f"{word}, {meaning}" for word, meaning in PRIORS.items())
            + ".",
            autocompletion=words_of(PRIORS),
        ),
    ] = "problem",
    sampler: Annotated[
        str, typer.Option(help=f"One of: {', '.join(SAMPLERS)}.", autocompletion=words_of(SAMPLERS))
    ] = "nuts",
    precision: Annotated[
        str,
        typer.Option(
            help=f"Floating-point precision of the sampler: {', '.join(PRECISIONS)}.",
            autocompletion=words_of(PRECISIONS),
        ),
    ] = "float64",
    solver: Annotated[
        str, typer.Option(help=f"One of: {', '.join(SOLVERS)}.", autocompletion=words_of(SOLVERS))
    ] = "auto",
    tolerance: Annotated[float, typer.Option(help="Relative tolerance of the solver.")] = TOLERANCE,
    absolute_tolerance: Annotated[
        float | None,
        typer.Option(help="Absolute tolerance, in units of the states. Default: --tolerance / 10000."),
    ] = None,
    max_steps: Annotated[int, typer.Option(help="Largest number of steps of a solve.")] = MAX_STEPS,
    chains: Annotated[int | None, typer.Option(help="Chains. Default: that of the sampler.")] = None,
    warmup: Annotated[int | None, typer.Option(help="Warm-up iterations of each chain.")] = None,
    draws: Annotated[
        int | None, typer.Option(help="Draws of each chain, instead of until convergence.")
    ] = None,
    max_draws: Annotated[
        int, typer.Option(help="Largest number of draws of each chain until convergence.")
    ] = 6000,
    max_minutes: Annotated[
        float, typer.Option(help="Largest number of minutes of warm-up and draws until then; 0: no limit.")
    ] = 0.0,
    descents: Annotated[
        int, typer.Option(help="Starts of the search for modes; the nominal values are one of them.")
    ] = 8,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing run when the new one is complete.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the interrupted run in --out.")] = False,
    debug: Debug = False,
) -> None:
    """Sample the posterior of a PEtab problem.

    \b
    Examples:
      windup sample Boehm.yaml --only-evaluate
      windup sample Boehm.yaml --prior uniform --out runs/boehm

    The problem is checked by PEtab's linter and translated. Its formulas are not run as programs.

    Guide: docs/how-to/petab.md
    """
    with reported(debug=debug):
        options = SampleOptions(
            sampler=sampler,
            precision=precision,
            chains=chains,
            warmup=warmup,
            draws=draws,
            max_draws=max_draws,
            max_minutes=max_minutes,
            descents=descents,
            seed=seed,
        )
        reading = {
            "prior": prior,
            "solver": solver,
            "tolerance": tolerance,
            "absolute_tolerance": absolute_tolerance,
            "max_steps": max_steps,
        }
        if only_evaluate:
            show(evaluation_blocks(_evaluated(problem, reading)), terminal())
            code = OK
        else:
            if out is None:
                raise SettingsError("Name a folder for the run with --out, or give --only-evaluate.")
            code = _sampled(problem, out, options, reading, overwrite=overwrite, resume=resume)
    raise typer.Exit(code)


def _evaluated(problem: Path, reading: dict[str, Any]) -> dict[str, Any]:
    # They import JAX, which takes seconds that --help need not spend.
    from windup.fit.analyses.petab.nominal.evaluate import evaluate
    from windup.fit.analyses.petab.read import read_petab
    from windup.fit.analyses.petab.sample import problem_record
    from windup.fit.storage.formats import as_plain

    read = read_petab(problem, **reading)
    record: dict[str, Any] = as_plain(problem_record(read, problem, evaluate(read)))
    return record


def _sampled(
    problem: Path,
    out: Path,
    options: SampleOptions,
    reading: dict[str, Any],
    *,
    overwrite: bool,
    resume: bool,
) -> int:
    from windup.fit.analyses.petab.sample import sample_to_folder

    # Schedulers of clusters end a job with SIGTERM: keep what is done, as for Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with show_progress(_PHASES) as progress:
        folder, record = sample_to_folder(
            problem, out, options, reading=reading, overwrite=overwrite, resume=resume, progress=progress
        )
    show(sample_page(record), terminal())
    typer.echo(f"Written to {folder}.", err=True)
    return OK if record["converged"] else NOT_CONVERGED
