"""Faults of one kind as one line: how many there are, and the first few places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from windup.datasets.files.errors import Fault, WindupError

_SHOWN = 3
# Above that many sentences which differ in a word or a number only, they are one.
_ALIKE = 5
_WORD_OR_NUMBER = re.compile(r"'[^']*'|[-+]?[0-9][0-9.,]*")


@final
@dataclass(frozen=True)
class FaultGroup:
    """Faults of one file that have the same cause.

    Attributes
    ----------
    faults
        All of them, in the order of the file.
    """

    faults: tuple[Fault, ...]

    @property
    def count(self) -> int:
        """Number of faults."""
        return len(self.faults)

    @property
    def rows(self) -> str:
        """The first rows, and how many more there are."""
        return _first(str(row) for row in sorted({fault.row for fault in self.faults}) if row)

    @property
    def columns(self) -> str:
        """The first columns, and how many more there are."""
        return _first(dict.fromkeys(fault.column for fault in self.faults if fault.column))

    @property
    def first(self) -> Fault:
        """The first fault, which stands for all."""
        return self.faults[0]

    @property
    def found(self) -> str:
        """What stands there; of faults that differ in a word the first, and that there are others."""
        kinds = dict.fromkeys(fault.found for fault in self.faults)
        return (
            f"{self.first.found} {len(kinds) - 1} others are like it." if len(kinds) > 1 else self.first.found
        )

    def __str__(self) -> str:
        """One fault as its sentence, several as ``file, 12 places (rows …, columns …): found. Remedy``."""
        if self.count == 1:
            return str(self.first)
        rows = f"rows {self.rows}" if self.rows else ""
        columns = self.columns
        named = f"column{'s' if ',' in columns else ''} {columns}" if columns else ""
        places = "; ".join(part for part in (rows, named) if part)
        return f"{self.first.file}, {self.count} places ({places}): {self.found} {self.first.remedy}"


@final
class DataFaults(WindupError):
    """Every fault found in a folder of trials, reported together.

    Parameters
    ----------
    faults
        All faults, in the order of file, row and column.

    Notes
    -----
    The message has one line for each cause (`fault_groups`); the attribute has every single fault.
    """

    exit_code: int = 3

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        count = len(self.faults)
        heading = f"{count} error{'' if count == 1 else 's'} in the data; nothing was loaded."
        super().__init__("\n".join([heading, *(str(group) for group in fault_groups(self.faults))]))


def fault_groups(faults: Iterable[Fault]) -> tuple[FaultGroup, ...]:
    """Faults by cause, in the order in which each cause appears first.

    The same sentence is one cause. Sentences that differ in a quoted word or a number only are one cause
    where there are more than five of them, so that few different misspellings keep their own remedies.

    Parameters
    ----------
    faults
        Any faults.
    """
    same: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        same.setdefault((fault.file, fault.found, fault.remedy), []).append(fault)
    alike: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {}
    for key in same:
        file, found, remedy = key
        kind = (file, _WORD_OR_NUMBER.sub("…", found), _WORD_OR_NUMBER.sub("…", remedy))
        alike.setdefault(kind, []).append(key)
    groups: list[FaultGroup] = []
    for keys in alike.values():
        if len(keys) > _ALIKE:
            groups.append(FaultGroup(tuple(fault for key in keys for fault in same[key])))
        else:
            groups += [FaultGroup(tuple(same[key])) for key in keys]
    return tuple(groups)


def _first(names: Iterable[str]) -> str:
    listed = list(names)
    shown = ", ".join(listed[:_SHOWN])
    more = len(listed) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
