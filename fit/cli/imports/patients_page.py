"""What `windup import patients` prints: what was made, what it cannot show, and what is left to fill in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from windup.datasets import PatientTrials
from windup.fit.cli.imports.verdict import counted, verdict_on
from windup.fit.display.blocks import Block, Bullets, Paragraph

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
        f"{counted(len(made.studies), 'study', 'studies')}, {counted(len(sizes), 'arm', 'arms')} of "
        f"{people} patients. Rows: {rows or 'none'}."
    )
    if made.notes:
        yield Bullets(made.notes)
    yield from verdict_on(folder)
