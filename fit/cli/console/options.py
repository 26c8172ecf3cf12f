"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from windup.datasets import BLOCKS, DEFAULT_BLOCKS
from windup.fit.cli.console.exits import EXIT_CODES
from windup.fit.settings.fit import checked_blocks

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


ComparisonFolder = Annotated[
    Path | None,
    typer.Option(help="Result folder of `windup compare`. Default: 'comparison' next to the run."),
]
"""Comparison that is shown with a run."""

CalibrationFolder = Annotated[
    Path | None,
    typer.Option(
        help="Result folder of `windup calibrate`. Default: 'calibration' or 'calibration_MODEL' next to "
        "the run."
    ),
]
"""Calibration that is shown with a run."""

NO_BLOCK = "none"
"""Word for a fit without any block."""

Blocks = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        help="Block of the likelihood that is on, instead of the default ones; may be repeated. "
        f"One of: {', '.join(BLOCKS)}; or {NO_BLOCK}.",
        autocompletion=words_of([*BLOCKS, NO_BLOCK]),
    ),
]
"""Blocks of the likelihood that are on."""


def chosen_blocks(named: list[str] | None) -> tuple[str, ...]:
    """Blocks of the option ``--block``: all that are on by default where it is not given."""
    if not named:
        return DEFAULT_BLOCKS
    return () if named == [NO_BLOCK] else checked_blocks(named)


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
