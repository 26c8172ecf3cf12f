"""One gradient of the published-data log posterior, against the same density written by hand.

    python -m benchmarks.gradient --run runs/published

By hand means: a vmap over arms of diffrax's adaptive Tsit5 at 1e-4/1e-6 with its default adjoint
(`benchmarks/_by_hand.py`); everything else of the density is shared. Both are timed at the same posterior
draws of the run, one after the other in every round (`benchmarks/_timing.py`). The truth behind the errors is
adaptive Dopri8 at 1e-10; errors of gradients are those of the slope along windup's. ``--implicit`` gives
Kvaerno5 to the opponent. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import typer
import xarray as xr
from jaxtyping import Array, Float
from rich.console import Console
from rich.table import Table

from windup.datasets import packaged_trials
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.problem.build import build_problem
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.density import compile_density
from windup.fit.sampling.target.target import Target
from windup.models import Cascade, solve_adaptive

from ._by_hand import solve_by_hand
from ._timing import side_by_side

type Density = Callable[[Array], Array]
type Gradient = Callable[[Array], tuple[Array, Array]]

_DRAWS = 8
# Either way along the gradient for its slope by central differences, in unconstrained units.
_STEP = 1e-4


class _Side(NamedTuple):
    forward: Density
    gradient: Gradient


class _Accuracy(NamedTuple):
    """Largest error of the log likelihood; gradients that are not finite, largest error of the others."""

    nats: float
    broken: int
    slope: float


def main(
    run: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Run folder that the draws are taken from.")
    ] = Path("runs/published"),
    rounds: Annotated[int, typer.Option(min=1, help="Times that everything is timed.")] = 5,
    implicit: Annotated[bool, typer.Option("--implicit", help="Kvaerno5 for the opponent.")] = False,
    compile_only: Annotated[bool, typer.Option("--compile-only", hidden=True)] = False,
) -> None:
    """Time, error and compilation of one gradient."""
    prepare_process()
    problem = build_problem(packaged_trials(blocks=()), Cascade())
    ours = build_target(problem)
    if compile_only:
        clocks = time.perf_counter, time.process_time
        began = [clock() for clock in clocks]
        compile_density(ours)
        print(json.dumps([clock() - at for clock, at in zip(clocks, began, strict=True)]))
        return
    solver = diffrax.Kvaerno5() if implicit else diffrax.Tsit5()
    solves = {"windup": problem.solve, "by hand": partial(solve_by_hand, solver=solver)}
    sides = {who: _side(_density_of(build_target(problem._replace(solve=s)))) for who, s in solves.items()}
    true = jax.jit(_density_of(build_target(problem._replace(solve=solve_adaptive))))
    draws = [jnp.asarray(draw) for draw in _draws_of(run)]
    with quiet_linear_algebra():
        seconds = _seconds(sides, draws, rounds)
        accuracy = _accuracy(sides, true, draws)
    cold, warm = _compile_seconds()

    def milliseconds(what: str, who: str) -> str:
        of_draws = [1e3 * seconds[what, who, number] for number in range(_DRAWS)]
        return f"{statistics.median(of_draws):.1f} ({min(of_draws):.1f} to {max(of_draws):.1f})"

    def ratio(above: tuple[str, str], below: tuple[str, str]) -> float:
        return statistics.median(
            seconds[*above, number] / seconds[*below, number] for number in range(_DRAWS)
        )

    table = Table(f"{_DRAWS} draws: median (range)", *sides)
    for what in ("forward", "gradient"):
        table.add_row(f"{what}, processor ms", *(milliseconds(what, who) for who in sides))
    over_forward = {who: ratio(("gradient", who), ("forward", who)) for who in sides}
    table.add_row("gradient / forward", *(f"{each:.1f}" for each in over_forward.values()))
    table.add_row("largest error, nats", *(f"{each.nats:.3g}" for each in accuracy.values()))
    table.add_row(f"gradients not finite, of {_DRAWS}", *(str(each.broken) for each in accuracy.values()))
    table.add_row(
        "largest error of the others, relative", *(f"{each.slope:.2g}" for each in accuracy.values())
    )
    for what, (clock, processor) in (("cold", cold), ("from the cache", warm)):
        table.add_row(f"compilation of the gradient, {what}, s", f"{clock:.1f}", "")
        table.add_row("its processor time, s", f"{processor:.1f}", "")
    Console().print(table)
    found = {
        "ratio_by_hand": ratio(("gradient", "by hand"), ("gradient", "windup")),
        "ratio_forward": over_forward["windup"],
        "loglik_error": accuracy["windup"].nats,
        "compile_cold_s": cold[0],
        "compile_warm_s": warm[0],
    }
    print(json.dumps({name: float(f"{value:.4g}") for name, value in found.items()}))


def _density_of(target: Target) -> Density:
    """Negative log posterior density of an unconstrained vector."""
    return lambda x: jnp.asarray(target.potential(x, target.data))


def _side(density: Density) -> _Side:
    return _Side(jax.jit(density), jax.jit(jax.value_and_grad(density)))


def _seconds(sides: dict[str, _Side], draws: list[Array], rounds: int) -> dict[tuple[str, str, int], float]:
    """Median seconds by what is computed, who computes it, and the draw."""
    return side_by_side(
        {
            (what, who, number): partial(function, draw)
            for number, draw in enumerate(draws)
            for who, side in sides.items()
            for what, function in side._asdict().items()
        },
        rounds=rounds,
    )


def _accuracy(sides: dict[str, _Side], true: Density, draws: list[Array]) -> dict[str, _Accuracy]:
    """Errors against the truth, in nats and relative ones of slopes."""
    nats: dict[str, list[float]] = {who: [] for who in sides}
    slopes: dict[str, list[float]] = {who: [] for who in sides}
    for draw in draws:
        along = sides["windup"].gradient(draw)[1]
        along = along / jnp.linalg.norm(along)
        exact, ahead, behind = (true(draw + step * along) for step in (0.0, _STEP, -_STEP))
        slope = (ahead - behind) / (2.0 * _STEP)
        for who, side in sides.items():
            value, gradient = side.gradient(draw)
            nats[who].append(float(abs(value - exact)))
            # Not finite where any entry is not: such a gradient is of no use to a sampler.
            slopes[who].append(float(abs(gradient @ along / slope - 1.0)))
    return {
        who: _Accuracy(
            max(nats[who]),
            sum(not np.isfinite(error) for error in slopes[who]),
            max(error for error in slopes[who] if np.isfinite(error)),
        )
        for who in sides
    }


def _draws_of(run: Path) -> Float[np.ndarray, "draws parameters"]:
    """A few unconstrained draws, evenly spread over the run."""
    with xr.open_datatree(run / "posterior.nc", engine="h5netcdf") as tree:
        positions = np.asarray(tree["unconstrained_posterior"].to_dataset()["position"])
    flat = positions.reshape(-1, positions.shape[-1])
    chosen: np.ndarray = flat[np.linspace(0, len(flat) - 1, _DRAWS).astype(int)]
    return chosen


def _compile_seconds() -> tuple[list[float], list[float]]:
    """Seconds, on the clock and of processors, that a new process compiles, cold and from the cache."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "benchmarks.gradient", "--compile-only", "--run", cache]
        environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": cache}

        def once() -> list[float]:
            ended = subprocess.run(
                command, cwd=_ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
            )
            seconds: list[float] = json.loads(ended.stdout.splitlines()[-1])
            return seconds

        return once(), once()


_ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    typer.run(main)
