"""Loading drugs, conditions and instruments: those that come with windup, and those of a folder."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.catalogue_rows import catalogue_of
from windup.datasets.catalogue.columns import CATALOGUE_TABLES
from windup.datasets.files.data_faults import DataFaults
from windup.datasets.files.errors import Fault
from windup.datasets.reading.sources import Sources, find_sources
from windup.datasets.reading.tables import read_tables


@cache
def packaged_catalogue() -> Catalogue:
    """Drugs, conditions and instruments that come with windup, read once."""
    place = Path(str(resources.files("windup.datasets.catalogue") / "packaged"))
    catalogue, faults = read_catalogue(find_sources(place, (), CATALOGUE_TABLES))
    if faults:
        raise DataFaults(faults)
    return catalogue


def read_catalogue(sources: Sources) -> tuple[Catalogue, tuple[Fault, ...]]:
    """Rows of the catalogue's tables that a folder holds, and their faults."""
    tables = read_tables(sources, CATALOGUE_TABLES)
    return (_NOTHING if tables.faults else catalogue_of(tables.typed)), tables.faults


_NOTHING = Catalogue((), (), (), (), (), ())
