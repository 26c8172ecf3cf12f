"""The command `windup import aggregate`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from windup.datasets import (
    AggregateGuesses,
    AggregateTrials,
    DataFaults,
    aggregate_guesses,
    aggregate_map,
    aggregates_to_trials,
    load_trials,
)
from windup.fit.cli.console.exits import FAULTS, OK, reported
from windup.fit.cli.console.options import AsJson, Debug, Overwrite
from windup.fit.cli.console.terminal import terminal
from windup.fit.cli.imports.aggregate_page import aggregate_page, guesses_page
from windup.fit.cli.imports.folder import write_tables
from windup.fit.display.blocks import show
from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.storage.files import disk_errors, write_file


def aggregate(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Rows of arms or contrasts: .csv, .tsv, .txt or .xlsx."),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the tables of trials.")] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="MAP", help="TOML file: what columns and labels mean, and what FILE lacks."
        ),
    ] = None,
    write_map: Annotated[
        Path | None,
        typer.Option(metavar="MAP", help="Write a map with the labels of FILE, to be filled in, and end."),
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Folder with drugs.csv, actions.csv, … of what windup does not have."
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Create trial tables from the aggregate data of an evidence synthesis.

    FILE has one row for each arm, for each study with its arms side by side, or for each contrast, as in
    netmeta, multinma, MBNMAtime, gemtc, CINeMA, meta, metafor and RevMan. The meaning of each column is
    printed. A map names doses, scale and condition, and corrects what was guessed. A dose is never guessed.

    \b
    Examples:
      windup import aggregate arms.csv --write-map arms.toml
      windup import aggregate arms.csv --map arms.toml --out my_review

    Guide: docs/how-to/aggregate-data.md
    """
    with reported(debug=debug):
        if (out is None) == (write_map is None):
            raise SettingsError("Give --out for the tables, or --write-map for a map to be filled in.")
        if write_map is not None:
            guesses = _written_map(file, mapping, catalogue, write_map, overwrite=overwrite)
            if as_json:
                _print(_as_read(guesses))
            else:
                _show_guesses(guesses)
                typer.echo(f"Written: {write_map}")
                typer.echo(f"Next: fill it in, then windup import aggregate {file} --map {write_map} --out …")
            code = OK
        elif out is not None:
            code = _tables(file, mapping, catalogue, out, overwrite=overwrite, as_json=as_json)
    raise typer.Exit(code)


def _written_map(
    file: Path, mapping: Path | None, catalogue: Path | None, target: Path, *, overwrite: bool
) -> AggregateGuesses | None:
    text = aggregate_map(file, mapping=mapping, catalogue=catalogue)
    if target.exists() and not overwrite:
        raise RunFolderRefused(f"{target} exists already. Give --overwrite to replace it, or another name.")
    with disk_errors(f"writing {target}"):
        write_file(target, text)
    return aggregate_guesses(file, mapping=mapping, catalogue=catalogue)


def _tables(
    file: Path, mapping: Path | None, catalogue: Path | None, out: Path, *, overwrite: bool, as_json: bool
) -> int:
    """Write the tables and show what was made, or what is wrong; nothing is written then."""
    try:
        made = aggregates_to_trials(file, mapping=mapping, catalogue=catalogue)
    except DataFaults as found:
        guesses = aggregate_guesses(file, mapping=mapping, catalogue=catalogue)
        if not as_json:
            _show_guesses(guesses)
            raise
        _print({**_as_read(guesses), "faults": [dataclasses.asdict(fault) for fault in found.faults]})
        return FAULTS
    folder = write_tables(out, made.files, overwrite=overwrite)
    if as_json:
        _print({**_as_read(made.guesses), **_as_made(made, folder), "faults": []})
        return OK
    for name in made.files:
        typer.echo(f"Written: {out / name}")
    show(tuple(aggregate_page(made, folder)), terminal())
    typer.echo(f"Next: windup check {out}")
    return OK


def _show_guesses(guesses: AggregateGuesses | None) -> None:
    if guesses is not None:
        show(tuple(guesses_page(guesses)), terminal())


def _print(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _as_read(guesses: AggregateGuesses | None) -> dict[str, Any]:
    return {"read": None if guesses is None else dataclasses.asdict(guesses)}


def _as_made(made: AggregateTrials, folder: Path) -> dict[str, Any]:
    return {
        "written": [str(folder / name) for name in made.files],
        "studies": len(made.studies),
        "arms": len(made.dosing[["study_id", "arm_id"]].drop_duplicates()),
        "observations": len(made.observations),
        "used": int(load_trials(folder).observations["used"].sum()),
        "guessed_treatments": made.guessed_treatments,
        "notes": list(made.notes),
    }
