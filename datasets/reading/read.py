"""Reading one table as text, keeping the line each row stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.delimited import delimited_grid
from windup.datasets.files.errors import Fault, nearest
from windup.datasets.files.grid import Grid
from windup.datasets.files.header import header_key
from windup.datasets.files.plain_file import NotReadable
from windup.datasets.reading.numbers import decimal_mark
from windup.datasets.reading.sources import SourceFile

# What R, pandas and spreadsheets write above the numbers of the rows.
_TOTALS = ("total", "totals", "sum", "summe", "gesamt", "mean", "average", "all", "overall", "somme", "suma")
_ROW_NUMBERS = ("", "x", "unnamed:_0", "index", "rownames", "row_names")


@final
@dataclass(frozen=True)
class TextTable:
    """A table as read: cells as text, indexed by line number.

    Parameters
    ----------
    name
        Name of the table, e.g. ``studies.csv``.
    cells
        Text cells with every column of the table (missing optional ones empty); the index is the line of
        the file on which the row starts.
    decimal
        Decimal mark of its numbers; ``''`` where none shows it.
    notes
        Sentences on how it was read, where that is not plain.
    faults
        What is wrong with single cells; they do not keep the table from being read.
    """

    name: str
    cells: pd.DataFrame
    decimal: str
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_table(source: SourceFile, name: str, columns: tuple[Column, ...]) -> TextTable | list[Fault]:
    """Text table of one file or sheet, or the faults that keep it from being read.

    Parameters
    ----------
    source
        The file.
    name
        Name of the table.
    columns
        Columns it should have.
    """
    try:
        if source.is_workbook:
            grid = source.workbook.grid(source.sheet_of(name.rsplit(".", 1)[0]))
        else:
            grid = delimited_grid(source.content, [column.name for column in columns])
    except NotReadable as error:
        return [Fault(name, error.row, "", error.found, error.remedy)]
    if not grid.rows:
        return [Fault(name, 0, "", "The table is empty.", "Write at least the header line.")]
    return table_of(name, grid, columns)


def table_of(name: str, grid: Grid, columns: tuple[Column, ...]) -> TextTable | list[Fault]:
    """Text table of cells, or the faults that keep them from being one.

    Parameters
    ----------
    name
        Name of the table.
    grid
        Its cells, with the header in the first row.
    columns
        Columns it should have.
    """
    notes = list(grid.notes)
    header, rows, lines, faults = _of_one_width(name, grid, notes)
    if faults:
        return faults
    titles = _titles(header, rows, columns, notes)
    faults = _header_faults(name, grid.lines[0], header, titles, columns)
    if faults:
        return faults
    rows, lines, totals = _without_totals(name, rows, lines)
    places = {title: place for place, title in enumerate(titles) if title}
    index = pd.Index(lines, dtype="int64")
    table = pd.DataFrame(
        {
            column.name: pd.Series(
                [row[places[column.name]] for row in rows] if column.name in places else "",
                index=index, dtype="str",
            )
            for column in columns
        },
        index=index,
    )  # fmt: skip
    numeric = [column.name for column in columns if column.type in ("number", "integer")]
    mark = decimal_mark((cell for column in numeric for cell in table[column]), grid.separator)
    if mark == ",":
        notes.append("Numbers have decimal commas.")
    wrong = (*totals, *_cell_faults(name, grid, titles, set(numeric)))
    return TextTable(name, table, mark, tuple(notes), wrong)


def _of_one_width(
    name: str, grid: Grid, notes: list[str]
) -> tuple[list[str], list[list[str]], list[int], list[Fault]]:
    """Header and rows, all of the same number of cells; the faults of those that are not."""
    header, rows, lines = grid.rows[0], grid.rows[1:], grid.lines[1:]
    if rows and all(len(row) == len(header) + 1 for row in rows) and _are_row_numbers([r[0] for r in rows]):
        notes.append("The first cell of every row is its number and was left out.")
        rows = [row[1:] for row in rows]
    faults = [
        Fault(
            name, line, "", f"The row has {len(row)} cells, the header {len(header)}.",
            "Check for a stray comma, a decimal comma, or a missing quotation mark.",
        )
        for line, row in zip(lines, rows, strict=True)
        if len(row) != len(header)
    ]  # fmt: skip
    return header, rows, lines, faults


def _without_totals(
    name: str, rows: list[list[str]], lines: list[int]
) -> tuple[list[list[str]], list[int], list[Fault]]:
    """Rows of the table, and the faults of those that sum it up."""
    sums = [row[0].lower().rstrip(":") in _TOTALS and 2 * row.count("") >= len(row) for row in rows]
    faults = [
        Fault(name, line, "", f"The row begins '{row[0]}' and looks like a sum of others.", "Remove the row.")
        for row, line, is_sum in zip(rows, lines, sums, strict=True)
        if is_sum
    ]
    kept = [(row, line) for row, line, is_sum in zip(rows, lines, sums, strict=True) if not is_sum]
    return [row for row, _ in kept], [line for _, line in kept], faults


def _are_row_numbers(cells: list[str]) -> bool:
    return cells == [str(n) for n in range(1, len(cells) + 1)] or cells == [str(n) for n in range(len(cells))]


def _titles(
    header: list[str], rows: list[list[str]], columns: tuple[Column, ...], notes: list[str]
) -> list[str | None]:
    """Name in the dictionary of each column: as written where unknown, None where it is left out."""
    names = {header_key(column.name): column.name for column in columns}
    titles: list[str | None] = []
    for place, title in enumerate(header):
        key = header_key(title)
        cells = [row[place] for row in rows]
        if key in names:
            titles.append(names[key])
        elif not title and not any(cells):
            titles.append(None)
            notes.append("Empty columns without a name were left out.")
        elif key in _ROW_NUMBERS and cells and _are_row_numbers(cells):
            titles.append(None)
            named = f"'{title}'" if title else "without a name"
            notes.append(f"The column {named} holds row numbers and was left out.")
        else:
            titles.append(title)
    notes[:] = dict.fromkeys(notes)
    return titles


def _header_faults(
    name: str, line: int, header: list[str], titles: list[str | None], columns: tuple[Column, ...]
) -> list[Fault]:
    known = [column.name for column in columns]
    if not set(titles) & set(known):
        found = f"No column of this table stands in the first line, which begins '{header[0]}'."
        remedy = (
            f"Begin with a line of column names: {', '.join(c.name for c in columns if c.column_required)}."
        )
        return [Fault(name, line, "", found, remedy)]
    faults = [
        Fault(name, line, column.name, "The column is missing.", f"Add a column named '{column.name}'.")
        for column in columns
        if column.column_required and column.name not in titles
    ]
    for place, title in enumerate(titles):
        if title is None:
            continue
        if title == "":
            found = f"Column {place + 1} has cells but no name."
            faults.append(Fault(name, line, "", found, "Give it a name, or remove it."))
        elif title not in known:
            faults.append(Fault(name, line, title, "The column is not known here.", nearest(title, known)))
        elif title in titles[:place]:
            faults.append(Fault(name, line, title, "The column stands twice.", "Remove one of the two."))
    return faults


def _cell_faults(name: str, grid: Grid, titles: list[str | None], numeric: set[str]) -> Iterator[Fault]:
    for each in grid.findings:
        title = titles[each.place] if each.place < len(titles) else None
        if title is not None and (not each.numbers_only or title in numeric):
            yield Fault(name, each.row, title, each.found, each.remedy)
