"""``windup network``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windup.fit.analyses.network.folder import OUT, network_to_folder
from windup.fit.cli.console.exits import reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite
from windup.fit.cli.console.terminal import show_result
from windup.fit.execution.progress import show_progress


def network(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the three tables of trials. Default: the packaged trials."),
    ] = None,
    week: Annotated[
        float, typer.Option(min=0.0, help="Each arm is read at the visit on treatment nearest to this week.")
    ] = 12.0,
    covariate: Annotated[
        list[str] | None,
        typer.Option(
            help="Column of studies.csv by which effects may differ, or baseline_pain. Give it several times "
            "for several columns."
        ),
    ] = None,
    related: Annotated[
        bool, typer.Option("--related", help="Draw the effects of all treatments from one distribution.")
    ] = False,
    impute_errors: Annotated[
        bool,
        typer.Option(
            "--impute-errors",
            help="Give differences without a standard error that of trials of their size, instead of leaving "
            "them out.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option(help="Result folder.")] = OUT,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Pool trials by network meta-analysis.

    \b
    Examples:
      windup network
      windup network --data my_study/trials --related
      windup network --covariate year --out runs/network_year

    Effects of all treatments from differences between arms, without a mechanism. Each study is predicted by
    the others, too. Takes seconds; no fit is needed.

    Guide: docs/how-to/network.md
    """
    with reported(debug=debug):
        with show_progress(1) as progress:
            folder, _ = network_to_folder(
                data,
                week=week,
                covariates=covariate or (),
                related=related,
                impute_errors=impute_errors,
                out=out,
                overwrite=overwrite,
                progress=progress,
            )
        show_result(folder, as_json=as_json)
