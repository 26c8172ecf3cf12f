"""The command `windup import patients`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from windup.datasets import VisitWindows, patients_to_trials
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import Debug, Overwrite
from windup.fit.cli.console.terminal import terminal
from windup.fit.cli.imports.folder import write_tables
from windup.fit.cli.imports.patients_page import patients_page
from windup.fit.display.blocks import show
from windup.fit.errors import SettingsError


def patients(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="One row for each patient and time: .csv, .tsv or .xlsx.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the tables of trials.")],
    arms: Annotated[
        Path | None,
        typer.Option(
            help="Table of what each arm received, in the columns of dosing.csv. Default: to fill in."
        ),
    ] = None,
    study: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=CELL", help="Cell of studies.csv, e.g. condition=fibromyalgia. May be repeated."
        ),
    ] = None,
    scale: Annotated[str, typer.Option(help="Instrument of the pains.")] = "NRS_0_10",
    visit_week: Annotated[
        list[float] | None,
        typer.Option(help="Planned week of a visit. May be repeated. Default: every time is a visit."),
    ] = None,
    window_days: Annotated[
        tuple[float, float],
        typer.Option(metavar="FIRST LAST", help="Days around a planned week whose entries count for it."),
    ] = (0.0, 0.0),
    least_entries: Annotated[int, typer.Option(help="Entries that a patient needs in a window.")] = 1,
    nearest: Annotated[
        bool, typer.Option("--nearest", help="Take the nearest entry in a window, not the mean of all.")
    ] = False,
    responders: Annotated[
        list[int] | None,
        typer.Option(help="Also write the share of patients with 30 or 50 % less pain. May be repeated."),
    ] = None,
    all_pairs: Annotated[
        bool,
        typer.Option("--all-pairs", help="Write changes between all visits, not from the baseline alone."),
    ] = False,
    flag: Annotated[
        list[str] | None, typer.Option(help="Flag of every row, e.g. worst_pain. May be repeated.")
    ] = None,
    source: Annotated[str, typer.Option(help="Source of every row: an address, doi:… or pmid:….")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=HEADER", help="Header of a column in FILE. May be repeated."),
    ] = None,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Create trial tables from patients' visits or diaries.

    FILE has the columns arm_id, patient_id, time_weeks or time_days, and pain. Only means, SDs and shares of
    arms are written. What the patients do not show stays empty.

    \b
    Examples:
      windup import patients visits.csv --out my_study --study study_id=mine --study condition=fibromyalgia
      windup import patients diary.csv --out my_study --arms arms.csv --study study_id=mine
        --visit-week 0 --visit-week 12 --window-days -6 0 --least-entries 4

    Guide: docs/how-to/patients.md
    """
    with reported(debug=debug):
        weeks = tuple(visit_week or ())
        windows = VisitWindows(weeks, *window_days, least_entries, nearest) if weeks else None
        if not weeks and (window_days != (0.0, 0.0) or nearest or least_entries != 1):
            raise SettingsError("Windows need weeks. Name each visit with --visit-week.")
        made = patients_to_trials(
            file,
            arms=arms,
            study=_pairs("--study", study or ()),
            scale=scale,
            windows=windows,
            responders=tuple(responders or ()),
            pairs="all" if all_pairs else "baseline",
            flags=tuple(flag or ()),
            source=source,
            columns=_pairs("--column", column or ()),
        )
        folder = write_tables(out, made.files, overwrite=overwrite)
        for name in made.files:
            typer.echo(f"Written: {out / name}")
        show(tuple(patients_page(made, folder)), terminal())
        typer.echo(f"Next: windup check {out}")
    raise typer.Exit(OK)


def _pairs(option: str, said: Iterable[str]) -> dict[str, str]:
    """Names and what follows their equals sign."""
    pairs: dict[str, str] = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign:
            raise SettingsError(f"{option} is '{each}'. Write NAME=VALUE.")
        pairs[name.strip()] = value.strip()
    return pairs
