"""A page as a list of blocks, rendered as Markdown or on a terminal; both show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text


@final
@dataclass(frozen=True)
class Heading:
    """Title of the page (level 1) or of a part of it (level 2)."""

    text: str
    level: int = 2


@final
@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@final
@dataclass(frozen=True)
class Verdict:
    """The sentence to be read first, good or bad."""

    text: str
    good: bool


@final
@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@final
@dataclass(frozen=True)
class Table:
    """A table of formatted cells; its first column is text, the others are numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


type Block = Heading | Paragraph | Verdict | Bullets | Table


def markdown(blocks: tuple[Block, ...]) -> str:
    """Page as Markdown text.

    Examples
    --------
    >>> print(markdown((Heading("Fit", level=1), Bullets(("one", "two")))), end="")
    # Fit
    <BLANKLINE>
    - one
    - two
    """
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def show(blocks: tuple[Block, ...], console: Console) -> None:
    """Print a page on a terminal."""
    for block in blocks:
        match block:
            case Heading(text, level):
                console.print(Text(f"\n{text}" if level > 1 else text, style="bold"))
            case Paragraph(text):
                console.print(Text(text))
            case Verdict(text, good):
                console.print(Text(text, style="bold green" if good else "bold red"))
            case Bullets(items):
                for item in items:
                    console.print(Text(f"• {item}"))
            case Table(columns, rows):
                console.print(_rich_table(columns, rows))


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}"
        case Paragraph(text):
            return text
        case Verdict(text):
            return f"**{text}**"
        case Bullets(items):
            return "\n".join(f"- {item}" for item in items)
        case Table(columns, rows):
            rule = [":--", *("--:" for _ in columns[1:])]
            return "\n".join(_markdown_row(row) for row in (columns, tuple(rule), *rows))


def _markdown_row(cells: tuple[str, ...]) -> str:
    # A bar inside a cell would end it.
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rich_table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(Text(column), justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
