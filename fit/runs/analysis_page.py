"""The page of an analysis that is made of sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict


def analysis_page(record: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of what ``summary.json`` holds."""
    blocks: list[Block] = [
        Heading(record["title"], level=1),
        *(Verdict(notice, good=False) for notice in record["notices"]),
        Verdict(record["verdict"], good=True),
    ]
    for section in record["sections"]:
        blocks += [Heading(section["heading"]), Paragraph(section["text"])]
        if section["rows"]:
            blocks.append(Table(tuple(section["columns"]), tuple(tuple(row) for row in section["rows"])))
    return (*blocks, Bullets((record["statement"],)))
