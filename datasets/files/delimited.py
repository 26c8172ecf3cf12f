"""Text of a CSV file to cells, whatever stands between them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection

from windup.datasets.files.encoding import decoded
from windup.datasets.files.grid import Grid, tidy
from windup.datasets.files.header import header_key
from windup.datasets.files.plain_file import NotReadable

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}
_FIRST_LINE_OF_EXCEL = re.compile(r'"?sep=([,;|\t ])"?[,;]*(\r\n|\n|\r)', re.IGNORECASE)
_MAGIC = {
    b"PK\x03\x04": ("It is a workbook, not CSV text.", "Give it the ending .xlsx, or save it as CSV."),
    b"\xd0\xcf\x11\xe0": ("It is an old Excel workbook, not CSV text.", "Save it as .xlsx, or as CSV."),
}  # fmt: skip


def delimited_grid(content: bytes, known: Collection[str]) -> Grid:
    """Cells of a file of separated values.

    Parameters
    ----------
    content
        Bytes of the file.
    known
        Names of columns that may stand in the header: they show which separator it is.

    Raises
    ------
    NotReadable
        When the bytes are no text, or the text cannot be split into cells.
    """
    for magic, sentences in _MAGIC.items():
        if content.startswith(magic):
            raise NotReadable(*sentences)
    plain = decoded(content)
    notes = [f"The text is {plain.encoding}."] if plain.encoding else []
    if plain.assumed:
        notes = [f"The text is not Unicode and was read as {plain.encoding}: check letters with accents."]
    text, skipped, separator = plain.text, 0, ""
    if match := _FIRST_LINE_OF_EXCEL.match(text):
        text, skipped, separator = text[match.end() :], 1, match.group(1)
    if not text.strip():
        raise NotReadable("The file is empty.", "Write at least the header line.")
    separator = separator or _separator(text, known)
    if separator not in ",":
        notes.append(f"Columns are separated by {_SEPARATORS[separator]}.")
    try:
        rows, lines = _split(text, separator)
    except _Unsplit as first:
        # R's write.table escapes a quotation mark by a backslash, where CSV doubles it.
        try:
            rows, lines = _split(text.replace('\\"', '""'), separator)
        except _Unsplit:
            raise NotReadable(first.found, first.remedy, row=first.row + skipped) from None
        notes.append("Quotation marks inside cells are escaped by a backslash.")
    return Grid(rows, [line + skipped for line in lines], separator, tuple(notes))


class _Unsplit(Exception):
    def __init__(self, found: str, remedy: str, row: int) -> None:
        self.found, self.remedy, self.row = found, remedy, row
        super().__init__(found)


def _split(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        while True:
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                return rows, lines
            cells = [tidy(cell) for cell in row]
            if any(cells):
                rows.append(cells)
                lines.append(line)
    except csv.Error as error:
        found = f"The row cannot be split into cells ({error})."
        raise _Unsplit(found, "Check its quotation marks.", reader.line_num) from error


def _separator(text: str, known: Collection[str]) -> str:
    """The separator that leaves most known names in the first line; a comma where none does."""
    header = re.split(r"\r\n|\n|\r", text.lstrip("\r\n"), maxsplit=1)[0]
    keys = {header_key(name) for name in known}

    def names(separator: str) -> int:
        return sum(header_key(cell.strip().strip('"')) in keys for cell in header.split(separator))

    return max(_SEPARATORS, key=names)
