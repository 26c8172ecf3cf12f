"""The command `windup export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windup.fit.analyses.exchange.folder import export_to_folder
from windup.fit.cli.console.exits import OK, reported
from windup.fit.cli.console.options import Debug, Overwrite
from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import Block, Bullets, Heading, Paragraph, Verdict, show

if TYPE_CHECKING:
    # Importing it takes longer than --help may take.
    from windup.fit.analyses.exchange.export import Exported


def export(
    subject: Annotated[
        str, typer.Argument(metavar="MODEL|RUN", help="Name of a packaged model, or a run folder.")
    ],
    to: Annotated[Path, typer.Option(help="Folder for the files.")],
    study: Annotated[
        list[str] | None, typer.Option(help="Study whose arms are written. May be repeated. Default: all.")
    ] = None,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Write a model as SBML and PEtab.

    \b
    Examples:
      windup export cascade --to exchange/cascade
      windup export runs/published --to exchange/published --study backonja1998

    Nominal values are medians: of the priors of a model, of the posterior of a run. README.md in the folder
    states what the standards cannot carry.

    Guide: docs/how-to/export.md
    """
    with reported(debug=debug):
        folder, exported = export_to_folder(subject, to, studies=study or (), overwrite=overwrite)
        _show(exported, folder)
    raise typer.Exit(OK)


def _show(exported: Exported, folder: Path) -> None:
    for name in exported.files:
        typer.echo(f"Written: {folder / name}")
    counts, left = exported.counts, sum(exported.left_out.values())
    by_kind: dict[str, int] = {}
    for (kind, _), count in exported.left_out.items():
        by_kind[kind.replace("_", " ")] = by_kind.get(kind.replace("_", " "), 0) + count
    most = sorted(by_kind.items(), key=lambda item: (-item[1], item[0]))
    blocks: list[Block] = [
        *(Verdict(notice, good=False) for notice in exported.notices),
        Verdict("libSBML and PEtab's linter find nothing.", good=True),
        Paragraph(
            f"{counts['measurements']} rows are measurements, with {counts['parameters']} parameters. "
            f"{left} rows are left out."
        ),
    ]
    if left:
        blocks += [Heading("Rows left out"), Bullets(tuple(f"{kind}: {count}" for kind, count in most))]
    show(tuple(blocks), terminal())
    typer.echo(f"README.md in {folder} lists what the standards cannot carry.")
