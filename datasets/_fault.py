"""One thing that is wrong in one place of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ._printable import printable

# The longest remedy lists every reason that an unused row may have.
LONGEST_PLACE, LONGEST_SENTENCE = 80, 800


@final
@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a data file.

    Parameters
    ----------
    file
        Name of the file, e.g. ``observations.csv``.
    row
        Line of the file as a text editor counts it (the header is line 1); 0 when the fault
        belongs to the file as a whole.
    column
        Name of the column, or ``''`` when the fault belongs to the whole row or file.
    found
        What stands there.
    remedy
        What to do about it.
    """

    file: str
    row: int
    column: str
    found: str
    remedy: str

    def __post_init__(self) -> None:
        # What stands in a file may be anything, and the fault is shown on terminals and pages.
        object.__setattr__(self, "column", printable(self.column, LONGEST_PLACE))
        for name in ("found", "remedy"):
            object.__setattr__(self, name, printable(getattr(self, name), LONGEST_SENTENCE))

    def __str__(self) -> str:
        """Sentence of the form ``file, row 7, column 'n': found. Remedy``."""
        place = self.file
        if self.row:
            place += f", row {self.row}"
        if self.column:
            place += f", column '{self.column}'"
        return f"{place}: {self.found} {self.remedy}"
