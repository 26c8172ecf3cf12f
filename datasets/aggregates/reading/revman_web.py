"""Data rows of RevMan Web: two analyses may have one name, and differ in what their groups received."""

from __future__ import annotations

from dataclasses import replace

from windup.datasets.files.grid import Grid
from windup.datasets.files.header import header_key

_NUMBERS = ("analysis_group", "analysis_number")
_NAME = "analysis_name"


def is_revman_web(grid: Grid) -> bool:
    """Whether the header is that of data rows of RevMan Web."""
    return bool(grid.rows) and {*_NUMBERS, _NAME} <= {header_key(title) for title in grid.rows[0]}


def with_numbers(grid: Grid) -> Grid:
    """The rows with the numbers of an analysis before its name, as RevMan Web shows it: ``1.2 Pain``.

    Parameters
    ----------
    grid
        The data rows.
    """
    titles = grid.rows[0]
    places = {header_key(title): place for place, title in enumerate(titles)}
    rows = [titles]
    for row in grid.rows[1:]:
        cells = list(row)
        # A row of another width has a fault of its own.
        if len(row) == len(titles):
            group, number = (row[places[key]] for key in _NUMBERS)
            cells[places[_NAME]] = f"{group}.{number} {row[places[_NAME]]}".strip()
        rows.append(cells)
    return replace(grid, rows=rows)
