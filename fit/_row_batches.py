"""One compiled function for many rows: in batches of one size, on as many threads as there are cores."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ._progress import Report, silent

# benchmarks/sensitivity.py: arms fill the vector units by themselves; a batch of 128 leaves the cache.
BATCH = 32
# A report after each would cost more than the batch of a small model.
_REPORTS = 50


@final
@dataclass(frozen=True, eq=False)
class Batches:
    """A function of one row, compiled for a batch of them.

    Compiled programs release the interpreter's lock, so threads run beside each other.
    """

    program: Callable[[Any], Any]
    batch: int
    threads: int

    def __call__(
        self, rows: Float[np.ndarray, "rows parameters"], *, report: Report = silent, phase: str = "solve"
    ) -> Float[np.ndarray, "rows responses"]:
        """The function of every row."""
        total = len(rows)
        padded = np.concatenate([rows, np.repeat(rows[-1:], -total % self.batch, axis=0)])
        parts = padded.reshape(-1, self.batch, rows.shape[1])
        found, step = [], max(1, len(parts) // _REPORTS)
        with ThreadPoolExecutor(self.threads) as pool:
            report(phase, 0, total)
            for number, part in enumerate(pool.map(self._one, parts), start=1):
                found.append(part)
                if number % step == 0 or number == len(parts):
                    report(phase, min(number * self.batch, total), total)
        return np.concatenate(found)[:total]

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
