"""Drugs, conditions and instruments of a folder, added to those that come with windup."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.columns import CATALOGUE_TABLES
from windup.datasets.catalogue.load_catalogue import packaged_catalogue, read_catalogue
from windup.datasets.files.encoding import decoded
from windup.datasets.files.errors import Fault
from windup.datasets.reading.sources import find_sources


@final
@dataclass(frozen=True)
class Added:
    """What a map may name.

    Attributes
    ----------
    catalogue
        Rows that come with windup, and those of the folder.
    files
        Text of the folder's tables by their names, which trials that name their rows need.
    faults
        What is wrong with them.
    """

    catalogue: Catalogue
    files: dict[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def added_rows(folder: Path | None) -> Added:
    """Rows of a folder together with the packaged ones.

    Parameters
    ----------
    folder
        Folder with ``drugs.csv``, ``actions.csv`` or other tables of a catalogue, as text files; None for
        nothing but the packaged rows.
    """
    packaged = packaged_catalogue()
    if folder is None:
        return Added(packaged)
    sources = find_sources(folder, (), CATALOGUE_TABLES)
    if not sources.files:
        remedy = f"Name a folder that holds one of {', '.join(CATALOGUE_TABLES)}."
        return Added(packaged, {}, (Fault(str(folder), 0, "", "It holds no table of a catalogue.", remedy),))
    books = sorted({file.path.name for file in sources.files.values() if file.is_workbook})
    if books:
        found = f"'{books[0]}' is a workbook, and these tables are written again next to those of the trials."
        fault = Fault(books[0], 0, "", found, "Save each table as a CSV file of its name.")
        return Added(packaged, {}, (*sources.faults, fault))
    rows, faults = read_catalogue(sources, packaged)
    wrong = tuple(sources.shown([*sources.faults, *faults]))
    texts = {} if wrong else {name: decoded(file.content).text for name, file in sources.files.items()}
    return Added(packaged.joined(rows), texts, wrong)
