"""Tables of PEtab as rows of text that know where they stand, and the faults found in them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, final

from windup.datasets import Fault
from windup.fit.analyses.petab.tables.contents import Place

# PEtab writes missing values in these ways.
_MISSING = ("", "nan")


class Row(NamedTuple):
    """One line of a table: its file, its number as an editor counts it, and its cells by column."""

    file: str
    number: int
    cells: Mapping[str, str]

    def place(self, column: str = "") -> Place:
        """Where the row, or a cell of it, stands."""
        return Place(self.file, self.number, column)

    def text(self, column: str, default: str = "") -> str:
        """Content of a cell; the default where it is missing."""
        cell = self.cells.get(column, "")
        return default if cell.lower() in _MISSING else cell

    def parts(self, column: str) -> tuple[str, ...]:
        """Content of a cell that is separated by semicolons."""
        cell = self.text(column)
        return tuple(part.strip() for part in cell.split(";")) if cell else ()


@final
class Faults:
    """Faults, gathered while tables and the model are read."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, place: Place, found: str, remedy: str) -> None:
        """Note a fault, and go on."""
        self.found.append(Fault(*place, found, remedy))

    def number(self, row: Row, column: str, default: float = math.nan) -> float:
        """Number in a cell; a fault where it holds none."""
        cell = row.text(column)
        if not cell:
            return default
        try:
            return float(cell)
        except ValueError:
            self.add(row.place(column), f"'{cell}' is no number.", "Write a number.")
            return math.nan

    def word(self, row: Row, column: str, allowed: Iterable[str], default: str) -> str:
        """One of some words in a cell; a fault where it holds another one."""
        cell = row.text(column, default)
        words = tuple(allowed)
        if cell not in words:
            self.add(row.place(column), f"'{cell}' is not supported.", f"Use one of: {', '.join(words)}.")
            return default
        return cell


def rows_of(folder: Path, names: Iterable[str]) -> Iterator[Row]:
    """Rows of some tables, one after the other; empty lines are none.

    Parameters
    ----------
    folder
        That file names start from.
    names
        The tables.

    Raises
    ------
    OSError, UnicodeDecodeError
        When a file cannot be read.
    """
    for name in names:
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, delimiter="\t")
            header = [cell.strip() for cell in next(lines, [])]
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    pairs = zip(header, (cell.strip() for cell in cells), strict=False)
                    yield Row(name, lines.line_num, dict(pairs))
