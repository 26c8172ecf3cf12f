"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from windup.fit.cli.console.exits import EXIT_CODES

type Completer = Callable[[str], list[tuple[str, str]]]


def words_of(allowed: Mapping[str, object]) -> Completer:
    """Completion of an option by the words that it allows.

    Parameters
    ----------
    allowed
        Words, each with what it means where that is text.

    Examples
    --------
    >>> words_of({"full": "all draws", "quick": "few draws"})("q")
    [('quick', 'few draws')]
    """

    def completed(incomplete: str) -> list[tuple[str, str]]:
        return [
            (word, meaning if isinstance(meaning, str) else "")
            for word, meaning in allowed.items()
            if word.startswith(incomplete)
        ]

    return completed


_CODES = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())


EPILOG = f"\b\nExit codes:\n{_CODES}"


def is_given(context: typer.Context, name: str) -> bool:
    """Whether the user gave an option, rather than its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of any error.")]


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]


Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an earlier result once the new one is complete.")
]


Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Where the work is done: the address of a Dask scheduler, 'local' for a cluster of processes on "
        "this machine, 'none' for this process alone. Left out: what suits this machine. The numbers are "
        "the same."
    ),
]
