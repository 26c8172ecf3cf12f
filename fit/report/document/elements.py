"""What a report is made of: parts of blocks, among them figures, links and things to unfold."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal, final

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict

# Of a CSS pixel; a figure is shown at the size that it was drawn for.
_CSS_PIXELS_PER_INCH = 96


@final
@dataclass(frozen=True)
class Link:
    """Text that leads somewhere: to an address (http or https), or to a place in the report (``#name``)."""

    text: str
    address: str


type Cell = str | tuple[str | Link, ...]


@final
@dataclass(frozen=True)
class Text:
    """Running text with links."""

    cell: Cell


@final
@dataclass(frozen=True)
class Grid:
    """A table with a caption, whose cells may hold links; ``names`` are the anchors of its rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    names: tuple[str, ...] = ()


@final
@dataclass(frozen=True)
class Picture:
    """A figure as the bytes of a PNG file.

    Attributes
    ----------
    png
        The bytes.
    alt
        What is seen on it, for readers who do not see it.
    caption
        What it is; with links.
    dpi
        Its pixels per inch.
    """

    png: bytes
    alt: str
    caption: Cell
    dpi: int

    @property
    def width(self) -> int:
        """Width in CSS pixels."""
        return self._size()[0]

    @property
    def height(self) -> int:
        """Height in CSS pixels."""
        return self._size()[1]

    def _size(self) -> tuple[int, int]:
        # The header of a PNG file: https://www.w3.org/TR/png-3/#11IHDR
        wide, high = struct.unpack(">II", self.png[16:24])
        scale = _CSS_PIXELS_PER_INCH / self.dpi
        return round(wide * scale), round(high * scale)


@final
@dataclass(frozen=True)
class Gallery:
    """Small figures beside each other, as many as the page is wide."""

    pictures: tuple[Picture, ...]


@final
@dataclass(frozen=True)
class Details:
    """Content that is shown only when asked for."""

    summary: str
    blocks: tuple[ReportBlock, ...]


type Answer = Literal["yes", "no", "not known", "counted", "shown", "not shown"]
type State = Literal["passed", "failed", "not run", "done"]


@final
@dataclass(frozen=True)
class Question:
    """A question with its answer, and the part of the report that has the details."""

    text: str
    answer: Answer
    told: str
    part: str


@final
@dataclass(frozen=True)
class Questions:
    """All of them."""

    questions: tuple[Question, ...]


@final
@dataclass(frozen=True)
class Chip:
    """A check in two words, and the part of the report that has the details.

    A finding is ``done``: it can be neither passed nor failed.
    """

    text: str
    state: State
    part: str


@final
@dataclass(frozen=True)
class Opening:
    """The first screen: findings, the main figure (None where nothing can be drawn), and the checks."""

    findings: tuple[str, ...]
    picture: Picture | None
    chips: tuple[Chip, ...]


@final
@dataclass(frozen=True)
class Decisions:
    """Decisions, each with what the run does not support in it, on one line."""

    rows: tuple[tuple[str, str], ...]


type ReportBlock = (
    Heading
    | Paragraph
    | Verdict
    | Bullets
    | Table
    | Text
    | Grid
    | Picture
    | Gallery
    | Details
    | Questions
    | Opening
    | Decisions
)


@final
@dataclass(frozen=True)
class Section:
    """A section of the report under its title; ``name`` is its anchor."""

    name: str
    title: str
    blocks: tuple[ReportBlock, ...]


@final
@dataclass(frozen=True)
class Missing:
    """A part that could not be made: why, and the command that makes what it is made of (or none)."""

    name: str
    title: str
    why: str
    command: str


def within(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Blocks of a page that stands inside a part: its own title goes, as the part has one."""
    return tuple(block for block in blocks if not (isinstance(block, Heading) and block.level == 1))
