"""What a page shows of pain that would last without its cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windup.fit.display.blocks import Block, Heading, Paragraph, Table
from windup.fit.display.format import number, probability
from windup.fit.display.labels import label


def lasting_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Whose pain would last without its cause; none in a run that does not say so."""
    shares = record.get("lasting_share")
    if not shares:
        return []
    conditions = list(dict.fromkeys(row["condition"] for row in shares))
    by_case = {(row["condition"], row["cause_removed"]): row for row in shares}
    of_people = record["patients"] != "mean"

    def cell(row: Mapping[str, Any], prior: str) -> str:
        mean = probability(row[f"{prior}mean"])
        if not of_people:
            return mean
        return f"{mean} ({number(row[f'{prior}low_95'], 2)} to {number(row[f'{prior}high_95'], 2)})"

    rows = tuple(
        (
            label(condition),
            *(
                cell(by_case[condition, cause], prior)
                for cause in ("peripheral", "all")
                for prior in ("", "prior_")
            ),
        )
        for condition in conditions
    )
    share, chance = "Share of patients of a usual trial (mean, 95 %) who", "Probability that the patient"
    columns = ("condition", "without peripheral cause", "prior", "without any drive", "prior")
    return [
        Heading("Whose pain would last without its cause"),
        Table(columns, rows),
        Paragraph(
            f"{share if of_people else chance} would keep at least half of the pain, going down the curve "
            "of steady states. What is left of the drive without its peripheral cause is the central share "
            "of the condition, which is an assumption and no estimate."
        ),
    ]
