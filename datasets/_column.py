"""What one column of a table is: the unit of the data dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

type ColumnType = Literal["text", "number", "integer", "yes/no"]


@final
@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        Header of the column.
    type
        ``text``, ``number``, ``integer`` or ``yes/no``.
    meaning
        What a cell says, in a sentence.
    unit
        Unit of a number, ``''`` where it has none or another column names it.
    column_required
        Whether the file must have the column at all.
    cell_required
        Whether every cell must be filled.
    allowed
        The words that may stand in a cell; ``()`` means free text.
    minimum, maximum
        Closed bounds of a number; ``None`` means unbounded.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    column_required: bool = True
    cell_required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
