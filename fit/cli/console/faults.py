"""What `windup check` prints: counts of what the data hold, or every fault in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from windup.datasets import Fault, fault_groups
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict

COUNTS = (
    "studies",
    "arms",
    "observations",
    "used",
    "unused_by_reason",
    "by_condition",
    "by_treatment",
    "by_outcome",
)
_TITLES = {
    "unused_by_reason": "Observations not used, by reason",
    "by_condition": "Observations used, by condition",
    "by_treatment": "Observations used, by treatment",
    "by_outcome": "Observations used, by outcome",
}


def counts_page(counts: Mapping[str, Any]) -> tuple[Block, ...]:
    """Page of the counts of a folder of trials without faults.

    Parameters
    ----------
    counts
        From `windup.datasets.check_counts`.
    """
    blocks: list[Block] = [
        Verdict("No fault was found.", good=True),
        Paragraph(
            f"{counts['studies']} studies, {counts['arms']} arms, {counts['observations']} observations. "
            f"A fit uses {counts['used']} observations of {counts['studies_used']} studies; "
            f"{counts['phases_without_dose']} of their dosing phases state no dose."
        ),
    ]
    if counts["notes"]:
        blocks += [Heading("How the files were read"), Bullets(tuple(counts["notes"]))]
    for key, title in _TITLES.items():
        groups = sorted(counts[key].items(), key=lambda item: (-item[1], item[0]))
        column = key.removeprefix("unused_").removeprefix("by_")
        rows = tuple((str(name), str(count)) for name, count in groups)
        blocks += [Heading(title), Table((column, "observations"), rows)]
    return tuple(blocks)


def faults_page(faults: Iterable[Fault]) -> tuple[Block, ...]:
    """Page of all faults of a folder of trials, one line for each cause."""
    rows = tuple(
        (group.first.file, str(group.count), group.rows, group.columns, group.found, group.first.remedy)
        for group in fault_groups(faults)
    )
    return (Table(("file", "places", "rows", "columns", "found", "remedy"), rows),)
