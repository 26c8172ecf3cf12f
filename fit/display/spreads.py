"""What a page shows of how much patients differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Heading, Paragraph, Table
from windup.fit.display.format import number, percent

_RATIOS = {
    "treated_to_control": "SD under treatment / SD of the control arm",
    "later_to_baseline": "SD at a later visit / SD at baseline",
}


def spread_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Printed and predicted SDs between patients; none in a run of one patient for each arm."""
    # Records of earlier versions do not hold it.
    found = record.get("visit_spreads")
    if not found:
        return []
    rows = tuple(
        (
            words,
            str(found[name]["pairs"]),
            number(found[name]["observed"], 2),
            f"{number(found[name]['predicted'], 2)} "
            f"({number(found[name]['low_95'], 2)} to {number(found[name]['high_95'], 2)})",
        )
        for name, words in _RATIOS.items()
        if found[name]
    )
    return [
        Heading("How much patients differ"),
        Paragraph(
            f"The trials print {found['rows']} SDs between patients at a visit. Of these "
            f"{percent(found['coverage_50'])} are inside their central 50 % prediction interval and "
            f"{percent(found['coverage_95'])} inside that of 95 %; they were fitted (visit_spreads.csv)."
        ),
        *([Table(("geometric mean of", "pairs", "printed", "predicted (95 %)"), rows)] if rows else []),
    ]
