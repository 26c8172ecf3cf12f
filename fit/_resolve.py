"""Solving draws again: which ones, and in as many threads as there are cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import jax
import numpy as np
from jaxtyping import Int

from ._process import quiet_linear_algebra
from ._progress import Report

# A fifth of them is the tail whose shape is estimated. Of 500 draws of the cascade, whose k is 0.35, nine in
# ten choices of 100 gave 0.03 to 0.60, and one in seventy more than 0.7.
DRAWS = 100
PHASE = "re-solve"


def spread_draws(total: int, count: int) -> Int[np.ndarray, " chosen"]:
    """At most ``count`` numbers of draws, evenly over all of them.

    Examples
    --------
    >>> spread_draws(10, 4).tolist(), spread_draws(3, 4).tolist()
    ([1, 3, 6, 8], [0, 1, 2])
    """
    chosen = min(count, total)
    return ((np.arange(chosen) + 0.5) * total / chosen).astype(int)


def solve_again(programs: tuple[Callable[..., Any], ...], draws: Any, report: Report) -> tuple[Any, ...]:
    """Results of every program, stacked over draws.

    Parameters
    ----------
    programs
        Of one draw each; traced one after the other, compiled beside each other.
    draws
        Pytree of arrays with the draws in front.
    report
        Progress, in draws.
    """
    total = len(jax.tree.leaves(draws)[0])

    def draw(number: int) -> Any:
        return jax.tree.map(lambda x: x[number], draws)

    report(PHASE, 0, total, "compiling")
    lowered = [jax.jit(program).lower(draw(0)) for program in programs]
    with quiet_linear_algebra(), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        compiled = list(pool.map(lambda program: program.compile(), lowered))

        # One draw at a time in each thread: in a batch each would wait for the slowest arm of all (eight
        # draws of the cascade in one batch took eight times as long).
        def solved(number: int) -> Any:
            return tuple(jax.tree.map(np.asarray, program(draw(number))) for program in compiled)

        futures = [pool.submit(solved, number) for number in range(total)]
        try:
            for done, _ in enumerate(as_completed(futures), start=1):
                report(PHASE, done, total)
            found = [future.result() for future in futures]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    stacked: tuple[Any, ...] = jax.tree.map(lambda *parts: np.stack(parts), *found)
    return stacked
