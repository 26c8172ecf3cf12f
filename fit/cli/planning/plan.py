"""The command `windup plan`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import AsJson, CalibrationFolder, ComparisonFolder, Debug
from windup.fit.cli.console.terminal import terminal
from windup.fit.cli.plan_files import new_plan
from windup.fit.display.blocks import Paragraph, show
from windup.fit.errors import SettingsError
from windup.fit.runs.notices import RESEARCH_ONLY


def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="Analysis plan.")],
    new: Annotated[bool, typer.Option("--new", help="Write the file, with every key explained.")] = False,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help="With --new: settings file of the fit. Default: all defaults, in the plan.",
        ),
    ] = None,
    run: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder that is compared with the plan.")
    ] = None,
    compare: ComparisonFolder = None,
    calibration: CalibrationFolder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check an analysis plan, or a run against it.

    \b
    Examples:
      windup plan analysis_plan.toml --new --settings settings.toml
      windup plan analysis_plan.toml
      windup plan analysis_plan.toml --run runs/published

    A plan fixes question, settings, trials and limits before the fit. Without --run, shows every fault of the
    file or its SHA-256, which is deposited elsewhere. With --run, shows deviations and which limits hold.

    Guide: docs/how-to/analysis-plan.md
    """
    with reported(debug=debug):
        if new and (run is not None or as_json):
            raise SettingsError("--new writes a plan that is still empty; leave out --run and --json.")
        if new:
            new_plan(file, settings=settings)
            typer.echo(f"Written: {file}")
            typer.echo(f"Next: fill it in, then run\n  windup plan {file}")
        elif settings is not None:
            raise SettingsError("--settings is for a new plan. Give --new, or leave it out.")
        elif run is None:
            _show_plan(file, as_json=as_json)
        else:
            _show_check(file, run, compare, calibration, as_json=as_json)
    raise typer.Exit(OK)


def _show_plan(file: Path, *, as_json: bool) -> None:
    from windup.fit.report.plan.page import plan_page
    from windup.fit.report.plan.read import load_analysis_plan

    found = load_analysis_plan(file)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        show(plan_page(found), terminal())


def _show_check(
    file: Path, run: Path, compare: Path | None, calibration: Path | None, *, as_json: bool
) -> None:
    # It imports JAX, which --help and the check of a plan need not.
    from windup.fit.report.plan.page import check_page
    from windup.fit.report.planned import check_against_plan

    found = check_against_plan(run, file, compare=compare, calibration=calibration)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        show((*check_page(found), Paragraph(RESEARCH_ONLY)), terminal())
