"""What a page shows of rows that look like an error of print, and of studies that are far out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Paragraph, Table
from windup.fit.display.format import number, probability
from windup.fit.display.labels import label


def suspect_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Rows that look like an error of print, and odd studies; nothing where the error model has none."""
    # Records of earlier versions do not hold them.
    rows, studies = record.get("suspected_typos"), record.get("odd_studies")
    if rows is None or studies is None:
        return []
    columns = ("observation", "kind", "published", "predicted", "residual", "probability")
    lines = tuple(
        (
            str(row["row_id"]),
            label(row["kind"]),
            number(row["observed"], 2),
            number(row["predicted"], 2),
            number(row["residual"], 2),
            probability(row["probability"]),
        )
        for row in rows
    )
    odd = ", ".join(f"{row['study']} ({probability(row['probability'])})" for row in studies)
    return [
        Paragraph(
            "Observations that are probably an error of print or of reading (posterior probability above "
            "0.5). They agree neither with the model nor with the other observations of their study; each "
            f"should be looked up in its source: {'none.' if not lines else 'see the table.'}"
        ),
        *([Table(columns, lines)] if lines else []),
        Paragraph(
            "Studies whose effects as a whole are further out than those of others, with the probability "
            f"that they come from the wide component: {odd or 'none above 0.5'}."
        ),
    ]
