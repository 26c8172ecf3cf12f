"""Times of several functions beside each other, so that a busy machine is busy for all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax


def side_by_side(functions: Mapping[str, Callable[[], Any]], *, rounds: int) -> dict[str, float]:
    """Median seconds of each function over rounds in which every function runs once.

    Each is called once before, so that nothing is compiled while it is timed.
    """
    for function in functions.values():
        jax.block_until_ready(function())  # type: ignore[no-untyped-call]  # JAX leaves it untyped
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            began = time.perf_counter()
            jax.block_until_ready(function())  # type: ignore[no-untyped-call]  # JAX leaves it untyped
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}
