"""One gradient of the published-data log posterior, against the same density written by hand.

    python -m benchmarks.gradient --run runs/published

By hand means: a vmap over arms of diffrax's adaptive Tsit5 at 1e-4/1e-6 with its default adjoint
(`benchmarks/_by_hand.py`); everything else of the density is shared. The error is the difference of the log
likelihood to that of adaptive Dopri8 at 1e-10, at posterior draws of the run. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import typer
import xarray as xr
from rich.console import Console
from rich.table import Table

from windup.datasets import packaged_trials
from windup.fit._density import compile_density
from windup.fit._problem_target import build_target
from windup.fit._process import prepare_process, quiet_linear_algebra
from windup.fit.fit_posterior import build_problem
from windup.models import Cascade, solve_adaptive

from ._by_hand import solve_by_hand
from ._timing import side_by_side

_DRAWS, _ROUNDS = 8, 20


def main(
    run: Annotated[Path, typer.Option(help="Run folder that the draws are taken from.")] = Path(
        "runs/published"
    ),
    compile_only: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Time, error and compilation of one gradient."""
    prepare_process()
    problem = build_problem(packaged_trials(), Cascade())
    ours = build_target(problem)
    if compile_only:
        began = time.perf_counter()
        compile_density(ours)
        print(time.perf_counter() - began)
        return
    draws = jnp.asarray(_draws_of(run))
    by_hand = build_target(problem._replace(solve=solve_by_hand)).potential
    true = jax.jit(build_target(problem._replace(solve=solve_adaptive)).potential)
    fast, rough = jax.jit(ours.potential), jax.jit(by_hand)
    gradients = {"windup": jax.jit(jax.grad(ours.potential)), "by hand": jax.jit(jax.grad(by_hand))}
    with quiet_linear_algebra():
        seconds = side_by_side(
            {
                "forward, windup": lambda: fast(draws[0]),
                "gradient, windup": lambda: gradients["windup"](draws[0]),
                "forward, by hand": lambda: rough(draws[0]),
                "gradient, by hand": lambda: gradients["by hand"](draws[0]),
            },
            rounds=_ROUNDS,
        )
    errors = {
        name: float(max(abs(density(x) - true(x)) for x in draws))
        for name, density in (("windup", fast), ("by hand", rough))
    }
    cold, warm = _compile_seconds()
    table = Table("", "windup", "by hand")
    for what in ("forward", "gradient"):
        table.add_row(f"{what}, ms", *(f"{1e3 * seconds[f'{what}, {who}']:.1f}" for who in errors))
    table.add_row("gradient / forward", *(f"{_ratio(seconds, who):.1f}" for who in errors))
    table.add_row(f"largest error of {_DRAWS} draws, nats", *(f"{error:.3g}" for error in errors.values()))
    table.add_row("compilation of the gradient, cold, s", f"{cold:.1f}", "")
    table.add_row("the same from the cache, s", f"{warm:.1f}", "")
    Console().print(table)
    found = {
        "ratio_by_hand": seconds["gradient, by hand"] / seconds["gradient, windup"],
        "ratio_forward": _ratio(seconds, "windup"),
        "loglik_error": errors["windup"],
        "compile_cold_s": cold,
        "compile_warm_s": warm,
    }
    print(json.dumps({name: float(f"{value:.4g}") for name, value in found.items()}))


def _ratio(seconds: dict[str, float], who: str) -> float:
    return seconds[f"gradient, {who}"] / seconds[f"forward, {who}"]


def _draws_of(run: Path) -> np.ndarray:
    """A few unconstrained draws, evenly spread over the run."""
    with xr.open_datatree(run / "posterior.nc", engine="h5netcdf") as tree:
        positions = np.asarray(tree["unconstrained_posterior"].to_dataset()["position"])
    flat = positions.reshape(-1, positions.shape[-1])
    chosen: np.ndarray = flat[np.linspace(0, len(flat) - 1, _DRAWS).astype(int)]
    return chosen


def _compile_seconds() -> tuple[float, float]:
    """Seconds to trace and compile the gradient in a new process, without and with a compilation cache."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "benchmarks.gradient", "--compile-only"]
        environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": cache}

        def once() -> float:
            ended = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            return float(ended.stdout.splitlines()[-1])

        return once(), once()


if __name__ == "__main__":
    typer.run(main)
