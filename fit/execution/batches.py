"""One program over many draws, in batches, on as many threads as there are cores."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from windup.fit.execution.process import quiet_linear_algebra
from windup.fit.execution.progress import Progress, silent

# benchmarks/sensitivity.py: arms fill the vector units by themselves; a batch of 128 leaves the cache.
BATCH = 32


# A report after each would cost more than the batch of a small model.
_REPORTS = 50


@final
@dataclass(frozen=True, eq=False)
class Batches:
    """A function of one row, compiled for a batch of them.

    Compiled programs release the interpreter's lock, so threads run in parallel.
    """

    program: Callable[[Any], Any]
    batch: int
    threads: int

    def __call__(
        self, rows: Float[np.ndarray, "rows parameters"], *, progress: Progress = silent, phase: str = "solve"
    ) -> Float[np.ndarray, "rows responses"]:
        """The function of every row."""
        total = len(rows)
        padded = np.concatenate([rows, np.repeat(rows[-1:], -total % self.batch, axis=0)])
        parts = padded.reshape(-1, self.batch, rows.shape[1])
        results, step = [], max(1, len(parts) // _REPORTS)
        with ThreadPoolExecutor(self.threads) as pool:
            progress(phase, 0, total)
            for number, part in enumerate(pool.map(self._one, parts), start=1):
                results.append(part)
                if number % step == 0 or number == len(parts):
                    progress(phase, min(number * self.batch, total), total)
        return np.concatenate(results)[:total]

    def _one(self, part: np.ndarray) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(self.program(jnp.asarray(part)))


def compile_batches(
    function: Callable[[Any], Any], parameters: int, *, batch: int = BATCH, threads: int | None = None
) -> Batches:
    """Compile a function of one row of ``parameters`` numbers."""
    example = jnp.zeros((batch, parameters))
    program = jax.jit(jax.vmap(function)).lower(example).compile()
    return Batches(program, batch, threads or os.cpu_count() or 1)


# A fifth of them is the tail whose shape is estimated. Of 500 draws of the cascade, whose k is 0.35, nine in
# ten choices of 100 gave 0.03 to 0.60, and one in seventy more than 0.7.
DRAWS = 100


PHASE = "re-solve"


def solve_again(programs: tuple[Callable[..., Any], ...], draws: Any, progress: Progress) -> tuple[Any, ...]:
    """Results of every program, stacked over draws.

    Parameters
    ----------
    programs
        Of one draw each; traced one after the other, compiled in parallel.
    draws
        Pytree of arrays with the draws in front.
    progress
        Called with the progress, in draws.
    """
    total = len(jax.tree.leaves(draws)[0])

    def draw(number: int) -> Any:
        return jax.tree.map(lambda x: x[number], draws)

    progress(PHASE, 0, total, "compiling")
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
                progress(PHASE, done, total)
            results = [future.result() for future in futures]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    stacked: tuple[Any, ...] = jax.tree.map(lambda *parts: np.stack(parts), *results)
    return stacked


_BATCH = 25


def over_draws(
    program: Callable[[Any], Any], parts: tuple[Any, ...], phase: str, progress: Progress
) -> tuple[Any, ...]:
    """Results of a program of one draw for every draw of several sets, compiled once.

    Parameters
    ----------
    program
        Of one draw.
    parts
        Sets of draws, pytrees of one structure with the draws in front.
    phase, progress
        What to say while it runs, and to whom.
    """
    counts = [len(jax.tree.leaves(part)[0]) for part in parts]
    draws = jax.tree.map(lambda *x: np.concatenate(x), *parts)
    total = sum(counts)
    progress(phase, 0, total, "compiling")

    def batch(first: int) -> Any:
        # The last batch is filled up with its last draw.
        chosen = np.minimum(np.arange(first, first + _BATCH), total - 1)
        return jax.tree.map(lambda x: jnp.asarray(x[chosen]), draws)

    compiled = jax.jit(jax.vmap(program)).lower(batch(0)).compile()
    batches = []
    with quiet_linear_algebra(), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        solved = pool.map(
            lambda first: jax.tree.map(np.asarray, compiled(batch(first))), range(0, total, _BATCH)
        )
        for number, each in enumerate(solved, start=1):
            batches.append(each)
            progress(phase, min(number * _BATCH, total), total)
    whole = jax.tree.map(lambda *x: np.concatenate(x)[:total], *batches)
    borders = np.cumsum([0, *counts])
    return tuple(jax.tree.map(lambda x, a=a, b=b: x[a:b], whole) for a, b in itertools.pairwise(borders))
