"""The command `windup doctor`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import typer

from windup.fit.cli.console.exits import OK, UNFIT_MACHINE, reported
from windup.fit.cli.console.options import AsJson, Debug
from windup.fit.cli.doctor.check import Check
from windup.fit.cli.doctor.checks import checks


def doctor(as_json: AsJson = False, debug: Debug = False) -> None:
    """Check this machine and installation.

    \b
    Examples:
      windup doctor
      windup doctor --json > doctor.json

    Checks versions, devices, memory, files of windup, and a small solve. Each line is ok, a warning or an
    error, with a remedy. It takes some seconds and changes only the cache of compiled programs.
    """
    with reported(debug=debug):
        done: list[Check] = []
        for check in checks(Path.cwd()):
            done.append(check)
            if not as_json:
                typer.echo(_line(check))
        count = {status: sum(each.status == status for each in done) for status in ("error", "warning")}
        if as_json:
            record = {
                "errors": count["error"],
                "warnings": count["warning"],
                "checks": [dataclasses.asdict(each) for each in done],
            }
            typer.echo(json.dumps(record, indent=2, ensure_ascii=False, default=str))
        else:
            typer.echo(_ending(count["error"], count["warning"]))
        code = UNFIT_MACHINE if count["error"] else OK
    raise typer.Exit(code)


def _line(check: Check) -> str:
    color = {"ok": "green", "warning": "yellow", "error": "red"}[check.status]
    text = f"{typer.style(f'{check.status:<8}', fg=color)}{check.name}: {check.found}"
    return f"{text}\n        → {check.remedy}" if check.remedy else text


def _ending(errors: int, warnings: int) -> str:
    if errors:
        return f"windup cannot work here: {errors} error{'s'[: errors > 1]}."
    if warnings:
        return f"windup works here, with {warnings} warning{'s'[: warnings > 1]}."
    return "No errors found. Next: windup fit --preset quick --out runs/quick"
