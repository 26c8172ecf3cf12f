"""Cells of a table that has more columns than are read, of a file or of a data frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.delimited import delimited_grid
from windup.datasets.files.errors import Fault, nearest
from windup.datasets.files.grid import Grid, tidy
from windup.datasets.files.header import header_key
from windup.datasets.files.plain_file import NotReadable
from windup.datasets.reading.read import TextTable, table_of
from windup.datasets.reading.schema import schema_faults
from windup.datasets.reading.sources import SourceFile
from windup.datasets.reading.typed import typed_table

type Table = Path | pd.DataFrame


@final
@dataclass(frozen=True)
class ReadCells:
    """A table as far as it can be read.

    Attributes
    ----------
    name
        Name of the file, or of the sheet, as faults show it.
    typed
        Typed cells indexed by line; None where the table cannot be read.
    headers
        Columns of the dictionary that it has.
    faults
        All that is wrong with single cells, or with the table.
    notes
        Sentences on how it was read.
    """

    name: str
    typed: pd.DataFrame | None
    headers: frozenset[str]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def read_cells(
    table: Table, stem: str, columns: tuple[Column, ...], headers: Mapping[str, str], *, all_columns: bool
) -> ReadCells:
    """Typed cells of a table.

    Parameters
    ----------
    table
        File, workbook or data frame. Rows of a data frame are counted as if it were written with a header.
    stem
        Name of its sheet in a workbook of several, and of a data frame.
    columns
        Columns that are read.
    headers
        Header in the table, by the name of the column, where the two differ.
    all_columns
        Whether a column that is not among these is a fault; otherwise it is left aside.
    """
    name = name_of_table(table, stem)
    try:
        grid = grid_of(table, stem, (*(column.name for column in columns), *headers.values()))
    except NotReadable as error:
        return ReadCells(
            name, None, frozenset(), (Fault(name, error.row, "", error.found, error.remedy),), ()
        )
    return cells_of(name, grid, columns, headers, all_columns=all_columns)


def cells_of(
    name: str, grid: Grid, columns: tuple[Column, ...], headers: Mapping[str, str], *, all_columns: bool
) -> ReadCells:
    """Typed cells of rows that are read as text already.

    Parameters
    ----------
    name
        Name of the file, as faults show it.
    grid
        The rows, with the header first.
    columns, headers, all_columns
        As `read_cells` has them.
    """
    known = [column.name for column in columns]
    if not grid.rows:
        empty = Fault(name, 0, "", "The table is empty.", "Write at least the header line.")
        return ReadCells(name, None, frozenset(), (empty,), ())
    grid, faults = _renamed(name, grid, headers)
    notes: list[str] = []
    if not all_columns:
        grid = _narrowed(grid, known, notes)
    found = frozenset(known) & {header_key(title) for title in grid.rows[0]}
    text = table_of(name, grid, columns)
    if not isinstance(text, TextTable):
        return ReadCells(name, None, found, (*faults, *text), tuple(notes))
    typed, wrong = typed_table(text, columns)
    unreadable = {(fault.row, fault.column) for fault in wrong}
    more = schema_faults(name, columns, typed)
    wrong += [fault for fault in more if (fault.row, fault.column) not in unreadable]
    return ReadCells(name, typed, found, (*faults, *wrong), (*notes, *text.notes))


def name_of_table(table: Table, stem: str) -> str:
    """Name of a file, or of the sheet that a data frame would be."""
    return table.name if isinstance(table, Path) else stem


def grid_of(table: Table, stem: str, known: Collection[str]) -> Grid:
    """Rows of a file, a workbook or a data frame as text.

    Parameters
    ----------
    table, stem
        As `read_cells` has them.
    known
        Headers that may stand in the file: they show what separates its cells.

    Raises
    ------
    NotReadable
        When the file cannot be read, or does not show which of its sheets is meant.
    """
    if isinstance(table, pd.DataFrame):
        rows = [[_text(cell) for cell in row] for row in table.itertuples(index=False, name=None)]
        return Grid([[tidy(str(title)) for title in table.columns], *rows], list(range(1, len(rows) + 2)), "")
    source = SourceFile(table)
    if not source.is_workbook:
        return delimited_grid(source.content, known)
    sheets = source.workbook.sheets
    sheet = source.sheet_of(stem) or (sheets[0] if len(sheets) == 1 else "")
    if not sheet:
        raise NotReadable(f"No sheet is named '{stem}'.", f"Name the sheet '{stem}', or keep it alone.")
    return source.workbook.grid(sheet)


def _text(cell: object) -> str:
    """A cell of a data frame; a whole number has no decimals, as numbers of patients beside gaps would."""
    if cell is None or cell is pd.NA or cell != cell:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else tidy(str(cell))


def _renamed(name: str, grid: Grid, headers: Mapping[str, str]) -> tuple[Grid, list[Fault]]:
    """The table with the names of columns that a user gave; another column of that name loses it."""
    titles, line = grid.rows[0], grid.lines[0]
    keys = [header_key(title) for title in titles]
    faults: list[Fault] = []
    named = list(titles)
    for column, header in headers.items():
        if header_key(header) not in keys:
            found = f"No column '{header}' is there to be read as '{column}'."
            faults.append(Fault(name, line, column, found, nearest(header, filter(None, titles))))
            continue
        place = keys.index(header_key(header))
        named = ["" if header_key(title) == header_key(column) else title for title in named]
        named[place] = column
    return replace(grid, rows=[named, *grid.rows[1:]]), faults


def _narrowed(grid: Grid, known: Sequence[str], notes: list[str]) -> Grid:
    """The table without columns that are not read; a table whose rows have other widths stays as it is."""
    titles, rows = grid.rows[0], grid.rows[1:]
    if rows and all(len(row) == len(titles) + 1 for row in rows):
        # R writes the number of each row without a header.
        titles = ["", *titles]
    if any(len(row) != len(titles) for row in rows):
        return grid
    kept = [place for place, title in enumerate(titles) if header_key(title) in known]
    aside = [title for place, title in enumerate(titles) if title and place not in kept]
    if not kept:
        return grid
    if aside:
        notes.append(f"Columns that are not read: {', '.join(aside)}.")
    places = {old: new for new, old in enumerate(kept)}
    findings = tuple(
        replace(each, place=places[each.place]) for each in grid.findings if each.place in places
    )
    return replace(grid, rows=[[row[place] for place in kept] for row in (titles, *rows)], findings=findings)
