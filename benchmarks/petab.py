"""A problem of PEtab sampled by windup and by pyPESTO, one after the other on the same cores.

    python -m venv /tmp/other && /tmp/other/bin/pip install pypesto amici petab
    python -m benchmarks.petab PROBLEM.yaml /tmp/other/bin/python

Windup samples as ``windup sample --prior uniform`` does, until its checks hold. Then pyPESTO samples the same
problem, with the same bounds and scales and from the same nominal values, for as much processor time as
windup took in all: beside other work the clock would be that of the waiting. Its chains are four of its
adaptive Metropolis sampler, or of its adaptive parallel tempering, on as many processes as there are cores;
the first half of each is not counted. Effective draws are the least bulk ESS of all parameters, for both by
the same code. A rate is that of a second of the processor for the search for a start, warm-up, draws and
their checks; reading and compiling are shown apart. The last line is JSON.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import arviz as az
import numpy as np
import typer
import xarray as xr
from rich.console import Console
from rich.table import Table

_ROOT = Path(__file__).parents[1]
_RHAT, _ESS = 1.01, 400.0


def main(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM.yaml")],
    python: Annotated[Path, typer.Argument(help="Python of an environment with pyPESTO.")],
    simulator: Annotated[str, typer.Option(help="Of pyPESTO: amici or roadrunner.")] = "amici",
    sampler: Annotated[
        str, typer.Option(help="Of pyPESTO: adaptive-metropolis or adaptive-parallel-tempering.")
    ] = "adaptive-metropolis",
    max_minutes: Annotated[float, typer.Option(help="Of windup's warm-up and draws; 0: no limit.")] = 0.0,
    side: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Effective draws per second of the processor, of both."""
    # Both sides run in another folder.
    problem, python = problem.absolute(), python.absolute()
    if side:
        print(json.dumps(_windup(problem, Path(side), max_minutes)))
        return
    opponent = f"pyPESTO {sampler}, {simulator}"
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "opponent.npz"
        minutes = ["--max-minutes", str(max_minutes)]
        ours = _in_a_process(
            sys.executable, "-m", "benchmarks.petab", problem, python, "--side", place, *minutes
        )
        other = Path(__file__).with_name("_pypesto_side.py")
        seconds = ours["build_cpu_s"] + ours["sampling_cpu_s"]
        options = ["--simulator", simulator, "--sampler", sampler, "--out", file, "--seconds", seconds]
        # Without the folder of the script, in which this file would stand for the package petab.
        theirs = _in_a_process(python, "-P", other, problem, *options)
        with np.load(file) as found:
            draws = found["draws"]
            half = {str(name): draws[:, draws.shape[1] // 2 :, n] for n, name in enumerate(found["names"])}
        theirs |= _quality(half)
    _show({"windup": ours, opponent: theirs})
    rates = [one["ess"] / one["sampling_cpu_s"] for one in (ours, theirs)]
    line = {
        "problem": problem.parent.name,
        "ess_per_s": _short(rates[0]),
        "per": "second of the processor",
        "opponent": opponent,
        "opponent_ess_per_s": _short(rates[1]),
        "ratio": _short(rates[0] / rates[1]) if rates[1] else None,
        "max_rhat": _short(ours["rhat"], 5) if math.isfinite(ours["rhat"]) else None,
        "opponent_max_rhat": _short(theirs["rhat"], 5) if math.isfinite(theirs["rhat"]) else None,
        "converged": _converged(ours),
        "opponent_converged": _converged(theirs),
    }
    print(json.dumps(line))


def _in_a_process(*command: object) -> dict[str, Any]:
    ended = subprocess.run(
        [str(part) for part in command], cwd=_ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def _windup(path: Path, place: Path, max_minutes: float) -> dict[str, Any]:
    from windup.fit.analyses.petab.options import SampleOptions
    from windup.fit.analyses.petab.sample import sample_to_folder

    begun: dict[str, tuple[float, float]] = {}

    def seen(phase: str, done: int, total: int, note: str = "") -> None:
        begun.setdefault(phase, _clocks())

    first = _clocks()
    folder, record = sample_to_folder(
        path,
        place / "run",
        SampleOptions(max_minutes=max_minutes),
        reading={"prior": "uniform"},
        progress=seen,
    )
    last = _clocks()
    names = [each["parameter"] for each in record["posterior"]]
    with xr.open_datatree(folder / "posterior.nc", engine="h5netcdf") as tree:
        posterior = tree["posterior"].to_dataset()
        draws = {name: np.asarray(posterior[name]) for name in names}
    return {
        "build_s": begun["start"][0] - first[0],
        "build_cpu_s": begun["start"][1] - first[1],
        "sampling_s": last[0] - begun["start"][0],
        "sampling_cpu_s": last[1] - begun["start"][1],
        "draws": record["draws"],
        **_quality(draws),
    }


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _quality(draws: dict[str, np.ndarray]) -> dict[str, float]:
    tree = az.from_dict({"posterior": draws})
    ess = az.ess(tree, method="bulk").to_dataset()
    rhat = az.rhat(tree).to_dataset()
    found = [float(rhat[name]) for name in draws]
    if not all(map(math.isfinite, found)):
        # A chain that never moved has no R-hat, and an effective sample size of all its draws.
        return {"ess": 0.0, "rhat": math.inf}
    return {"ess": min(float(ess[name]) for name in draws), "rhat": max(found)}


def _converged(found: dict[str, Any]) -> bool:
    return bool(found["rhat"] <= _RHAT and found["ess"] >= _ESS)


def _short(value: float, digits: int = 4) -> float:
    return float(f"{value:.{digits}g}")


def _show(found: dict[str, dict[str, Any]]) -> None:
    table = Table("", *found)
    for row, part in (("reading, compilation", "build"), ("start, warm-up, draws", "sampling")):
        for unit, end in (("processor s", "_cpu_s"), ("s on the clock", "_s")):
            table.add_row(f"{row}, {unit}", *(f"{one[part + end]:.1f}" for one in found.values()))
    table.add_row("draws of a chain", *(f"{one['draws']}" for one in found.values()))
    table.add_row("least bulk ESS", *(f"{one['ess']:.1f}" for one in found.values()))
    table.add_row("largest R-hat", *(f"{one['rhat']:.4f}" for one in found.values()))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
