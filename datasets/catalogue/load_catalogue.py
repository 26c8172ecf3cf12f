"""Loading drugs, conditions and instruments: those that come with windup, and those of a folder."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.catalogue_rows import catalogue_of
from windup.datasets.catalogue.columns import CATALOGUE_TABLES
from windup.datasets.catalogue.name_faults import name_faults
from windup.datasets.catalogue.row_faults import row_faults
from windup.datasets.files.data_faults import DataFaults
from windup.datasets.files.errors import Fault
from windup.datasets.reading.sources import Sources, find_sources
from windup.datasets.reading.tables import read_tables


@cache
def packaged_catalogue() -> Catalogue:
    """Drugs, conditions and instruments that come with windup, read once."""
    place = Path(str(resources.files("windup.datasets.catalogue") / "packaged"))
    catalogue, faults = read_catalogue(find_sources(place, (), CATALOGUE_TABLES), NOTHING)
    if faults:
        raise DataFaults(faults)
    return catalogue


def example_catalogue_files() -> dict[str, str]:
    """Text of tables with a drug, a condition, an instrument, a class and a procedure, by name of file."""
    folder = resources.files("windup.datasets.catalogue") / "example"
    return {name: (folder / name).read_text(encoding="utf-8") for name in CATALOGUE_TABLES}


NOTHING = Catalogue((), (), (), (), (), ())
"""A catalogue without rows."""


def read_catalogue(sources: Sources, base: Catalogue) -> tuple[Catalogue, tuple[Fault, ...]]:
    """Rows of the catalogue's tables that a folder holds, and their faults.

    The rows are there also where there are faults, so that what names them can be checked as well.

    Parameters
    ----------
    sources
        Where the tables are.
    base
        Rows that they are added to.
    """
    tables = read_tables(sources, CATALOGUE_TABLES)
    reported = {(fault.file, fault.row, fault.column) for fault in tables.faults}
    more = (*name_faults(tables.typed, base), *row_faults(tables.typed))
    new = tuple(fault for fault in more if (fault.file, fault.row, fault.column) not in reported)
    return catalogue_of(tables.typed), tables.faults + new
