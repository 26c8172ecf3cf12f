"""What `windup check` prints: counts of what the data hold, or every fault in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from windup.datasets import Fault, fault_groups
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table, Verdict

COUNTS = (
    "data_sha256",
    "studies",
    "arms",
    "observations",
    "used",
    "studies_used",
    "by_treatment",
    "rows_by_treatment",
    "pain_rows_by_treatment",
    "by_outcome",
    "by_condition",
    "by_block",
    "unused_by_reason",
    "warnings",
    "network",
    "decisions",
)
_TITLES = {
    "by_treatment": "Observations used, by treatment",
    "by_outcome": "Observations used, by outcome",
    "by_condition": "Observations used, by condition",
    "by_block": "Observations used, by block of the likelihood",
    "unused_by_reason": "Observations not used, by reason",
}
_SHOWN = 4


def counts_page(counts: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[Block, ...]:
    """Page of the counts of a folder of trials without faults.

    Parameters
    ----------
    counts
        From `windup.datasets.check_counts`.
    labels
        How words of the tables are shown.
    """
    blocks: list[Block] = [
        Verdict("No errors found.", good=True),
        Paragraph(
            f"{counts['studies']} studies, {counts['arms']} arms, {counts['observations']} observations. "
            f"A fit uses {counts['used']} observations of {counts['studies_used']} studies."
        ),
    ]
    network = [f"{each['found']} {each['remedy']}" for each in counts["network"]]
    doubts = [*_warnings(counts["warnings"]), *network, *_contradictions(counts["decisions"])]
    if doubts:
        blocks += [Heading("Please check"), Bullets(tuple(doubts))]
    if counts["notes"]:
        blocks += [Heading("How the files were read"), Bullets(tuple(counts["notes"]))]
    blocks += _decisions(counts["decisions"])
    for key, title in _TITLES.items():
        groups = sorted(counts[key].items(), key=lambda item: (-item[1], item[0]))
        column = key.removeprefix("unused_").removeprefix("by_")
        rows = tuple((labels.get(name) or _plain(str(name)), str(count)) for name, count in groups)
        # Without any block there is nothing to tell apart.
        if rows and sum(count > 0 for _, count in groups) > (key == "by_block"):
            blocks += [Heading(title), Table((column, "observations"), rows)]
    return tuple(blocks)


def _plain(word: str) -> str:
    """A word without its underscores; a sentence as it stands, because it may name a study."""
    return word if " " in word else word.replace("_", " ")


def _warnings(warnings: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence for each cause, with the arms that it is found in."""
    arms: dict[tuple[str, str], list[str]] = {}
    for each in warnings:
        named = f"{each['study_id']}/{each['arm_id']} (row {each['row']})"
        arms.setdefault((each["found"], each["remedy"]), []).append(named)
    return [f"{found} {remedy} Arms: {_first(named)}." for (found, remedy), named in arms.items()]


def _contradictions(decisions: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"Row {each['row']} of the observations is not used: {_by_line(each, decisions)}."
        for each in decisions
        if each["why"].endswith("check both")
    ]


def _by_line(decision: Mapping[str, Any], decisions: Sequence[Mapping[str, Any]]) -> str:
    """Explanation of a decision that names another row by its line, where a reader finds it."""
    why = str(decision["why"])
    others = [each for each in decisions if f"row {each['row_id']} " in why]
    for each in sorted(others, key=lambda other: -len(other["row_id"])):
        why = why.replace(f"row {each['row_id']} ", f"row {each['row']} ")
    return why


def _decisions(decisions: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Rows that windup decided on, by reason; nothing where the table says it of all."""
    mine = [each for each in decisions if each["decided_by"] == "windup"]
    if not mine:
        return []
    left_out: dict[str, list[Mapping[str, Any]]] = {}
    for each in mine:
        if not each["used"]:
            left_out.setdefault(each["reason"], []).append(each)
    out = sum(len(group) for group in left_out.values())
    blocks: list[Block] = [
        Heading("What windup decided"),
        Paragraph(
            f"The table leaves open whether {len(mine)} observations are used. Of these, {len(mine) - out} "
            f"are used and {out} are not. The rules stand in the data dictionary; --json lists every row. To "
            "decide yourself, write yes or no in the column used."
        ),
    ]
    rows = tuple(
        (reason, str(len(group)), _first([str(each["row"]) for each in group]), _by_line(group[0], decisions))
        for reason, group in left_out.items()
    )
    if rows:
        blocks.append(Table(("not used, because", "observations", "rows", "the first of them"), rows))
    return blocks


def _first(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def faults_page(faults: Iterable[Fault]) -> tuple[Block, ...]:
    """Page of all faults of a folder of trials, one sentence for each cause."""
    return (Bullets(tuple(str(group) for group in fault_groups(faults))),)
