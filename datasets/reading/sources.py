"""Which file, or which sheet of a workbook, holds each table of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import final

from windup.datasets.files.errors import Fault
from windup.datasets.files.header import header_key
from windup.datasets.files.plain_file import LARGEST_TABLE, NotReadable, plain_bytes
from windup.datasets.files.workbook import LARGEST_WORKBOOK, Workbook

_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx")
_WORKBOOK = ".xlsx"
_OTHER_PROGRAMS = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".rds", ".rdata", ".sav", ".dta", ".parquet")


@final
@dataclass(frozen=True)
class SourceFile:
    """A file that holds one table, or a workbook that may hold several.

    Attributes
    ----------
    path
        The file.
    """

    path: Path

    @property
    def is_workbook(self) -> bool:
        """Whether its name is that of a workbook."""
        return self.path.suffix.lower() == _WORKBOOK

    def shown(self, table: str) -> str:
        """Name of the file, and of the sheet in a workbook, as faults name it."""
        return f"{self.path.name}, sheet {Path(table).stem}" if self.is_workbook else self.path.name

    @cached_property
    def content(self) -> bytes:
        """Its bytes.

        Raises
        ------
        NotReadable
            When there are none.
        """
        return plain_bytes(self.path, LARGEST_WORKBOOK if self.is_workbook else LARGEST_TABLE)

    @cached_property
    def workbook(self) -> Workbook:
        """Its sheets.

        Raises
        ------
        NotReadable
            When it is no workbook.
        """
        return Workbook(self.content)

    def sheet_of(self, stem: str) -> str:
        """Name of the sheet of a table: the one of its name, or else the only one; ``''`` where none is."""
        named = [sheet for sheet in self.workbook.sheets if header_key(sheet) == stem]
        if named:
            return named[0]
        mine = header_key(self.path.stem) == stem and len(self.workbook.sheets) == 1
        return self.workbook.sheets[0] if mine else ""


@final
@dataclass(frozen=True)
class Sources:
    """Where the tables of a folder are.

    Attributes
    ----------
    files
        The file of each table, by the name of the table.
    faults
        Tables that stand nowhere, or in two places.
    notes
        Files of the folder that were left aside.
    """

    files: dict[str, SourceFile]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def contents(self) -> dict[str, bytes]:
        """Bytes of each file by its name, in the order of the tables; one that holds several stands once."""
        return {file.path.name: file.content for file in self.files.values()}

    def shown(self, faults: Iterable[Fault]) -> list[Fault]:
        """Faults with the name of the file, and of the sheet, in place of the table's."""
        names = {table: file.shown(table) for table, file in self.files.items()}
        return [replace(fault, file=names.get(fault.file, fault.file)) for fault in faults]


def find_sources(place: Path, needed: Iterable[str], optional: Iterable[str] = ()) -> Sources:
    """File of each table: ``studies.csv``, ``.tsv``, ``.txt``, ``.xlsx``, or a sheet of one workbook.

    Parameters
    ----------
    place
        Folder, or a workbook with a sheet for each table.
    needed, optional
        Names of tables such as ``studies.csv``; one that is needed and stands nowhere is a fault.
    """
    wanted = list(needed)
    alone = place.suffix.lower() == _WORKBOOK and place.is_file()
    entries = [] if alone else _entries(place)
    own = {name: _of_its_name(name, entries) for name in (*wanted, *optional)}
    used = {entry for found in own.values() for entry in found}
    books = [SourceFile(place / e) for e in entries if e.lower().endswith(_WORKBOOK) and e not in used]
    books = [SourceFile(place)] if alone else books
    files: dict[str, SourceFile] = {}
    faults: list[Fault] = []
    for name, found in own.items():
        holding = [] if found else [book for book in books if _has(book, Path(name).stem)]
        places = found or [book.path.name for book in holding]
        if len(places) > 1:
            faults.append(_twice(name, places))
        elif found:
            files[name] = SourceFile(place / found[0])
        elif holding:
            files[name] = holding[0]
        elif name in wanted:
            faults.append(_nowhere(place, name, entries, books))
    read = {file.path for file in files.values()}
    notes = tuple(f"{book.path.name} was not read." for book in books if book.path not in read)
    return Sources(files, tuple(faults), notes)


def _of_its_name(name: str, entries: list[str]) -> list[str]:
    stem = Path(name).stem
    return [e for e in entries if Path(e).stem.lower() == stem and Path(e).suffix.lower() in _ENDINGS]


def _entries(place: Path) -> list[str]:
    try:
        found = sorted(os.listdir(place))
    except (OSError, ValueError):
        return []
    # Excel and macOS leave such files beside an open or copied one.
    return [name for name in found if not name.startswith(("~$", "."))]


def _has(book: SourceFile, stem: str) -> bool:
    try:
        return bool(book.sheet_of(stem))
    except NotReadable:
        return False


def _twice(name: str, found: list[str]) -> Fault:
    return Fault(
        name, 0, "", f"The table stands in {' and in '.join(found)}.", "Keep one; move the other elsewhere."
    )


def _nowhere(place: Path, name: str, entries: list[str], books: list[SourceFile]) -> Fault:
    stem = Path(name).stem
    for entry in entries:
        if entry.lower().endswith(_OTHER_PROGRAMS):
            return Fault(
                name, 0, "", f"{entry} is of a kind that is not read.", "Save it as .xlsx or as CSV."
            )
    if books:
        found = f"No workbook has a sheet named '{stem}'." if len(books) > 1 else (
            f"{books[0].path.name} cannot be read, or has no sheet named '{stem}'."
        )  # fmt: skip
        return Fault(name, 0, "", found, f"Name the sheets studies, dosing and observations, or add {name}.")
    return Fault(name, 0, "", f"The file is missing from {place}.", "Add it; it may hold a header only.")
