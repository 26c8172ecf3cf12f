"""What can be wrong with a file of regimens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from windup.datasets.files.errors import LONGEST_PLACE, LONGEST_SENTENCE, WindupError
from windup.datasets.files.printable import printable


@final
@dataclass(frozen=True)
class RegimenFault:
    """One fault of a file of regimens.

    Attributes
    ----------
    file
        Name of the file.
    number
        Which ``[[regimen]]`` (or other ``table``) of the file, from 1; 0 when the fault belongs to the file
        as a whole.
    name
        Name of the regimen, as far as it has one.
    key
        Key, with the number of its ``[[regimen.phase]]``; ``''`` when the whole regimen is meant.
    found
        What stands there.
    remedy
        What to do about it.
    table
        Name of the tables of the file.
    """

    file: str
    number: int
    name: str
    key: str
    found: str
    remedy: str
    table: str = "regimen"

    def __post_init__(self) -> None:
        for field in ("file", "name", "key"):
            object.__setattr__(self, field, printable(getattr(self, field), LONGEST_PLACE))
        for field in ("found", "remedy"):
            object.__setattr__(self, field, printable(getattr(self, field), LONGEST_SENTENCE))

    def __str__(self) -> str:
        """Sentence of the form ``file, [[regimen]] 2 'name', phase 1, dose: found. Remedy``."""
        place = self.file
        if self.number:
            place += f", [[{self.table}]] {self.number}" + (f" '{self.name}'" if self.name else "")
        if self.key:
            place += f", {self.key}"
        return f"{place}: {self.found} {self.remedy}"


@final
class RegimenFaults(WindupError):
    """Every fault of a file of regimens, reported together.

    Parameters
    ----------
    faults
        All faults, in the order of the file.
    """

    exit_code: int = 3

    def __init__(self, faults: Iterable[RegimenFault]) -> None:
        self.faults: tuple[RegimenFault, ...] = tuple(faults)
        count = len(self.faults)
        heading = f"{count} fault{'' if count == 1 else 's'} in the file; nothing was computed."
        super().__init__("\n".join([heading, *(str(fault) for fault in self.faults)]))
