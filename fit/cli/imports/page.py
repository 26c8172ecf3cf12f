"""What `windup import patients` prints: what was made, what it cannot show, and what is left to fill in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from windup.datasets import DataFaults, PatientTrials, fault_groups, load_trials
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Verdict

_OUTCOMES = {
    "pain_intensity": "means",
    "pain_intensity_change": "changes",
    "responder_30": "shares with 30 % less pain",
    "responder_50": "shares with 50 % less pain",
}


def patients_page(made: PatientTrials, folder: Path) -> Iterator[Block]:
    """Blocks of the page.

    Parameters
    ----------
    made
        The tables.
    folder
        Where they were written.
    """
    sizes = [str(each.patients) for each in made.moments]
    people = " and ".join(filter(None, [", ".join(sizes[:-1]), sizes[-1]]))
    kinds = Counter(made.observations["outcome"])
    rows = ", ".join(f"{kinds[name]} {words}" for name, words in _OUTCOMES.items() if kinds[name])
    yield Paragraph(
        f"{_count(len(made.studies), 'study', 'studies')}, {_count(len(sizes), 'arm', 'arms')} of "
        f"{people} patients. Rows: {rows or 'none'}."
    )
    if made.notes:
        yield Bullets(made.notes)
    try:
        trials = load_trials(folder)
    except DataFaults as found:
        yield Heading("Left to fill in")
        yield Bullets(tuple(str(group) for group in fault_groups(found.faults)))
    else:
        used = int(trials.observations["used"].sum())
        yield Verdict(f"A fit uses {used} of {len(trials.observations)} rows.", good=used > 0)


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
