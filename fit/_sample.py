"""Chains of NUTS: a thread per core, a warm-up that pools all chains, draws in blocks that can be watched."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float

from ._coordinates import Coordinates, Vector, rewhitened, unconstrained
from ._density import ValueAndGradient
from ._kernel import BLOCK, HostTrace, Kernel, Trace
from ._progress import Report
from ._settings import Settings

# numpyro's adaptation first tries steps towards ten times the given one; after a phase twice is enough.
_TRIED = 0.2
# First step size, and how far around the start chains begin (in its standard deviations).
_STEP_SIZE, _DISPERSION = 0.02, 0.5
# Blocks of draws for the step size alone, in the final coordinates, and in the first phase before them.
_LAST_BLOCKS, _FIRST_BLOCKS = 5, 2
# The first third of a phase is still on its way from the phase before.
_FORGOTTEN = 3


class Chains(NamedTuple):
    """Kept draws of all chains, cut to the shortest when sampling was stopped.

    Attributes
    ----------
    unconstrained
        ``(chain, draw, parameter)``.
    statistics
        Sampler statistics by their arviz name, ``(chain, draw)``.
    finished
        False when the user stopped before the last draw.
    """

    unconstrained: Float[np.ndarray, "chain draw parameters"]
    statistics: dict[str, Float[np.ndarray, "chain draw"]]
    finished: bool


def sample(
    rng_key: Array,
    kernel: Kernel,
    density: ValueAndGradient,
    start: Coordinates,
    settings: Settings,
    *,
    report: Report,
    clock: dict[str, float],
) -> Chains:
    """Draw from the posterior.

    Warm-up runs in phases of growing length. After each, the coordinates are fitted anew to the draws and
    gradients of all chains (`windup.fit._coordinates.rewhitened`); the last phase only tunes step sizes. From
    then on nothing is shared: chains are independent given their coordinates.

    Parameters
    ----------
    rng_key
        The same key and settings give the same draws on the same machine.
    kernel, density
        The compiled sampler, and the compiled density with its gradient.
    start
        First coordinates; chains begin around their centre.
    settings
        Chains, warm-up, draws, acceptance target, tree depth.
    report
        Progress, in draws of all chains.
    clock
        Filled with the seconds of ``warm-up`` and ``sample``.
    """
    run = _Run(kernel, density, settings, report)

    began = time.monotonic()
    coordinates, step_size = start, _STEP_SIZE
    noise = np.asarray(
        jax.random.normal(jax.random.fold_in(rng_key, 0), (settings.chains, len(start.centre)))
    )
    points = start.centre + _DISPERSION * noise @ start.root.T
    phases = warm_up_phases(-(-settings.warmup // BLOCK))
    for number, blocks in enumerate(phases[:-1]):
        traces = run.phase(jax.random.fold_in(rng_key, 1 + number), points, coordinates, step_size, blocks)
        if run.stopped:
            return _gather([], 0, 0, coordinates, finished=False)
        points = np.stack([unconstrained(t.z[-1], coordinates) for t in traces])
        step_size = _TRIED * float(np.exp(np.mean([np.log(t.step_size[-1]) for t in traces])))
        settled = [slice(len(t.z) // _FORGOTTEN, None) for t in traces]
        coordinates = rewhitened(
            coordinates,
            np.concatenate([t.z[kept] for t, kept in zip(traces, settled, strict=True)]),
            np.concatenate([t.gradient[kept] for t, kept in zip(traces, settled, strict=True)]),
        )
    key = jax.random.fold_in(rng_key, 1 + len(phases))
    total = phases[-1] + -(-settings.draws // BLOCK)
    traces = run.phase(key, points, coordinates, step_size, total, adapting=phases[-1] * BLOCK)
    ended = time.monotonic()
    # Chains share cores, so warm-up of one runs beside draws of another: split by the share of gradients.
    share = run.warm_up_share()
    clock["warm-up"] = clock.get("warm-up", 0.0) + share * (ended - began)
    clock["sample"] = (1.0 - share) * (ended - began)
    return _gather(traces, phases[-1] * BLOCK, settings.draws, coordinates, finished=not run.stopped)


def warm_up_phases(blocks: int) -> list[int]:
    """Lengths of the phases in blocks: growing by a third, then a last one for step sizes; at least one."""
    last = min(_LAST_BLOCKS, blocks)
    left, phases = blocks - last, list[int]()
    size = float(_FIRST_BLOCKS)
    while left > 0:
        # No phase may be left that is shorter than the one before it.
        take = left if left < 2.3 * size else round(size)
        phases.append(take)
        left, size = left - take, 4.0 / 3.0 * size
    return [*phases, last]


class _Run:
    """Runs phases of all chains, counts what is done and listens for Ctrl-C."""

    def __init__(self, kernel: Kernel, density: ValueAndGradient, settings: Settings, report: Report) -> None:
        self._kernel, self._density, self._settings, self._report = kernel, density, settings, report
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._done = [0] * settings.chains
        self._gradients = {"warm-up": 0.0, "sample": 0.0}
        self._warm_up = -(-settings.warmup // BLOCK) * BLOCK

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def phase(
        self,
        rng_key: Array,
        points: np.ndarray,
        coordinates: Coordinates,
        step_size: float,
        blocks: int,
        *,
        adapting: int | None = None,
    ) -> list[HostTrace]:
        """Draws of every chain; fewer, down to none, when stopped."""
        settings = self._settings
        traces: list[list[HostTrace]] = [[] for _ in range(settings.chains)]

        def chain(number: int) -> None:
            key = jax.random.fold_in(rng_key, number)
            point: Vector = points[number]
            state = self._kernel.begin(key, self._density, point, coordinates, step_size, adapting)
            for _ in range(blocks):
                if self._stop.is_set():
                    return
                state, trace = self._kernel.block(state, coordinates)
                traces[number].append(trace)
                self._count(number, trace)

        with ThreadPoolExecutor(min(settings.chains, os.cpu_count() or 1)) as pool:
            futures = [pool.submit(chain, number) for number in range(settings.chains)]
            try:
                # A chain that fails stops the others at once instead of being heard of at the end.
                finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in finished:
                    if future.exception() is not None:
                        self._stop.set()
                for future in futures:
                    future.result()
            except KeyboardInterrupt:
                self._stop.set()
                self._report("sample", *self._progress("sample"), "stopping after the draws under way")
                with _deaf_to_interrupts():
                    pool.shutdown(wait=True, cancel_futures=True)
        return [Trace(*(np.concatenate(parts) for parts in zip(*t, strict=True))) for t in traces if t]

    def warm_up_share(self) -> float:
        """Share of all gradients that went into warm-up."""
        total = sum(self._gradients.values())
        return self._gradients["warm-up"] / total if total else 0.0

    def _count(self, chain: int, trace: HostTrace) -> None:
        with self._lock:
            warm = self._done[chain] < self._warm_up
            self._done[chain] += BLOCK
            self._gradients["warm-up" if warm else "sample"] += float(trace.n_steps.sum())
            # Chains wait for a thread: some sample before others have ended their warm-up.
            phase = "warm-up" if max(self._done) <= self._warm_up else "sample"
            note = (
                f"chain {chain + 1}: {trace.n_steps.mean():.0f} gradients a draw, "
                f"step {trace.step_size[-1]:.2f}, {int(trace.diverging.sum())} divergent of {BLOCK}"
            )
            self._report(phase, *self._progress(phase), note)

    def _progress(self, phase: str) -> tuple[int, int]:
        per_chain = self._warm_up if phase == "warm-up" else self._settings.draws
        offset = 0 if phase == "warm-up" else self._warm_up
        return sum(min(max(n - offset, 0), per_chain) for n in self._done), per_chain * len(self._done)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A second Ctrl-C while the last draws finish must not lose the first ones."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _gather(
    traces: list[HostTrace], skip: int, draws: int, coordinates: Coordinates, *, finished: bool
) -> Chains:
    ready = [t for t in traces if len(t.z) > skip]
    count = min((len(t.z) - skip for t in ready), default=0)
    kept = slice(skip, skip + min(count, draws))
    if not ready:
        return Chains(np.zeros((0, 0, len(coordinates.centre))), {}, finished)
    stack = {name: np.stack([getattr(t, name)[kept] for t in ready]) for name in Trace._fields}
    statistics = {
        "diverging": stack["diverging"].astype(bool),
        "energy": stack["energy"],
        "n_steps": stack["n_steps"],
        "acceptance_rate": stack["acceptance_rate"],
        "step_size": stack["step_size"],
        "lp": -stack["potential"],
        "tree_depth": np.ceil(np.log2(stack["n_steps"] + 1.0)).astype(int),
    }
    return Chains(unconstrained(stack["z"], coordinates), statistics, finished)
