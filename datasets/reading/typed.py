"""Text cells to typed cells: numbers, integers, yes/no."""

from __future__ import annotations

import math

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.errors import Fault
from windup.datasets.reading.numbers import NotANumber, number
from windup.datasets.reading.read import TextTable
from windup.datasets.reading.words import plain_words

# Columns whose unit stands in another column of the row: a percent sign must agree with it.
_UNIT_IN = {
    **dict.fromkeys(("value", "sd", "se", "low", "high"), "scale"),
    "dose_per_administration": "dose_unit",
}


def _percent_fault(text: str, column: Column, row: pd.Series) -> tuple[str, str] | None:
    if not text.endswith("%"):
        return None
    unit = _UNIT_IN.get(column.name, "")
    if unit and (row[unit] == "percent" or row[unit].startswith("%")):
        return None
    what = f"and {unit} is '{row[unit]}'" if unit else "and the column has another unit"
    remedy = f"Write the number in the unit of the column{f', or correct {unit}' if unit else ''}."
    return f"'{text}' has a percent sign, {what}.", remedy


def _converted(cells: pd.DataFrame, column: Column, text: TextTable, faults: list[Fault]) -> list[float]:
    values: list[float] = []
    named = {(fault.row, fault.column) for fault in text.faults}
    for place, (line, cell) in enumerate(cells[column.name].items()):
        if cell == "" or (line, column.name) in named:
            values.append(math.nan)
            continue
        try:
            wrong = _percent_fault(cell, column, cells.iloc[place]) if "%" in cell else None
            if wrong:
                raise NotANumber(*wrong)
            value = number(cell, text.decimal)
            if column.type == "integer" and not value.is_integer():
                raise NotANumber(f"'{cell}' is not a whole number.", "Write a whole number.")
        except NotANumber as error:
            faults.append(Fault(text.name, int(str(line)), column.name, error.found, error.remedy))
            value = math.nan
        values.append(value)
    return values


def typed_table(text: TextTable, columns: tuple[Column, ...]) -> tuple[pd.DataFrame, list[Fault]]:
    """Table with numbers as float (NaN where empty); text and yes/no stay text until all is checked.

    Parameters
    ----------
    text
        The table as read.
    columns
        Columns of the table.

    Returns
    -------
    tuple
        The typed table and the cells that could not be converted.
    """
    faults = list(text.faults)
    cells = plain_words(text.cells, columns)
    table = cells.copy()
    for column in columns:
        if column.type in ("number", "integer"):
            values = _converted(cells, column, text, faults)
            table[column.name] = pd.Series(values, index=cells.index, dtype="float64")
    return table, faults
