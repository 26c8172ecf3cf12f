"""The command `windup doctor`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import typer

from windup.fit.cli.console.exits import OK, UNFIT_MACHINE, reported
from windup.fit.cli.console.options import AsJson, Debug
from windup.fit.cli.doctor.check import Check
from windup.fit.cli.doctor.checks import findings


def doctor(as_json: AsJson = False, debug: Debug = False) -> None:
    """Look whether windup can work on this machine: versions, devices, memory, its own files, a self-test.

    \b
    Examples:
      windup doctor
      windup doctor --json > doctor.json

    Each line is ok, a warning (windup works, but not as well as it could) or a fault, with what to do.
    It takes some seconds and changes nothing but the cache of compiled programs.
    """
    with reported(debug=debug):
        found: list[Check] = []
        for finding in findings(Path.cwd()):
            found.append(finding)
            if not as_json:
                typer.echo(_line(finding))
        count = {status: sum(each.status == status for each in found) for status in ("fault", "warning")}
        if as_json:
            record = {
                "faults": count["fault"],
                "warnings": count["warning"],
                "findings": [dataclasses.asdict(each) for each in found],
            }
            typer.echo(json.dumps(record, indent=2, ensure_ascii=False, default=str))
        else:
            typer.echo(_ending(count["fault"], count["warning"]))
        code = UNFIT_MACHINE if count["fault"] else OK
    raise typer.Exit(code)


def _line(finding: Check) -> str:
    color = {"ok": "green", "warning": "yellow", "fault": "red"}[finding.status]
    text = f"{typer.style(f'{finding.status:<8}', fg=color)}{finding.name}: {finding.found}"
    return f"{text}\n        → {finding.remedy}" if finding.remedy else text


def _ending(faults: int, warnings: int) -> str:
    if faults:
        return f"windup cannot work here: {faults} fault{'s'[: faults > 1]}."
    if warnings:
        return f"windup works here, with {warnings} warning{'s'[: warnings > 1]}."
    return "All is well. Next: windup fit --preset quick --model turnover --out runs/look"
