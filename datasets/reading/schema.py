"""Pandera schemas made from the column tables, and their failures as faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.errors import Fault, nearest

if TYPE_CHECKING:
    # Importing it takes a fifth of the time of --help; only checking needs it.
    import pandera.pandas as pa

_UNIQUE = {"studies.csv": "study_id", "observations.csv": "row_id"}


def _checks(column: Column, *, unique: bool) -> list[pa.Check]:
    import pandera.pandas as pa

    checks: list[pa.Check] = []
    if column.cell_required and column.type not in ("number", "integer"):
        checks.append(pa.Check(lambda cells: cells != "", name="filled"))
    if unique:
        # Rows without a name are named later.
        checks.append(pa.Check(lambda cells: (cells == "") | ~cells.duplicated(keep=False), name="unique"))
    if column.allowed:
        words = ["", *column.allowed]
        checks.append(pa.Check(lambda cells: cells.isin(words), name="allowed"))
    if column.minimum is not None:
        low = column.minimum
        checks.append(pa.Check(lambda cells: cells.isna() | (cells >= low), name="minimum"))
    if column.maximum is not None:
        high = column.maximum
        checks.append(pa.Check(lambda cells: cells.isna() | (cells <= high), name="maximum"))
    return checks


def schema_of(name: str, columns: tuple[Column, ...]) -> pa.DataFrameSchema:
    """Pandera schema of one file.

    Parameters
    ----------
    name
        Name of the file.
    columns
        Its columns.
    """
    import pandera.pandas as pa

    fields = {
        column.name: pa.Column(
            float if column.type in ("number", "integer") else str,
            checks=_checks(column, unique=_UNIQUE.get(name) == column.name),
            nullable=not column.cell_required,
        )
        for column in columns
    }
    return pa.DataFrameSchema(fields, strict=True)


def _fault(name: str, column: Column, line: int, check: str, case: object) -> Fault:
    if check in ("filled", "not_nullable"):
        return Fault(name, line, column.name, "The cell is empty.", f"Fill it: {column.meaning}")
    if check == "allowed":
        return Fault(name, line, column.name, f"'{case}' is not allowed.",
                     nearest(str(case), column.allowed, column.other_names))  # fmt: skip
    if check == "minimum":
        return Fault(name, line, column.name, f"{case:g} is below {column.minimum:.10g}.",
                     "Check the number and its unit.")  # fmt: skip
    if check == "maximum":
        return Fault(name, line, column.name, f"{case:g} is above {column.maximum:.10g}.",
                     "Check the number and its unit.")  # fmt: skip
    return Fault(name, line, column.name, f"'{case}' stands more than once.",
                 "Give every row its own name.")  # fmt: skip


def schema_faults(name: str, columns: tuple[Column, ...], table: pd.DataFrame) -> list[Fault]:
    """Cells that break the type, the bounds, the words or the uniqueness of their column.

    Parameters
    ----------
    name
        Name of the file.
    columns
        Its columns.
    table
        Typed table indexed by line.
    """
    import pandera.errors

    by_name = {column.name: column for column in columns}
    try:
        schema_of(name, columns).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        found = zip(cases["column"], cases["index"], cases["check"], cases["failure_case"], strict=True)
        return [
            _fault(name, by_name[column], int(line), str(check), case) for column, line, check, case in found
        ]
    return []
