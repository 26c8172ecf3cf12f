"""Processor time of several functions beside each other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax


def side_by_side[Name](functions: Mapping[Name, Callable[[], Any]], *, rounds: int) -> dict[Name, float]:
    """Median processor seconds of each function over rounds in which every function runs once.

    Not those on the clock: beside other work a long call is interrupted, a short one mostly is not, and the
    ratio of both would be that of the waiting. Threads that one call keeps busy beside each other count
    severally. Each function is called once before, so that nothing is compiled while it is timed.
    """
    for function in functions.values():
        jax.block_until_ready(function())  # type: ignore[no-untyped-call]  # JAX leaves it untyped
    seconds: dict[Name, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            began = time.process_time()
            jax.block_until_ready(function())  # type: ignore[no-untyped-call]  # JAX leaves it untyped
            seconds[name].append(time.process_time() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}
