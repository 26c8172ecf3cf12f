"""Sheets of an Excel workbook to cells.

openpyxl is used directly: pandas' `read_excel` passes on neither merged cells, nor percent formats, nor which
formulas have no stored value.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from typing import Any, final

from windup.datasets.files.grid import CellFinding, Grid, tidy
from windup.datasets.files.plain_file import NotReadable

LARGEST_WORKBOOK = 20 * 10**6
_LARGEST_UNPACKED = 400 * 10**6
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_THOUSANDS_OR_DECIMALS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_ERRORS_FOR_NOTHING = ("#N/A",)


@final
class Workbook:
    """A workbook, opened twice: with the values that Excel stored, and with the formulas behind them.

    Parameters
    ----------
    content
        Bytes of the file.

    Raises
    ------
    NotReadable
        When they are no workbook.
    """

    def __init__(self, content: bytes) -> None:
        import openpyxl

        if content.startswith(_OLD_OR_LOCKED):
            raise NotReadable(
                "The workbook has a password, or is of Excel 2003.", "Save it as .xlsx without a password."
            )
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > _LARGEST_UNPACKED:
                raise NotReadable(
                    "The workbook is too large.", "Keep the three tables in it and nothing else."
                )
            self._values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            self._formulas = openpyxl.load_workbook(io.BytesIO(content))
        except NotReadable:
            raise
        # openpyxl passes on whatever its XML reader meets in a damaged file.
        except Exception as error:
            raise NotReadable(
                f"The workbook cannot be read ({type(error).__name__}).", "Save it again as .xlsx."
            ) from error

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of its sheets of cells."""
        return tuple(sheet.title for sheet in self._values.worksheets)

    def grid(self, sheet: str) -> Grid:
        """Cells of one sheet as text.

        Parameters
        ----------
        sheet
            Its name.
        """
        values, formulas = self._values[sheet], self._formulas[sheet]
        rows: list[list[str]] = []
        lines: list[int] = []
        findings = [
            CellFinding(
                merged.min_row, merged.min_col - 1, f"The cells {merged.coord} are merged.",
                "Unmerge them and fill every cell.",
            )
            for merged in sorted(values.merged_cells.ranges, key=lambda r: (r.min_row, r.min_col))
        ]  # fmt: skip
        for line, (cells, sources) in enumerate(
            zip(values.iter_rows(), formulas.iter_rows(), strict=True), 1
        ):
            texts = []
            for place, (cell, source) in enumerate(zip(cells, sources, strict=True)):
                text, found, remedy, numbers_only = _text(cell, source)
                if found:
                    findings.append(CellFinding(line, place, found, remedy, numbers_only))
                texts.append(text)
            if any(texts):
                rows.append(texts)
                lines.append(line)
        return Grid(rows, lines, "", (), tuple(findings))


def _text(cell: Any, source: Any) -> tuple[str, str, str, bool]:
    """Text of a cell, and what is wrong with it where something is."""
    value = cell.value
    if value is None:
        if source.data_type == "f":
            return "", "The formula has no stored value.", "Open the file in Excel and save it there.", False
        return "", "", "", False
    match value:
        case bool():
            return str(value).upper(), "", "", False
        case int() | float():
            return _number(value, str(cell.number_format)), "", "", False
        case datetime.date() | datetime.time() | datetime.timedelta():
            found = f"The cell holds a date or time ({value})."
            return str(value), found, "Format the cell as text or number, then type it again.", False
    text = tidy(str(value))
    if cell.data_type == "e" and text not in _ERRORS_FOR_NOTHING:
        return text, f"The cell holds the error {text}.", "Correct its formula, or empty the cell.", False
    if _THOUSANDS_OR_DECIMALS.fullmatch(text):
        found = f"'{text}' is text, and may mean thousands or decimals."
        return text, found, "Type it again as a number.", True
    return text, "", "", False


def _number(value: float, form: str) -> str:
    if "%" in form:
        # A cell that shows 45 % stores 0.45; twelve digits drop the error of the multiplication.
        return f"{value * 100:.12g}%"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
