"""One program over many draws, in batches, on as many threads as there are cores."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._process import quiet_linear_algebra
from ._progress import Report

_BATCH = 25


def over_draws(
    program: Callable[[Any], Any], parts: tuple[Any, ...], phase: str, report: Report
) -> tuple[Any, ...]:
    """Results of a program of one draw for every draw of several sets, compiled once.

    Parameters
    ----------
    program
        Of one draw.
    parts
        Sets of draws, pytrees of one structure with the draws in front.
    phase, report
        What to say while it runs, and to whom.
    """
    counts = [len(jax.tree.leaves(part)[0]) for part in parts]
    draws = jax.tree.map(lambda *x: np.concatenate(x), *parts)
    total = sum(counts)
    report(phase, 0, total, "compiling")

    def batch(first: int) -> Any:
        # The last batch is filled up with its last draw.
        chosen = np.minimum(np.arange(first, first + _BATCH), total - 1)
        return jax.tree.map(lambda x: jnp.asarray(x[chosen]), draws)

    compiled = jax.jit(jax.vmap(program)).lower(batch(0)).compile()
    found = []
    with quiet_linear_algebra(), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        solved = pool.map(
            lambda first: jax.tree.map(np.asarray, compiled(batch(first))), range(0, total, _BATCH)
        )
        for number, each in enumerate(solved, start=1):
            found.append(each)
            report(phase, min(number * _BATCH, total), total)
    whole = jax.tree.map(lambda *x: np.concatenate(x)[:total], *found)
    borders = np.cumsum([0, *counts])
    return tuple(jax.tree.map(lambda x, a=a, b=b: x[a:b], whole) for a, b in itertools.pairwise(borders))


def in_batches(program: Callable[[Any], Any], draws: Any, size: int) -> Any:
    """A program for ``size`` draws, run over all of them.

    Parameters
    ----------
    program
        Takes and gives pytrees with ``size`` draws in front.
    draws
        Pytree with all draws in front.
    size
        Draws of a batch; the last one repeats draws to be full.
    """
    total = len(jax.tree.leaves(draws)[0])
    found = []
    for first in range(0, total, size):
        chosen = np.minimum(np.arange(first, first + size), total - 1)
        found.append(jax.tree.map(np.asarray, program(jax.tree.map(lambda x, c=chosen: x[c], draws))))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:total], *found)
