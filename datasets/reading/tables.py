"""Tables of a folder from their files to typed cells, with what is wrong in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.errors import Fault
from windup.datasets.reading.read import TextTable, read_table
from windup.datasets.reading.schema import schema_faults
from windup.datasets.reading.sources import Sources
from windup.datasets.reading.typed import typed_table


@final
@dataclass(frozen=True)
class ReadTables:
    """Tables as far as they can be read.

    Attributes
    ----------
    typed
        Typed table of each name, indexed by line; without those that could not be read.
    faults
        What no single column, or cell, may be.
    notes
        Sentences on how the files were read.
    """

    typed: dict[str, pd.DataFrame]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def read_tables(sources: Sources, tables: Mapping[str, tuple[Column, ...]]) -> ReadTables:
    """Typed tables of those that have a file.

    Parameters
    ----------
    sources
        Where the tables are.
    tables
        Columns of each.
    """
    typed: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    notes: list[str] = []
    for name, columns in tables.items():
        if name not in sources.files:
            continue
        source = sources.files[name]
        text = read_table(source, name, columns)
        if not isinstance(text, TextTable):
            faults += text
            continue
        typed[name], wrong = typed_table(text, columns)
        unreadable = {(fault.row, fault.column) for fault in wrong}
        more = schema_faults(name, columns, typed[name])
        faults += wrong + [fault for fault in more if (fault.row, fault.column) not in unreadable]
        notes += [f"{source.shown(name)}: {note}" for note in text.notes]
    return ReadTables(typed, tuple(faults), tuple(notes))
