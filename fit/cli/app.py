"""The command `windup` and the list of its commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Annotated

import typer

from windup.fit.cli.commands.calibrate import calibrate
from windup.fit.cli.commands.check import check
from windup.fit.cli.commands.claims import claims
from windup.fit.cli.commands.compare import compare
from windup.fit.cli.commands.doctor import doctor
from windup.fit.cli.commands.fit import fit
from windup.fit.cli.commands.identify import identify
from windup.fit.cli.commands.init import init
from windup.fit.cli.commands.models import models
from windup.fit.cli.commands.network import network
from windup.fit.cli.commands.predict import predict
from windup.fit.cli.commands.report import report
from windup.fit.cli.commands.score import score
from windup.fit.cli.commands.sensitivity import sensitivity
from windup.fit.cli.commands.summary import summary
from windup.fit.cli.console.grouped import Grouped
from windup.fit.cli.console.options import EPILOG, EXIT_CODE_LIST
from windup.fit.cli.exchange.export import export
from windup.fit.cli.exchange.sample import sample
from windup.fit.cli.imports.aggregate import aggregate
from windup.fit.cli.imports.patients import patients
from windup.fit.cli.planning.design import design
from windup.fit.cli.planning.plan import plan
from windup.fit.cli.planning.simulate import simulate

_GROUPS: Mapping[str, tuple[Callable[..., None], ...]] = MappingProxyType(
    {
        "Set up": (doctor, init, check, models, plan),
        "Fit": (fit, summary, report, sample),
        "Use a fit": (predict, claims, simulate, design, score, export),
        "Check a fit": (calibrate, compare, network, sensitivity, identify),
    }
)

_CONTEXT: Mapping[str, object] = MappingProxyType(
    {"help_option_names": ["-h", "--help"], "max_content_width": 110}
)

app = typer.Typer(
    cls=Grouped,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=EXIT_CODE_LIST,
    context_settings=dict(_CONTEXT),
)
_imports = typer.Typer(
    cls=Grouped,
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=EPILOG,
    context_settings=dict(_CONTEXT),
    help="Create trial tables from other data.\n\n\b\nExamples:\n"
    "  windup import patients visits.csv --out my_study --study study_id=mine\n"
    "  windup import aggregate arms.csv --map arms.toml --out my_review",
)


def main() -> None:
    """Run the command line; the entry point of the installed command."""
    app()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"windup {version('windup')}")
        raise typer.Exit


@app.callback()
def windup(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and end.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Fit mechanistic models of chronic pain to published trials. For research only; no medical advice.

    \b
    Begin with:
      windup doctor
      windup fit --preset quick --out runs/quick
      windup summary runs/quick
    """


for _group, _commands in _GROUPS.items():
    for _command in _commands:
        app.command(epilog=EPILOG, rich_help_panel=_group)(_command)

for _command in (patients, aggregate):
    _imports.command(epilog=EPILOG, rich_help_panel="Commands")(_command)
app.add_typer(_imports, name="import", rich_help_panel="Set up")
