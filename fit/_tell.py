"""How a command ends: its page, or its JSON, and where the files are."""

from __future__ import annotations

from pathlib import Path

import typer

from ._blocks import show
from ._pages import page_of
from ._read_run import read_summary
from ._terminal import terminal


def tell(folder: Path, *, as_json: bool) -> None:
    """Show what a finished folder holds."""
    text, record = read_summary(folder)
    if as_json:
        typer.echo(text, nl=False)
    else:
        show(page_of(record), terminal())
    typer.echo(f"Written to {folder}.", err=True)
