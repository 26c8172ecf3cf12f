"""The command `windup` and the list of its commands."""

from __future__ import annotations

from importlib.metadata import version
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
from windup.fit.cli.commands.predict import predict
from windup.fit.cli.commands.report import report
from windup.fit.cli.commands.score import score
from windup.fit.cli.commands.sensitivity import sensitivity
from windup.fit.cli.commands.simulate import simulate
from windup.fit.cli.commands.summary import summary
from windup.fit.cli.console.options import EPILOG

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
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
    Examples:
      windup doctor                               whether windup can work on this machine
      windup init my_study --trials               settings and tables of one's own, with comments
      windup check                                count what the packaged trials hold
      windup fit --preset quick --out runs/try    see that everything runs
      windup fit                                  the full fit, into runs/published
      windup calibrate --studies 16               whether fits of simulated trials find the truth
      windup summary runs/published               read its one-page account
      windup predict runs/published               what treatments do, also ones never tried
      windup claims runs/published                what the trials say of claims about pain
      windup sensitivity runs/published           which parameters and priors move the results
      windup identify runs/published              which parameters the data identify
      windup compare runs/published runs/turnover which model predicts studies left out
      windup score runs/published --data new      how well a run predicts new trials
      windup simulate runs/published --trial a.toml   a planned trial, with virtual patients
      windup report runs/published                all of it in one HTML file
    """


for _command in (
    doctor,
    init,
    check,
    models,
    fit,
    summary,
    report,
    predict,
    claims,
    simulate,
    score,
    calibrate,
    compare,
    sensitivity,
    identify,
):
    app.command(epilog=EPILOG)(_command)
