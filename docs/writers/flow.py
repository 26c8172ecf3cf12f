"""The flow of studies and observations as an SVG, from the counts of `evidence`."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

_SHOWN = 6
_LINE = 18
_BLUE, _GREY = "#0072B2", "#7F7F7F"


def flow_svg(evidence: dict[str, Any]) -> str:
    """Boxes of what the tables carry, what a fit uses, and why the rest is not used."""
    e = evidence
    rest = e["studies"] - e["without_row"]
    listed = [f"{count} {reason}" for reason, count in e["rows_out"][:_SHOWN]]
    more = sum(count for _, count in e["rows_out"][_SHOWN:])
    out = [
        f"{rest - e['studies_used']} studies without an observation in use",
        f"{e['observations'] - e['used']:,} observations not used:",
        *listed,
        f"{more} other reasons",
    ]
    parts = [
        _box(
            10,
            10,
            290,
            [f"{e['studies']} studies in the tables", f"{e['observations']:,} observations"],
            _BLUE,
        ),
        _box(10, 120, 290, [f"{rest} studies with a result"], _BLUE),
        _box(
            10, 270, 290, [f"{e['studies_used']} studies in use", f"{e['used']} observations in use"], _BLUE
        ),
        _box(400, 14, 370, [f"{e['without_row']} studies without a readable result"], _GREY),
        _box(400, 100, 370, out, _GREY),
        _arrow(155, 64, 155, 120),
        _arrow(155, 156, 155, 270),
        _arrow(300, 32, 400, 32),
        _arrow(300, 138, 400, 138),
    ]
    return "\n".join([_HEAD, *parts, "</svg>"]) + "\n"


_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 340" font-family="sans-serif" font-size="13">\n'
    "<title>Flow of studies and observations</title>\n"
    '<rect width="780" height="340" fill="white"/>\n'
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto">'
    f'<path d="M0 0L8 4L0 8z" fill="{_GREY}"/></marker></defs>'
)


def _box(x: int, y: int, width: int, lines: list[str], colour: str) -> str:
    height = _LINE * (len(lines) + 1)
    texts = "".join(
        f'<text x="{x + 12}" y="{y + _LINE * (place + 1) + 4}" fill="black">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    frame = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" fill="white" stroke="{colour}"/>'
    return frame + texts


def _arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_GREY}" marker-end="url(#tip)"/>'
