"""Numbers as people and programs write them; what may mean two numbers is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

# Python reads 1_000 and digits of other scripts as well; a spreadsheet or another program may not.
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"))
# A space or an apostrophe (Switzerland) between groups of three digits is never a decimal mark.
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:([ '’])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?")
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?")
_DECIMAL_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?")
MISSING = frozenset({"NA", "N/A", "#N/A", "n/a", "n.a.", "NULL", "NR", "n.r.", ".", "-", "\u2013", "\u2014"})
"""What means an empty cell in a column of numbers or of fixed words."""


class NotANumber(ValueError):
    """A cell that is no number, or that may be two.

    Parameters
    ----------
    found, remedy
        What stands there, and what to write.
    """

    def __init__(self, found: str, remedy: str) -> None:
        self.found, self.remedy = found, remedy
        super().__init__(found)


def _bare(text: str) -> str:
    return text.removesuffix("%").rstrip().translate(_MINUS)


def decimal_mark(cells: Iterable[str], separator: str) -> str:
    """The decimal mark of a file: ``'.'``, ``','``, or ``''`` when no number shows it.

    Files with commas between columns, and workbooks, have points. Elsewhere the numbers show it that can mean
    one thing only: ``6,5`` or ``0,125``, but not ``1,234``.

    Parameters
    ----------
    cells
        Cells of the columns of numbers.
    separator
        What stands between columns; ``''`` in a workbook.
    """
    if separator in ("", ","):
        return "."
    points = commas = 0
    for cell in map(_bare, cells):
        if not _EITHER.fullmatch(cell):
            points += bool(_DECIMAL_POINT.fullmatch(cell))
            commas += bool(_DECIMAL_COMMA.fullmatch(cell))
    return "" if points == commas else "." if points > commas else ","


def number(text: str, mark: str) -> float:
    """A finite number.

    Parameters
    ----------
    text
        The cell.
    mark
        Decimal mark of its file, from `decimal_mark`.

    Raises
    ------
    NotANumber
        When it is none, or could be two.

    Examples
    --------
    >>> number("\\u22121 234,5", ","), number("3.5e2", "."), number("45 %", ".")
    (-1234.5, 350.0, 45.0)
    """
    bare = _bare(text)
    if _GROUPED.fullmatch(bare):
        bare = re.sub(r"[ '’]", "", bare)
    other = "," if mark == "." else "."
    if _EITHER.fullmatch(bare) and (not mark or other in bare):
        whole = re.sub(r"[.,]", "", bare)
        raise NotANumber(
            f"'{text}' may mean {whole} or {bare.replace(',', '.')}.",
            f"Write {whole}, or write the decimals so that they differ, e.g. {_longer(bare, mark)}.",
        )
    if mark:
        plain = _grouped_by(bare, other)
        if other in plain:
            raise NotANumber(*_other_mark(text, plain, mark))
        plain = plain.replace(mark, ".")
    else:
        # No number of the file has decimals.
        plain = bare
    value = float(plain) if _PLAIN.fullmatch(plain) else math.nan
    if not math.isfinite(value):
        raise NotANumber(
            f"'{text}' is not a number.", "Write a plain number such as 3.5, or leave the cell empty."
        )
    return value


def _grouped_by(bare: str, other: str) -> str:
    """Thousands marks taken out where they cannot be a decimal mark: 1,234.5 and 1,234,567."""
    groups = re.compile(rf"[+-]?[0-9]{{1,3}}(?:\{other}[0-9]{{3}})+")
    whole, mark, rest = bare.partition("." if other == "," else ",")
    if groups.fullmatch(whole) and (mark or whole.count(other) > 1):
        return whole.replace(other, "") + mark + rest
    return bare


def _longer(bare: str, mark: str) -> str:
    sign = mark or "."
    return re.sub(r"[.,]", sign, bare) + "0"


def _other_mark(text: str, plain: str, mark: str) -> tuple[str, str]:
    if not re.fullmatch(r"[+-]?[0-9]*[.,][0-9]+([eE][+-]?[0-9]+)?", plain):
        return f"'{text}' is not a number.", "Write a plain number such as 3.5, or leave the cell empty."
    names = {".": "point", ",": "comma"}
    other = "," if mark == "." else "."
    return (
        f"'{text}' has a decimal {names[other]}, and the numbers of this file have a decimal {names[mark]}.",
        f"Write {plain.replace(other, mark)}.",
    )
