"""One compiled program over many draws, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def in_batches(
    program: Callable[[Any], Any],
    draws: Any,
    size: int,
    *,
    on_batch: Callable[[int], None] = lambda done: None,
) -> Any:
    """A program for ``size`` draws, run over all of them.

    Parameters
    ----------
    program
        Takes and gives pytrees with ``size`` draws in front.
    draws
        Pytree with all draws in front.
    size
        Draws of a batch; the last one repeats draws to be full.
    on_batch
        Called with the number of draws done.
    """
    total = len(jax.tree.leaves(draws)[0])
    found = []
    for first in range(0, total, size):
        chosen = np.minimum(np.arange(first, first + size), total - 1)
        found.append(jax.tree.map(np.asarray, program(jax.tree.map(lambda x, c=chosen: x[c], draws))))
        on_batch(min(first + size, total))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:total], *found)
