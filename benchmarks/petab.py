"""A problem of PEtab sampled by windup and by pyPESTO, one after the other on the same cores.

    python -m venv /tmp/other && /tmp/other/bin/pip install pypesto amici petab
    python -m benchmarks.petab PROBLEM.yaml /tmp/other/bin/python

Windup samples as ``windup sample --prior uniform`` does, until its checks hold. Then pyPESTO samples the same
problem, with the same bounds and scales and from the same nominal values, for as long as windup took in all.
Its chains are four of its adaptive Metropolis sampler, or of its adaptive parallel tempering, on as many
processes as there are cores; the first half of each is not counted. Effective draws are the least bulk ESS of
all parameters, for both by the same code. Time is that of the search for a start, of warm-up and of draws;
reading and compiling are shown apart. The last line is JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import arviz as az
import numpy as np
import typer
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
    """Effective draws per second of both."""
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
        options = ["--simulator", simulator, "--sampler", sampler, "--out", file]
        seconds = ours["build_s"] + ours["sampling_s"]
        theirs = _in_a_process(python, other, problem, *options, "--seconds", seconds)
        with np.load(file) as found:
            draws = found["draws"]
            half = {str(name): draws[:, draws.shape[1] // 2 :, n] for n, name in enumerate(found["names"])}
        theirs |= _quality(half)
    _show({"windup": ours, opponent: theirs})
    rates = [one["ess"] / one["sampling_s"] for one in (ours, theirs)]
    line = {
        "problem": problem.stem,
        "ess_per_s": _short(rates[0]),
        "opponent": opponent,
        "opponent_ess_per_s": _short(rates[1]),
        "ratio": _short(rates[0] / rates[1]),
        "max_rhat": _short(ours["rhat"], 5),
        "opponent_max_rhat": _short(theirs["rhat"], 5),
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

    began = time.monotonic()
    folder, record = sample_to_folder(
        path, place / "run", SampleOptions(max_minutes=max_minutes), reading={"prior": "uniform"}
    )
    seconds = time.monotonic() - began
    names = [each["parameter"] for each in record["posterior"]]
    with az.from_netcdf(folder / "posterior.nc") as tree:
        posterior = tree["posterior"].to_dataset()
        draws = {name: np.asarray(posterior[name]) for name in names}
    sampling = sum(record["wall_seconds"][phase] for phase in ("start", "warm-up", "sample"))
    return {
        "build_s": seconds - sampling,
        "sampling_s": sampling,
        "draws": record["draws"],
        "failed_checks": record["failed_checks"],
        **_quality(draws),
    }


def _quality(draws: dict[str, np.ndarray]) -> dict[str, float]:
    tree = az.from_dict({"posterior": draws})
    ess = az.ess(tree, method="bulk").to_dataset()
    rhat = az.rhat(tree).to_dataset()
    return {
        "ess": min(float(ess[name]) for name in draws),
        "rhat": max(float(rhat[name]) for name in draws),
    }


def _converged(found: dict[str, Any]) -> bool:
    return bool(found["rhat"] <= _RHAT and found["ess"] >= _ESS)


def _short(value: float, digits: int = 4) -> float:
    return float(f"{value:.{digits}g}")


def _show(found: dict[str, dict[str, Any]]) -> None:
    table = Table("", *found)
    table.add_row("reading, compilation, s", *(f"{one['build_s']:.1f}" for one in found.values()))
    table.add_row("start, warm-up, draws, s", *(f"{one['sampling_s']:.1f}" for one in found.values()))
    table.add_row("draws of a chain", *(f"{one['draws']}" for one in found.values()))
    table.add_row("least bulk ESS", *(f"{one['ess']:.1f}" for one in found.values()))
    table.add_row("largest R-hat", *(f"{one['rhat']:.4f}" for one in found.values()))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
