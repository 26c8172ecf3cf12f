"""The data and analyses of RevMan 5: headings between the rows of studies become columns of these rows.

In that export a comparison, an outcome and a subgroup each have a row of their own, which stands before the
rows of their studies: the first row of each triple of numbers. A cell that does not belong to the type of
the outcome holds 0, as a mean does among numbers of events. Rows of headings may be shorter than the header.
"""

from __future__ import annotations

from dataclasses import replace

from windup.datasets.files.grid import Grid
from windup.datasets.files.header import header_key
from windup.datasets.files.plain_file import NotReadable

OUTCOME_NAME = "Outcome name"
"""Header of the column that is added."""

_NUMBERS = ("comparison_number", "outcome_number", "subgroup_number")
_NEEDED = (*_NUMBERS, "name", "data_type")
_LABELS = ("group_label_1", "group_label_2")
_RESULTS = {
    "CON": ("mean_1", "sd_1", "mean_2", "sd_2"),
    "DIC": ("events_1", "events_2"),
}
_ALL_RESULTS = tuple(key for keys in _RESULTS.values() for key in keys)


def is_revman5(grid: Grid) -> bool:
    """Whether the header is that of RevMan 5."""
    return bool(grid.rows) and set(_NUMBERS[:2]) <= {header_key(title) for title in grid.rows[0]}


def without_headings(grid: Grid) -> Grid:
    """The rows of studies alone, each with the name of its outcome and the labels of its groups.

    Parameters
    ----------
    grid
        The export.

    Raises
    ------
    NotReadable
        When a column is missing, or a row is longer than the header.
    """
    titles = grid.rows[0]
    places = {header_key(title): place for place, title in enumerate(titles)}
    if missing := [key for key in _NEEDED if key not in places]:
        names = ", ".join(key.replace("_", " ") for key in missing)
        raise NotReadable(f"The export of RevMan 5 lacks: {names}.", "Export it again with these fields.")
    rows, lines = [[*titles, OUTCOME_NAME]], [grid.lines[0]]
    seen: set[tuple[str, ...]] = set()
    heading: list[str] = []
    for short, line in zip(grid.rows[1:], grid.lines[1:], strict=True):
        # Headings end before the last columns.
        row = short + [""] * (len(titles) - len(short))
        if len(row) > len(titles):
            found = f"The row has {len(row)} cells, the header {len(titles)}."
            raise NotReadable(found, "Export it again without the field 'Risk of bias tables'.", row=line)
        numbers = tuple(row[places[key]] for key in _NUMBERS)
        if numbers not in seen:
            seen.add(numbers)
            # A subgroup has no type, and belongs to the outcome above it.
            heading = row if numbers[2] in ("", "0") else heading
            continue
        rows.append(_with_heading(row, heading, places))
        lines.append(line)
    return replace(grid, rows=rows, lines=lines)


def _with_heading(row: list[str], heading: list[str], places: dict[str, int]) -> list[str]:
    cells = list(row)
    kept = _RESULTS.get(heading[places["data_type"]].upper(), ()) if heading else ()
    for key in _ALL_RESULTS:
        if key in places and key not in kept:
            cells[places[key]] = ""
    for key in _LABELS:
        if key in places and heading and not cells[places[key]]:
            cells[places[key]] = heading[places[key]]
    return [*cells, heading[places["name"]] if heading else ""]
