"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from windup.datasets import BLOCKS
from windup.fit.cli.console.exits import EXIT_CODES

type Completer = Callable[[str], list[tuple[str, str]]]


def words_of(allowed: Mapping[str, object]) -> Completer:
    """Completion of an option by its allowed words.

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


Blocks = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        help=f"Block of the likelihood to switch on; may be repeated. One of: {', '.join(BLOCKS)}.",
        autocompletion=words_of(BLOCKS),
    ),
]
"""Blocks of the likelihood that are on."""


_CODES = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())


EXIT_CODE_LIST = f"\b\nExit codes:\n{_CODES}"
"""Epilog of `windup --help`."""


EPILOG = "Exit codes: see windup --help."
"""Epilog of the help of each command."""


def is_given(context: typer.Context, name: str) -> bool:
    """Whether the user gave an option, rather than its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]


Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an existing result when the new one is complete.")
]


Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Where to compute: address of a Dask scheduler, 'local' (processes) or 'none' (this process). "
        "Default: what suits this machine. Results are the same."
    ),
]
