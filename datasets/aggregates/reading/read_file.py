"""Reading a file of aggregate data: its columns by the map and by guesses, and its results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from windup.datasets.aggregates.reading.guess import AggregateGuesses, ColumnGuess, guesses_of
from windup.datasets.aggregates.reading.known_headers import MEANINGS, known_titles
from windup.datasets.aggregates.reading.layouts import LayoutReader
from windup.datasets.aggregates.reading.mapping import AggregateMap
from windup.datasets.aggregates.reading.read_map import NAMES
from windup.datasets.aggregates.reading.records import Result
from windup.datasets.aggregates.reading.revman5 import is_revman5, without_headings
from windup.datasets.aggregates.reading.revman_web import is_revman_web, with_numbers
from windup.datasets.dictionary.columns import Column
from windup.datasets.dictionary.limits import LARGEST_NUMBER, LONGEST_WEEKS, SMALLEST_SPREAD
from windup.datasets.files.errors import Fault
from windup.datasets.files.plain_file import NotReadable
from windup.datasets.reading.cells import Table, cells_of, grid_of, name_of_table

STEM = "results"
"""Name of the sheet in a workbook of several, and of a data frame."""

_DAYS = 7.0 * LONGEST_WEEKS
_NUMBERS: dict[str, Column] = {
    "mean": Column("mean", "number", "", minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
    "effect": Column("effect", "number", "", minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
    **{
        name: Column(name, "number", "", minimum=SMALLEST_SPREAD, maximum=LARGEST_NUMBER)
        for name in ("sd", "se", "effect_se")
    },
    "n": Column("n", "integer", "", minimum=1, maximum=LARGEST_NUMBER),
    "events": Column("events", "integer", "", minimum=0, maximum=LARGEST_NUMBER),
    "time": Column("time", "number", "", minimum=-_DAYS, maximum=_DAYS),
    "year": Column("year", "integer", "", minimum=1900, maximum=2100),
}


@final
@dataclass(frozen=True)
class AggregateFile:
    """A file of aggregate data as far as it can be read.

    Attributes
    ----------
    name
        Name of the file, as faults show it.
    guesses
        What its columns mean; None where it has no header.
    results
        What its rows say.
    faults
        All that is wrong with it.
    notes
        Sentences on results that were not read.
    """

    name: str
    guesses: AggregateGuesses | None
    results: tuple[Result, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    def header_of(self, column: str) -> str:
        """Header of a column by its name in a map; the name where the file has no such column."""
        return column if self.guesses is None else self.guesses.headers.get(column, column)


def read_aggregate(table: Table, told: AggregateMap) -> AggregateFile:
    """Columns and results of a file.

    Parameters
    ----------
    table
        The file, or a data frame, whose rows are counted as if it were written with a header.
    told
        The map.
    """
    name = name_of_table(table, STEM)
    try:
        grid = grid_of(table, STEM, (*known_titles(), *NAMES, *told.columns.values()))
        if not grid.rows:
            raise NotReadable("The table is empty.", "Write at least the header line.")
        if is_revman5(grid):
            grid = without_headings(grid)
        elif is_revman_web(grid):
            grid = with_numbers(grid)
    except NotReadable as error:
        return AggregateFile(name, None, (), (Fault(name, error.row, "", error.found, error.remedy),), ())
    guesses, faults = guesses_of(grid, name, told)
    columns = tuple(_column_of(each) for each in guesses.columns)
    if not columns:
        return AggregateFile(name, guesses, (), tuple(faults), ())
    cells = cells_of(name, grid, columns, guesses.headers, all_columns=False)
    made = AggregateFile(name, replace(guesses, notes=cells.notes), (), (), ())
    faults += [replace(fault, column=made.header_of(fault.column)) for fault in cells.faults]
    if cells.typed is None or "study" not in cells.typed:
        return replace(made, faults=tuple(faults))
    if not len(cells.typed):
        faults.append(Fault(name, 0, "", "The table has no rows.", "Write one for each result."))
    reader = LayoutReader(name, cells.typed, guesses, told)
    results = tuple(each for each in reader.results() if each.study)
    named = {(fault.row, fault.column) for fault in faults}
    for fault in reader.faults:
        # A number that cannot be read is not missing as well.
        shown = replace(fault, column=made.header_of(fault.column))
        faults += [shown] if (shown.row, shown.column) not in named else []
    return replace(made, results=results, faults=tuple(faults), notes=tuple(reader.notes))


def _column_of(guess: ColumnGuess) -> Column:
    """How the cells of a column are read."""
    if guess.meaning in _NUMBERS:
        return replace(_NUMBERS[guess.meaning], name=guess.name)
    # Of treatments side by side the third may be missing in a study of two.
    required = guess.meaning == "study" or guess.name == "treatment"
    return Column(guess.name, "text", f"{MEANINGS[guess.meaning]}.".capitalize(), cell_required=required)
