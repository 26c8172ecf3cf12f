"""The same three tables saved by the programs that people use."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import openpyxl

from ..tiny import Tables

_WORDS = ("condition", "design", "outcome", "used")
type Save = Callable[[Path, Tables], None]
_NUMBERS = ("value", "sd", "se", "low", "high", "n", "time_weeks", "n_randomised", "start_week", "end_week",
            "dose_per_administration", "administrations_per_day")  # fmt: skip


def csv_text(rows: list[dict[str, str]], separator: str = ",", end: str = "\n", quoting: int = 0) -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=separator, lineterminator=end, quoting=quoting)  # type: ignore[call-overload]
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def with_numbers(rows: list[dict[str, str]], change: Callable[[str], str]) -> list[dict[str, str]]:
    """Rows with their cells of numbers changed."""
    return [{key: change(cell) if key in _NUMBERS else cell for key, cell in row.items()} for row in rows]


def _saved(separator: str = ",", encoding: str = "utf-8", end: str = "\n", ending: str = ".csv") -> Save:
    def save(folder: Path, tables: Tables) -> None:
        for name, rows in tables.items():
            content = csv_text(rows, separator, end).encode(encoding)
            (folder / name).with_suffix(ending).write_bytes(content)

    return save


def _lines_changed(change: Callable[[str, int], str]) -> Save:
    def save(folder: Path, tables: Tables) -> None:
        for name, rows in tables.items():
            lines = [change(line, number) for number, line in enumerate(csv_text(rows).splitlines())]
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return save


def _changed(change: Callable[[list[dict[str, str]]], list[dict[str, str]]], separator: str = ",") -> Save:
    def save(folder: Path, tables: Tables) -> None:
        for name, rows in tables.items():
            text = csv_text(change(rows), separator)
            (folder / name).write_text(text, encoding="utf-8")

    return save


def _titled(header: str) -> str:
    title = header.replace("_", " ").title().replace("Id", "ID")
    return title.replace("Time Weeks", "Time (weeks)")


def _sep_line(folder: Path, tables: Tables) -> None:
    for name, rows in tables.items():
        (folder / name).write_text("sep=;\n" + csv_text(rows, ";"), encoding="utf-8")


def _written_by_r(folder: Path, tables: Tables) -> None:
    for name, rows in tables.items():
        changed = [
            {"": str(n), **{key: _r_word(cell) for key, cell in row.items()}} for n, row in enumerate(rows, 1)
        ]
        (folder / name).write_text(csv_text(changed, quoting=csv.QUOTE_ALL), encoding="utf-8")


def _r_word(cell: str) -> str:
    return {"": "NA", "yes": "TRUE", "no": "FALSE"}.get(cell, cell)


def _row_names_without_a_header(folder: Path, tables: Tables) -> None:
    for name, rows in tables.items():
        header, *lines = csv_text(rows).splitlines()
        text = "\n".join([header, *(f"{number},{line}" for number, line in enumerate(lines, 1))])
        (folder / name).write_text(text, encoding="utf-8")


def _one_workbook(folder: Path, tables: Tables) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        fill_sheet(book.create_sheet(name.removesuffix(".csv").title()), rows)
    book.create_sheet("My notes")["A1"] = "not a table"
    book.save(folder / "trials.xlsx")


def _three_workbooks(folder: Path, tables: Tables) -> None:
    for name, rows in tables.items():
        book = openpyxl.Workbook()
        fill_sheet(book.active, rows)
        book.save(folder / name.replace(".csv", ".xlsx"))


def fill_sheet(sheet: object, rows: list[dict[str, str]]) -> None:
    """Header and cells; what looks like a number is stored as one, as Excel does."""
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([_cell(cell) for cell in row.values()])


def _cell(text: str) -> object:
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]*\.[0-9]+", text):
        return float(text)
    return {"yes": True, "no": False}.get(text, text or None)


FORMATS: dict[str, Save] = {
    "commas": _saved(),
    "UTF-8 with a byte-order mark": _saved(encoding="utf-8-sig"),
    "line ends of Windows": _saved(end="\r\n"),
    "line ends of CR alone": _saved(end="\r"),
    "CR alone in Mac OS Roman": _saved(end="\r", encoding="mac_roman"),
    "Windows-1252": _saved(encoding="cp1252"),
    "semicolons": _saved(";"),
    "semicolons and decimal commas": _changed(
        lambda rows: with_numbers(rows, lambda cell: cell.replace(".", ",")), ";"
    ),
    "tabs in UTF-16": _saved("\t", "utf-16"),
    "tabs in UTF-16 without a mark": _saved("\t", "utf-16-le"),
    "tabs in UTF-16, big end first": _saved("\t", "utf-16-be"),
    "tabs in UTF-32": _saved("\t", "utf-32"),
    "tabs in .tsv": _saved("\t", ending=".tsv"),
    "bars in .txt": _saved("|", ending=".txt"),
    "spaces": _saved(" "),
    "a sep= line": _sep_line,
    "trailing empty columns": _lines_changed(lambda line, _: line + ",,,"),
    "empty lines": _lines_changed(lambda line, number: line + ("\n\n" if number % 2 else "\n,,")),
    "R": _written_by_r,
    "R's write.table": _row_names_without_a_header,
    "headers of people": _lines_changed(lambda line, number: line if number else _titled(line)),
    "decomposed accents": _lines_changed(lambda line, _: unicodedata.normalize("NFD", line)),
    "another minus and other spaces": _changed(
        lambda rows: with_numbers(rows, lambda cell: f"\u00a0{cell.replace('-', '\u2212')}\u202f")
    ),
    "dashes for minus": _changed(lambda rows: with_numbers(rows, lambda cell: cell.replace("-", "\u2013"))),
    "words with capitals": _changed(
        lambda rows: [
            {key: cell.replace("_", " ").capitalize() if key in _WORDS else cell for key, cell in row.items()}
            for row in rows
        ]
    ),
    "one workbook": _one_workbook,
    "three workbooks": _three_workbooks,
}  # fmt: skip
