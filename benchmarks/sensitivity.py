"""Solves of the packaged regimens for many parameter sets: batches on all cores against one at a time.

    python -m benchmarks.sensitivity

One solve is what a sensitivity analysis asks for (`windup.fit.analyses.sensitivity.responses`): a patient at
enrolment, 18 arms over 12 weeks, magnesium, and all loop gains of the cascade. Parameters are draws from the
prior. The opponent is a loop of Python over the same function, compiled for one set of parameters. Both run
in turns; ratios are of processor time, which other work on the machine hardly touches, and what two threads
gain on the clock is shown apart. ``--tune`` measures sizes of batches. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from windup.fit.analyses.sensitivity.responses import responses_of
from windup.fit.execution.batches import BATCH, Batches, compile_batches
from windup.fit.execution.process import prepare_process, quiet_linear_algebra
from windup.fit.problem.margins import prior_margins
from windup.models import Cascade

from ._timing import side_by_side

_SIZES = (4, 8, 16, 32, 64, 128)


def main(
    solves: Annotated[int, typer.Option(min=64, help="Solves of each side in a round.")] = 1024,
    rounds: Annotated[int, typer.Option(min=1, help="Times that everything is timed.")] = 5,
    tune: Annotated[bool, typer.Option("--tune", help="Measure sizes of batches too.")] = False,
) -> None:
    """Solves per second."""
    prepare_process()
    model, console = Cascade(), Console()
    margins, responses = prior_margins(model), responses_of(model)
    rows = margins.draws(solves, seed=0)

    def function(row: jax.Array) -> jax.Array:
        found: jax.Array = responses.of(margins.values(row))
        return found

    compiled = partial(compile_batches, function, len(margins.names))
    cores = os.cpu_count() or 1
    one = compile_batches(function, len(margins.names), batch=1, threads=1)
    sizes = sorted({*(_SIZES if tune else ()), BATCH})
    sides: dict[str, Callable[[], np.ndarray]] = {"one at a time": partial(_loop, one, rows)}
    for size in sizes:
        sides[f"batches of {size}"] = partial(compiled(batch=size, threads=1), rows)
    ours = compiled(batch=BATCH, threads=cores)
    sides[f"batches of {BATCH}, {cores} threads"] = partial(ours, rows)
    with quiet_linear_algebra():
        seconds = side_by_side(sides, rounds=rounds)
        # In turns too: what else runs on the machine changes by the minute.
        turns = [{name: _clock(side) for name, side in sides.items()} for _ in range(rounds)]
    clock = {name: min(turn[name] for turn in turns) for name in sides}
    table = Table(f"{solves} solves, {rounds} rounds", "processor ms per solve", "clock ms per solve (best)")
    for name in sides:
        table.add_row(name, f"{1e3 * seconds[name] / solves:.3f}", f"{1e3 * clock[name] / solves:.3f}")
    console.print(table)
    best = clock[f"batches of {BATCH}, {cores} threads"] / solves
    found = {
        "solves_per_s": 1.0 / best,
        "seconds_10000": 1e4 * best,
        "ratio_loop": seconds["one at a time"] / seconds[f"batches of {BATCH}"],
        "ratio_loop_clock": clock["one at a time"] / solves / best,
    }
    print(json.dumps({name: float(f"{value:.4g}") for name, value in found.items()}))


def _loop(one: Batches, rows: np.ndarray) -> np.ndarray:
    """What a loop over the same compiled function gives."""
    return np.concatenate([np.asarray(one.program(jnp.asarray(row[None]))) for row in rows])


def _clock(function: Callable[[], np.ndarray]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


if __name__ == "__main__":
    typer.run(main)
