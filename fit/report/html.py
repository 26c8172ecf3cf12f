"""A report as one HTML file that needs no other."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from windup.fit.display.blocks import Heading
from windup.fit.display.text import cleaned, clipped
from windup.fit.report.document.elements import Cell, Link, Missing, Picture, ReportBlock, Section
from windup.fit.report.document.subject import Subject

# The file says by this what it is; `windup report` replaces no other.
GENERATOR = "windup report"
_SAFE = ("https://", "http://", "#")
_WIDE_PIXELS = 620
_LONG_WORD = re.compile(r"\S{121,}")
_CUT = 60


def html(subject: Subject, parts: tuple[Section, ...], missing: tuple[Missing, ...]) -> str:
    """Page of parts, with a list of contents that names the missing ones too."""
    # Autoescape is for every value: names, notes and paths are other people's text.
    environment = Environment(
        loader=PackageLoader("windup.fit.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "pieces": pieces,
        "address": address_of,
        "data": data_address,
        "kind": kind_of,
        "levelled": levelled,
    }
    environment.globals |= {"wide_pixels": _WIDE_PIXELS}
    # Style is ours, and no text of a user is in it.
    style = Markup(files("windup.fit.report").joinpath("templates/report.css").read_text(encoding="utf-8"))
    return environment.get_template("report.html").render(
        generator=GENERATOR,
        title=(
            f"Chronic-pain model fit: {subject.record['model']}, {subject.record['studies_used']} studies, "
            f"{subject.record['rows_used']} observations"
        ),
        run=clipped(subject.run.folder.resolve().name, 80),
        model=subject.record["model"],
        draws=f"{subject.record['chains']} chains of {subject.record['draws']} draws.",
        notices=subject.record["notices"],
        statement=subject.record["statement"],
        parts=parts,
        missing=missing,
        anchors=frozenset({part.name for part in parts} | {each.name for each in missing}),
        style=style,
    )


def _finalize(value: Any) -> Any:
    """What the page shows of a value: pages of other commands hold names as long as somebody made them."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _LONG_WORD.sub(lambda match: clipped(match.group(), _CUT), cleaned(value))


def address_of(link: Link) -> Markup:
    """Address of a link, whole."""
    return escape(cleaned(link.address))


def pieces(cell: Cell) -> tuple[str | Link, ...]:
    """Text and links of a cell; what leads neither to the web nor into the report is text."""
    parts = (cell,) if isinstance(cell, str) else cell
    return tuple(
        part.text if isinstance(part, Link) and not part.address.startswith(_SAFE) else part for part in parts
    )


def data_address(picture: Picture) -> Markup:
    """Image as an address that holds it."""
    return Markup("data:image/png;base64," + base64.b64encode(picture.png).decode("ascii"))


def kind_of(block: ReportBlock) -> str:
    """Name by which the template knows a block."""
    return type(block).__name__.lower()


def levelled(blocks: tuple[ReportBlock, ...]) -> Iterator[tuple[ReportBlock, str]]:
    """Blocks, each with the heading that it stands under: tables are captioned by it."""
    under = ""
    for block in blocks:
        if isinstance(block, Heading):
            under = block.text
        yield block, under
