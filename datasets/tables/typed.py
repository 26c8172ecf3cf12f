"""Text cells to typed cells: numbers, integers, yes/no."""

from __future__ import annotations

import math
import re

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.errors import Fault

# Python reads 1_000 and digits of other scripts as well; a spreadsheet or another program may not.
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def _number(text: str) -> float:
    value = float(text) if _PLAIN.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError
    return value


def _converted(cells: pd.Series, column: Column, name: str, faults: list[Fault]) -> list[float]:
    values: list[float] = []
    for line, text in cells.items():
        if text == "":
            values.append(math.nan)
            continue
        try:
            value = _number(text)
        except ValueError:
            faults.append(
                Fault(name, int(str(line)), column.name, f"'{text}' is not a number.",
                      "Write a plain number such as 3.5, or leave the cell empty.")
            )  # fmt: skip
            value = math.nan
        if column.type == "integer" and math.isfinite(value) and not value.is_integer():
            faults.append(
                Fault(name, int(str(line)), column.name, f"'{text}' is not a whole number.",
                      "Write a whole number.")
            )  # fmt: skip
        values.append(value)
    return values


def typed_table(
    cells: pd.DataFrame, columns: tuple[Column, ...], name: str
) -> tuple[pd.DataFrame, list[Fault]]:
    """Table with numbers as float (NaN where empty); text and yes/no stay text until all is checked.

    Parameters
    ----------
    cells
        Text cells indexed by line.
    columns
        Columns of the table.
    name
        Name of the file, for the faults.

    Returns
    -------
    tuple
        The typed table and the cells that could not be converted.
    """
    faults: list[Fault] = []
    table = cells.copy()
    for column in columns:
        if column.type in ("number", "integer"):
            values = _converted(cells[column.name], column, name, faults)
            table[column.name] = pd.Series(values, index=cells.index, dtype="float64")
    return table, faults
