"""From a target density to draws: compile, find a start, sample, keep up a checkpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from jaxtyping import Array, Float

from ._checkpoint import Checkpoint
from ._density import compile_density
from ._kernel import lower_kernel
from ._process import quiet_linear_algebra
from ._progress import Report
from ._sample import Chains, first_standing, sample
from ._settings import Sampling
from ._start import find_start
from ._target import Target


def draw_chains(
    rng_key: Array,
    target: Target,
    settings: Sampling,
    *,
    starts: Float[np.ndarray, "starts parameters"],
    identity: Callable[[str], Mapping[str, str]],
    checkpoint: Path | None,
    resume_from: Path | None,
    report: Report,
    clock: dict[str, float],
) -> Chains:
    """Chains of NUTS on any target.

    Parameters
    ----------
    rng_key
        The same key and settings give the same draws on the same machine.
    target
        Density.
    settings
        Chains, warm-up, draws, acceptance target, tree depth.
    starts
        Where the search for a start may begin, unconstrained.
    identity
        What must be the same for a resumed run, given the digest of the compiled program.
    checkpoint, resume_from
        Files to keep the state in and to go on from.
    report
        Progress.
    clock
        The seconds of ``compile``, ``warm-up`` and ``sample`` are added to it.
    """
    with quiet_linear_algebra(), ThreadPoolExecutor(1) as beside:
        # The sampler compiles while the density does and while the start is sought.
        report("compile", 0, 0)
        began = time.monotonic()
        lowered = lower_kernel(target, settings)
        kept = Checkpoint(checkpoint, identity(lowered.program))
        resumed = None if resume_from is None else kept.read(resume_from)
        making_kernel = beside.submit(lowered.compile)
        density = compile_density(target)
        _add(clock, "compile", began)
        if resumed is None:
            began = time.monotonic()
            start = find_start(density, starts, report=report)
            _add(clock, "warm-up", began)
            standing = first_standing(rng_key, start, settings)
            kept.write(standing, clock)
        else:
            standing, earlier = resumed
            for name, seconds in earlier.items():
                clock[name] = clock.get(name, 0.0) + seconds
        began = time.monotonic()
        report("compile", 0, 0)
        kernel = making_kernel.result()
        _add(clock, "compile", began)
        return sample(
            rng_key, kernel, density, standing, settings, checkpoint=kept, report=report, clock=clock
        )


def _add(clock: dict[str, float], phase: str, began: float) -> None:
    clock[phase] = clock.get(phase, 0.0) + time.monotonic() - began
