"""The data dictionary of the tables of a run: unit and meaning of every column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files

import pandas as pd

# Tables of an entry that stands for the column in every table.
_ALL = "all"


def known_columns() -> pd.DataFrame:
    """All entries: ``tables`` (names without ending, or ``all``), ``column``, ``unit``, ``meaning``."""
    with files("windup.fit.storage").joinpath("columns.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def column_dictionary(columns: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """Unit and meaning of the columns of some tables.

    Parameters
    ----------
    columns
        Columns of each table, by its name without ending.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``column``, ``unit`` and ``meaning``, one line for each column in the order of the tables.
        An empty unit: a word, a yes or no, or a number without a unit. What has no entry, as in runs of
        earlier versions, has an empty meaning: no run is lost for it.
    """
    entries = {
        (table, str(entry.column)): (str(entry.unit), str(entry.meaning))
        for entry in known_columns().itertuples()
        for table in str(entry.tables).split()
    }

    def of(table: str, column: str) -> tuple[str, str]:
        return entries.get((table, column), entries.get((_ALL, column), ("", "")))

    rows = [(table, column, *of(table, column)) for table, its in columns.items() for column in its]
    return pd.DataFrame(rows, columns=["table", "column", "unit", "meaning"])
