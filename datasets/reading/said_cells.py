"""Cells that a user gives next to a table, for all its rows or for some of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.errors import nearest
from windup.datasets.reading.numbers import NotANumber, number


def cell_findings(
    table: str, columns: Iterable[Column], cells: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with cells: the column, what was found, and what to do.

    Parameters
    ----------
    table
        Name of the table, as users know it.
    columns
        Columns that may be given.
    cells
        Text by name of column; `''` is an empty cell.

    Examples
    --------
    >>> list(cell_findings("a.csv", [Column("year", "integer", "")], {"yaer": "1998"}))
    [('', "'yaer' is no column of a.csv.", "Did you mean 'year'?")]
    """
    known = {column.name: column for column in columns}
    for name, cell in cells.items():
        column = known.get(name)
        if column is None:
            yield "", f"'{name}' is no column of {table}.", nearest(name, known)
        elif column.allowed and cell and cell not in column.allowed:
            yield name, f"'{cell}' is not allowed.", nearest(cell, column.allowed, column.other_names)
        elif column.type in ("number", "integer") and cell:
            try:
                number(cell, ".")
            except NotANumber as error:
                yield name, error.found, error.remedy
