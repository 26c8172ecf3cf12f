"""Loading drugs, conditions and instruments: those that come with windup, and those of a folder."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.columns import CATALOGUE_TABLES
from windup.datasets.files.errors import DataFaults, Fault
from windup.datasets.tables.catalogue_rows import catalogue_of
from windup.datasets.tables.read import TextTable, read_table
from windup.datasets.tables.schema import schema_faults
from windup.datasets.tables.typed import typed_table


@cache
def packaged_catalogue() -> Catalogue:
    """Drugs, conditions and instruments that come with windup, read once."""
    catalogue, _, faults = read_catalogue(Path(str(resources.files("windup.datasets.catalogue"))))
    if faults:
        raise DataFaults(faults)
    return catalogue


def read_catalogue(folder: Path) -> tuple[Catalogue, dict[str, bytes], list[Fault]]:
    """Rows of the catalogue's tables in a folder, the bytes of those that are there, and their faults."""
    faults: list[Fault] = []
    files: dict[str, bytes] = {}
    typed: dict[str, pd.DataFrame] = {}
    for name, columns in CATALOGUE_TABLES.items():
        if not (folder / name).exists():
            continue
        text = read_table(folder, name, columns)
        if not isinstance(text, TextTable):
            faults += text
            continue
        files[name] = text.content
        table, wrong = typed_table(text.cells, columns, name)
        unreadable = {(fault.row, fault.column) for fault in wrong}
        more = schema_faults(name, columns, table)
        faults += wrong + [fault for fault in more if (fault.row, fault.column) not in unreadable]
        typed[name] = table
    return (catalogue_of(typed) if not faults else _NOTHING), files, faults


_NOTHING = Catalogue((), (), (), (), (), ())
