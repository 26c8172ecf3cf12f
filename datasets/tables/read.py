"""Reading one CSV file as text, keeping the line each row stands on."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pandas as pd

from windup.datasets.dictionary.columns import Column
from windup.datasets.files.errors import Fault, nearest
from windup.datasets.files.plain_file import LARGEST_TABLE, NotReadable, plain_bytes, plain_text


@final
@dataclass(frozen=True)
class TextTable:
    """A file as read: cells as text, indexed by line number.

    Parameters
    ----------
    name
        Name of the file.
    content
        Its bytes.
    cells
        Text cells with every column of the table (missing optional ones empty); the index is the line of
        the file on which the row starts.
    """

    name: str
    content: bytes
    cells: pd.DataFrame


def _header_faults(name: str, header: list[str], columns: tuple[Column, ...]) -> list[Fault]:
    known = [column.name for column in columns]
    faults = [
        Fault(name, 1, column.name, "The column is missing.", f"Add a column named '{column.name}'.")
        for column in columns
        if column.column_required and column.name not in header
    ]
    for place, title in enumerate(header):
        if title not in known:
            faults.append(Fault(name, 1, title, "The column is not known here.", nearest(title, known)))
        elif title in header[:place]:
            faults.append(Fault(name, 1, title, "The column stands twice.", "Remove one of the two."))
    return faults


def read_table(folder: Path, name: str, columns: tuple[Column, ...]) -> TextTable | list[Fault]:
    """Text table of one file, or the faults that keep it from being read.

    Parameters
    ----------
    folder
        Folder of the file.
    name
        Name of the file.
    columns
        Columns it should have.
    """
    try:
        content = plain_bytes(folder / name, LARGEST_TABLE)
        text = plain_text(content)
    except NotReadable as error:
        remedy = "Add it; it may hold a header only." if error.missing else error.remedy
        return [Fault(name, error.row, "", error.found, remedy)]
    if not text.strip():
        return [Fault(name, 0, "", "The file is empty.", "Write at least the header line.")]
    return _parse(name, content, text, columns)


def _parse(name: str, content: bytes, text: str, columns: tuple[Column, ...]) -> TextTable | list[Fault]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    faults: list[Fault] = []
    try:
        header = [title.strip() for title in next(reader)]
        faults += _header_faults(name, header, columns)
        while True:
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                break
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                found = f"The row has {len(row)} cells, the header {len(header)}."
                faults.append(Fault(name, line, "", found, "Check for a stray comma or a missing quote."))
                continue
            lines.append(line)
            rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        found = f"The row cannot be split into cells ({error})."
        faults.append(Fault(name, reader.line_num, "", found, "Check its quotation marks."))
    if any(fault.row == 1 or fault.column == "" for fault in faults):
        return faults
    table = pd.DataFrame(rows, columns=header, index=pd.Index(lines, dtype="int64"), dtype="str")
    for column in columns:
        if column.name not in table:
            table[column.name] = pd.Series("", index=table.index, dtype="str")
    return TextTable(name, content, table[[column.name for column in columns]])
