"""The command `windup check`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from windup.datasets import DataFaults, check_counts, trials_in
from windup.fit.cli.console.exits import FAULTS, OK, reported
from windup.fit.cli.console.faults import COUNTS, counts_page
from windup.fit.cli.console.options import AsJson, Blocks, Debug, chosen_blocks
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import show
from windup.fit.display.labels import labels_of


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder or workbook of tables. Default: the packaged trials."),
    ] = None,
    blocks: Blocks = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Validate trial tables, count observations.

    The folder holds the tables studies, dosing and observations: as .csv, .tsv, .txt or .xlsx files, or as
    sheets of one workbook.

    \b
    Examples:
      windup check
      windup check my_study/trials
      windup check my_study/trials.xlsx
      windup check --json > counts.json

    Shows all errors at once, each with its file, row, column, content and remedy. Without errors, it lists
    the doses that a fit assumes and the rows that it leaves out. --json has every row and every error.
    """
    with reported(debug=debug):
        try:
            trials = trials_in(folder, blocks=chosen_blocks(blocks))
        except DataFaults as found:
            if not as_json:
                raise
            faults = [dataclasses.asdict(fault) for fault in found.faults]
            typer.echo(json.dumps({**dict.fromkeys(COUNTS), "faults": faults}, indent=2, ensure_ascii=False))
            code = FAULTS
        else:
            counts = dict(check_counts(trials))
            if as_json:
                typer.echo(json.dumps(counts, indent=2, ensure_ascii=False))
            else:
                labels = labels_of(trials.catalogue).by_name
                show(counts_page(counts, labels), terminal())
            code = OK
    raise typer.Exit(code)
