"""Words of a fixed list as people write them, and what means an empty cell."""

from __future__ import annotations

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.header import header_key
from windup.datasets.reading.numbers import MISSING

# Excel writes TRUE and FALSE in the language of the user.
_YES = ("yes", "true", "t", "y", "1", "wahr", "vrai", "verdadero", "vero", "waar", "ja", "oui", "si", "sí")
_NO = ("no", "false", "f", "n", "0", "falsch", "faux", "falso", "onwaar", "nein", "non", "nee")
_NAMES = ("study_id", "arm_id")
# In running text a dash or a full stop may be meant; these are written by programs only.
_MISSING_TEXT = ("NA", "#N/A")


def plain_words(cells: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """Cells with words of a list in the form of the dictionary, and nothing where a mark says "missing".

    Parameters
    ----------
    cells
        Text cells.
    columns
        Columns of the table.
    """
    table = cells.copy()
    for column in columns:
        written = {cell: _plain(cell, column) for cell in set(table[column.name])}
        if any(cell != word for cell, word in written.items()):
            table[column.name] = table[column.name].map(written).astype("str")
    return table


def _plain(cell: str, column: Column) -> str:
    if not cell or cell in column.allowed:
        return cell
    if column.name == "flags":
        return ";".join(word.strip() for word in cell.split(";")) if cell not in MISSING else ""
    if column.type == "yes/no":
        word = cell.lower()
        return "yes" if word in _YES else "no" if word in _NO else "" if cell in MISSING else cell
    if column.allowed:
        same = [word for word in column.allowed if header_key(word) == header_key(cell)]
        return same[0] if len(same) == 1 else "" if cell in MISSING else cell
    if column.type == "text":
        # A study or an arm may be called so.
        return "" if cell in _MISSING_TEXT and column.name not in _NAMES else cell
    return "" if cell in MISSING else cell
