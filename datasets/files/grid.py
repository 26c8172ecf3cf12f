"""Cells of a file as text, before anybody asks what they mean."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import final

# Spaces of typesetting and invisible marks that come along when a number or a name is copied.
_SPACES = dict.fromkeys(
    map(ord, "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"),
    " ",
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None)


@final
@dataclass(frozen=True)
class CellFinding:
    """What is wrong with one cell of a workbook.

    Attributes
    ----------
    row
        Row as the spreadsheet counts it.
    place
        Column, from 0.
    found, remedy
        What stands there, and what to do about it.
    numbers_only
        Whether it matters only where a number is wanted.
    """

    row: int
    place: int
    found: str
    remedy: str
    numbers_only: bool = False


@final
@dataclass(frozen=True)
class Grid:
    """Rows of cells.

    Attributes
    ----------
    rows
        Cells of every row that has one filled; the first row is the header.
    lines
        Line of the file, or row of the sheet, where each row starts.
    separator
        What stands between cells; ``''`` in a workbook.
    notes
        Sentences on how the file was read, where that is not plain.
    findings
        What is wrong with single cells.
    """

    rows: list[list[str]]
    lines: list[int]
    separator: str
    notes: tuple[str, ...] = ()
    findings: tuple[CellFinding, ...] = field(default=())


def tidy(cell: str) -> str:
    r"""A cell without what nobody sees: composed accents, plain spaces, none at its ends.

    Examples
    --------
    >>> tidy(" A\u0308hre\u00a02015 ") == "Ähre 2015"
    True
    """
    if cell.isascii():
        return cell.strip()
    return unicodedata.normalize("NFC", cell).translate(_SPACES).translate(_INVISIBLE).strip()
