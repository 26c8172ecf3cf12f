"""How a command ends: its page, or its JSON, and where the files are."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from rich.console import Console

from windup.fit.analyses.pages import page_of
from windup.fit.display.blocks import show
from windup.fit.storage.folder import read_summary

# Rich assumes 80 columns when the output is a file or a pipe, which breaks the tables of a run.
_COLUMNS_ELSEWHERE = 120


def terminal(*, error: bool = False) -> Console:
    """Console on standard output or standard error, wide enough for tables when it is no terminal."""
    console = Console(stderr=error, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _COLUMNS_ELSEWHERE
    return console


def show_result(folder: Path, *, as_json: bool) -> None:
    """Show what a finished folder holds."""
    text, record = read_summary(folder)
    if as_json:
        typer.echo(text, nl=False)
    else:
        show(page_of(record), terminal())
    typer.echo(f"Written to {folder}.", err=True)
