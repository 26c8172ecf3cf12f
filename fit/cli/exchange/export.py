"""The command `windup export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.datasets import nearest, packaged_trials
from windup.fit.analyses.exchange.export import Exported, export, export_to_folder, refuse_unless_free
from windup.fit.analyses.exchange.libraries import library
from windup.fit.analyses.exchange.nominal import posterior_medians, prior_medians
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import Debug, Overwrite
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Verdict, show
from windup.fit.errors import SettingsError
from windup.fit.execution.process import prepare_process
from windup.fit.problem.build import problem_of
from windup.fit.runs.fitted_run import read_run
from windup.fit.settings.fit import MODELS, Settings


def write_export(
    subject: Annotated[
        str, typer.Argument(metavar="MODEL|RUN", help="Name of a packaged model, or a run folder.")
    ],
    to: Annotated[Path, typer.Option(help="Folder for the files.")],
    study: Annotated[
        list[str] | None, typer.Option(help="Study whose arms are written. May be repeated. Default: all.")
    ] = None,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Write a model as SBML, and its trials as PEtab.

    \b
    Examples:
      windup export cascade --to exchange/cascade
      windup export runs/published --to exchange/published --study backonja1998

    Nominal values are medians: of the priors of a model, of the posterior of a run. README.md in the folder
    states what the standards cannot carry.

    Guide: docs/how-to/export.md
    """
    with reported(debug=debug):
        for name in ("libsbml", "petab.v2"):
            library(name)
        refuse_unless_free(to, overwrite=overwrite)
        exported = _exported(subject, study or [])
        folder = export_to_folder(exported, to, overwrite=overwrite)
        _show(exported, folder)
    raise typer.Exit(OK)


def _exported(subject: str, studies: list[str]) -> Exported:
    prepare_process()
    if subject in MODELS:
        settings, trials = Settings.from_preset("full", model=subject), packaged_trials()
        problem = problem_of(trials, settings)
        return export(problem, prior_medians(problem), trials=trials, settings=settings, studies=studies)
    if not Path(subject).expanduser().is_dir():
        raise SettingsError(f"'{subject}' is neither a model nor a run folder. {nearest(subject, MODELS)}")
    run = read_run(Path(subject))
    nominal = posterior_medians(run)
    return export(run.problem, nominal, trials=run.trials, settings=run.settings, studies=studies)


def _show(exported: Exported, folder: Path) -> None:
    for name in exported.files:
        typer.echo(f"Written: {folder / name}")
    counts, left = exported.counts, sum(exported.left_out.values())
    by_kind: dict[str, int] = {}
    for (kind, _), count in exported.left_out.items():
        by_kind[kind.replace("_", " ")] = by_kind.get(kind.replace("_", " "), 0) + count
    most = sorted(by_kind.items(), key=lambda item: (-item[1], item[0]))
    blocks: list[Block] = [
        Verdict("libSBML and PEtab's linter find nothing.", good=True),
        Paragraph(
            f"{counts['measurements']} rows are measurements, with {counts['parameters']} parameters. "
            f"{left} rows are left out."
        ),
    ]
    if left:
        blocks += [Heading("Rows left out"), Bullets(tuple(f"{kind}: {count}" for kind, count in most))]
    show(tuple(blocks), terminal())
    typer.echo(f"README.md in {folder} lists what the standards cannot carry.")
