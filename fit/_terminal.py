"""Consoles of the command line."""

from __future__ import annotations

import os

from rich.console import Console

# Rich assumes 80 columns when the output is a file or a pipe, which breaks the tables of a run.
_COLUMNS_ELSEWHERE = 120


def terminal(*, error: bool = False) -> Console:
    """Console on standard output or standard error, wide enough for tables when it is no terminal."""
    console = Console(stderr=error, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _COLUMNS_ELSEWHERE
    return console
