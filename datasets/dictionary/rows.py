"""Rows of the three tables as text, before they are written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from windup.datasets.dictionary.columns import TABLES

type Row = dict[str, str]


def number(value: float) -> str:
    """A number as it stands in a table, with ten digits; '' where there is none.

    Examples
    --------
    >>> number(1 / 3), number(4.0), number(float("nan"))
    ('0.3333333333', '4', '')
    """
    return "" if np.isnan(value) else f"{value:.10g}"


def table_of_rows(name: str, rows: Sequence[Row]) -> pd.DataFrame:
    """Table with every column of the data dictionary, empty where a row does not name one.

    Parameters
    ----------
    name
        Name of the table.
    rows
        Cells by column.
    """
    header = [column.name for column in TABLES[name]]
    return pd.DataFrame([[row.get(column, "") for column in header] for row in rows], columns=header)


def texts_of(studies: pd.DataFrame, dosing: pd.DataFrame, observations: pd.DataFrame) -> dict[str, str]:
    """Text of the three tables, by the name of the file."""
    tables = zip(TABLES, (studies, dosing, observations), strict=True)
    return {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables}
