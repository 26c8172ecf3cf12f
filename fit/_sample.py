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

from ._checkpoint import Checkpoint, Part, Standing
from ._coordinates import Coordinates, Vector, rewhitened, unconstrained
from ._density import ValueAndGradient
from ._kernel import BLOCK, HostTrace, Kernel, State, Trace
from ._progress import Report
from ._settings import Sampling

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


def first_standing(rng_key: Array, start: Coordinates, settings: Sampling) -> Standing:
    """Chains dispersed around a start, before their first phase."""
    shape = (settings.chains, len(start.centre))
    noise = np.asarray(jax.random.normal(jax.random.fold_in(rng_key, 0), shape))
    points = start.centre + _DISPERSION * noise @ start.root.T
    return Standing(0, start, _STEP_SIZE, points, (None,) * settings.chains)


def sample(
    rng_key: Array,
    kernel: Kernel,
    density: ValueAndGradient,
    standing: Standing,
    settings: Sampling,
    *,
    checkpoint: Checkpoint,
    report: Report,
    clock: dict[str, float],
) -> Chains:
    """Draw from the posterior.

    Warm-up runs in phases of growing length. After each, the coordinates are fitted anew to the draws and
    gradients of all chains (`windup.fit._coordinates.rewhitened`); the last phase only tunes the step size.
    From then on nothing is shared: chains are independent given their coordinates and their step.

    Parameters
    ----------
    rng_key
        The same key and settings give the same draws on the same machine.
    kernel, density
        The compiled sampler, and the compiled density with its gradient.
    standing
        Where to go on: `first_standing`, or what a checkpoint holds.
    settings
        Chains, warm-up, draws, acceptance target, tree depth.
    checkpoint
        Kept up to date after whole blocks, so that a run that is cut off loses a minute at most.
    report
        Progress, in draws of all chains.
    clock
        The seconds of ``warm-up`` and ``sample`` are added to it.
    """
    phases = warm_up_phases(-(-settings.warmup // BLOCK))
    run = _Run(kernel, density, settings, checkpoint, report, clock, sum(phases[: standing.phase]))
    for number in range(standing.phase, len(phases)):
        last = number == len(phases) - 1
        key = jax.random.fold_in(rng_key, 1 + number)
        traces = run.phase(key, standing, phases[number], adapting=phases[-1] * BLOCK if last else None)
        if run.stopped:
            return _gather([], 0, standing.coordinates, finished=False)
        standing = _with_one_step(standing, traces) if last else _rewhitened(standing, traces)
    key = jax.random.fold_in(rng_key, 1 + len(phases))
    traces = run.phase(key, standing, -(-settings.draws // BLOCK), adapting=0)
    return _gather(traces, settings.draws, standing.coordinates, finished=not run.stopped)


def _with_one_step(standing: Standing, traces: list[HostTrace]) -> Standing:
    """The draws after warm-up: one step size for all chains.

    Their own differ by the luck of a few dozen draws, and a chain with too long a step would miss what
    another finds.
    """
    return _next(standing, traces, standing.coordinates, 1.0)


def _rewhitened(standing: Standing, traces: list[HostTrace]) -> Standing:
    """The phase after one that has ended, in coordinates fitted to its draws."""
    settled = [slice(len(t.z) // _FORGOTTEN, None) for t in traces]
    coordinates = rewhitened(
        standing.coordinates,
        np.concatenate([t.z[kept] for t, kept in zip(traces, settled, strict=True)]),
        np.concatenate([t.gradient[kept] for t, kept in zip(traces, settled, strict=True)]),
    )
    return _next(standing, traces, coordinates, _TRIED)


def _next(standing: Standing, traces: list[HostTrace], coordinates: Coordinates, share: float) -> Standing:
    """Chains go on where they are, with a share of the geometric mean of their step sizes."""
    points = np.stack([unconstrained(t.z[-1], standing.coordinates) for t in traces])
    step_size = share * float(np.exp(np.mean([np.log(t.step_size[-1]) for t in traces])))
    return Standing(standing.phase + 1, coordinates, step_size, points, (None,) * len(points))


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
    """Runs phases of all chains, counts what is done, keeps it on disk and listens for Ctrl-C."""

    def __init__(
        self,
        kernel: Kernel,
        density: ValueAndGradient,
        settings: Sampling,
        checkpoint: Checkpoint,
        report: Report,
        clock: dict[str, float],
        blocks_before: int,
    ) -> None:
        self._kernel, self._density, self._settings = kernel, density, settings
        self._checkpoint, self._report, self._clock = checkpoint, report, clock
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._done = [blocks_before * BLOCK] * settings.chains
        self._warm_up = -(-settings.warmup // BLOCK) * BLOCK
        self._looked = time.monotonic()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def phase(
        self, rng_key: Array, standing: Standing, blocks: int, *, adapting: int | None = None
    ) -> list[HostTrace]:
        """Draws of every chain; fewer, down to none, when stopped."""
        settings, kernel = self._settings, self._kernel
        states: list[State] = [None] * settings.chains
        traces: list[list[HostTrace]] = [[] for _ in range(settings.chains)]
        for number, part in enumerate(standing.chains):
            if part is not None:
                states[number], traces[number] = kernel.unpack(part.state), [part.trace]
                self._done[number] += len(part.trace.z)

        def keep() -> None:
            chains = [
                Part(kernel.pack(state), _joined(parts)) if parts else None
                for state, parts in zip(states, traces, strict=True)
            ]
            self._checkpoint.write(standing._replace(chains=tuple(chains)), self._clock)

        def chain(number: int) -> None:
            state = states[number]
            if state is None:
                key = jax.random.fold_in(rng_key, number)
                point: Vector = standing.points[number]
                begun = self._density, point, standing.coordinates, standing.step_size, adapting
                state = kernel.begin(key, *begun)
            while sum(len(trace.z) for trace in traces[number]) < blocks * BLOCK:
                if self._stop.is_set():
                    return
                state, trace = kernel.block(state, standing.coordinates)
                with self._lock:
                    states[number] = state
                    traces[number].append(trace)
                    self._count(number, trace)
                    if self._checkpoint.due():
                        keep()

        self._looked = time.monotonic()
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
                    keep()
        return [_joined(parts) for parts in traces if parts]

    def _count(self, chain: int, trace: HostTrace) -> None:
        now = time.monotonic()
        phase = "warm-up" if self._done[chain] < self._warm_up else "sample"
        self._clock[phase] = self._clock.get(phase, 0.0) + now - self._looked
        self._looked = now
        self._done[chain] += BLOCK
        note = (
            f"chain {chain + 1}: {trace.n_steps.mean():.0f} gradients a draw, "
            f"step {trace.step_size[-1]:.2f}, {int(trace.diverging.sum())} divergent of {BLOCK}"
        )
        self._report(phase, *self._progress(phase), note)

    def _progress(self, phase: str) -> tuple[int, int]:
        per_chain = self._warm_up if phase == "warm-up" else self._settings.draws
        offset = 0 if phase == "warm-up" else self._warm_up
        return sum(min(max(n - offset, 0), per_chain) for n in self._done), per_chain * len(self._done)


def _joined(traces: list[HostTrace]) -> HostTrace:
    return Trace(*(np.concatenate(parts) for parts in zip(*traces, strict=True)))


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


def _gather(traces: list[HostTrace], draws: int, coordinates: Coordinates, *, finished: bool) -> Chains:
    if not traces:
        return Chains(np.zeros((0, 0, len(coordinates.centre))), {}, finished)
    count = min(draws, *(len(t.z) for t in traces))
    stack = {name: np.stack([getattr(t, name)[:count] for t in traces]) for name in Trace._fields}
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
