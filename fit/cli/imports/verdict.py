"""What a folder of tables of trials that was just written is worth to a fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from windup.datasets import DataFaults, fault_groups, load_trials
from windup.fit.display.blocks import Block, Bullets, Heading, Verdict


def verdict_on(folder: Path) -> Iterator[Block]:
    """How many rows a fit uses, or what is left to fill in.

    Parameters
    ----------
    folder
        The folder.
    """
    try:
        trials = load_trials(folder)
    except DataFaults as found:
        yield Heading("Left to fill in")
        yield Bullets(tuple(str(group) for group in fault_groups(found.faults)))
    else:
        rows = trials.observations
        used = int(rows["used"].sum())
        yield Verdict(f"A fit uses {used} of {len(rows)} rows.", good=used > 0)
        reasons = rows.loc[~rows["used"], "reason"].value_counts()
        yield Bullets(tuple(f"Not used: {count}, {reason}." for reason, count in reasons.items()))


def counted(number: int, one: str, several: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "study", "studies"), counted(2, "study", "studies")
    ('1 study', '2 studies')
    """
    return f"{number} {one if number == 1 else several}"
