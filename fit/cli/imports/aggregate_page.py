"""What `windup import aggregate` prints: how the file was read, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from windup.datasets import AggregateGuesses, AggregateTrials
from windup.fit.cli.imports.verdict import counted, verdict_on
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Table


def guesses_page(guesses: AggregateGuesses, more: Sequence[str] = ()) -> Iterator[Block]:
    """Blocks on the columns, the layout and the unit of time.

    Parameters
    ----------
    guesses
        As the file was read.
    more
        Sentences on what was done with the results.
    """
    yield Heading("How the file is read", level=1)
    rows = [(each.header, each.shown, each.how) for each in guesses.columns]
    rows.append(("rows", f"layout '{guesses.layout}'", guesses.layout_how))
    if guesses.time_unit:
        rows.append(("unit of time", guesses.time_unit, guesses.time_unit_how))
    yield Table(("column", "meaning", "how it is known"), tuple(rows))
    if guesses.notes or more:
        yield Bullets((*guesses.notes, *more))


def aggregate_page(made: AggregateTrials, folder: Path) -> Iterator[Block]:
    """Blocks on what was made.

    Parameters
    ----------
    made
        The tables.
    folder
        Where they were written.
    """
    guessed = tuple(
        f"The treatment '{label}' is read as '{word}', a name of the catalogue."
        for label, word in sorted(made.guessed_treatments.items())
    )
    yield from guesses_page(made.guesses, (*made.notes, *guessed))
    arms = len(made.dosing[["study_id", "arm_id"]].drop_duplicates())
    contrasts = int((made.observations["reference_arm"] != "").sum())
    rows = len(made.observations) - contrasts
    yield Paragraph(
        f"{counted(len(made.studies), 'study', 'studies')}, {counted(arms, 'arm', 'arms')}. "
        f"Rows: {counted(rows, 'result of an arm', 'results of arms')}, "
        f"{counted(contrasts, 'contrast', 'contrasts')}."
    )
    yield from verdict_on(folder)
