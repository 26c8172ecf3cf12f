"""Markov chains: a thread per core, a warm-up that pools all chains, draws in blocks that can be watched."""

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

from windup.fit.execution.progress import Progress
from windup.fit.sampling.chains.checkpoint import ChainGroup, Checkpoint, SamplerState
from windup.fit.sampling.chains.modes import Mode
from windup.fit.sampling.kernels.kernel import BLOCK, HostTrace, Kernel, Lowered, State, Trace
from windup.fit.sampling.kernels.single_precision import SingleError
from windup.fit.sampling.target.coordinates import Coordinates, rewhitened, unconstrained
from windup.fit.settings.samplers import Chain

# numpyro's adaptation first tries steps towards ten times the given one; after a phase twice is enough.
_TRIED = 0.2
# How far around the start chains begin, in its standard deviations.
_DISPERSION = 0.5
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
    pareto_k
        Of an approximation: shape of the tail of its importance weights.
    modes
        Separate modes that were found before sampling, where several starts were tried.
    single_error
        Of chains that moved in single precision: what that did to the density.
    """

    unconstrained: Float[np.ndarray, "chain draw parameters"]
    statistics: dict[str, Float[np.ndarray, "chain draw"]]
    finished: bool
    pareto_k: float | None = None
    modes: tuple[Mode, ...] = ()
    single_error: SingleError | None = None


def first_standing(
    rng_key: Array,
    start: Coordinates,
    settings: Chain,
    lowered: Lowered,
    modes: tuple[Mode, ...] = (),
) -> SamplerState:
    """Chains dispersed around a start, before their first phase; those of a superchain begin together.

    With several modes the starts take turns at them, so that chains which cannot cross disagree.
    """
    groups = settings.chains // lowered.width
    shape = (groups, lowered.starts, len(start.centre))
    noise = np.asarray(jax.random.normal(jax.random.fold_in(rng_key, 0), shape))
    points = start.centre + _DISPERSION * noise @ start.root.T
    if len(modes) > 1:
        turns = np.resize(np.array([mode.point for mode in modes]), shape)
        points = points - start.centre + turns
    together = np.repeat(points, lowered.width // lowered.starts, axis=1)
    return SamplerState(0, start, lowered.tuning, together, (None,) * groups, modes)


def sample(
    rng_key: Array,
    kernel: Kernel,
    standing: SamplerState,
    settings: Chain,
    *,
    checkpoint: Checkpoint,
    progress: Progress,
    clock: dict[str, float],
) -> Chains:
    """Draw from the posterior.

    Warm-up runs in phases of growing length. After each, the coordinates are fitted again to the draws and
    gradients of all chains (`windup.fit.sampling.target.coordinates.rewhitened`); the last phase only tunes
    the step size. From then on nothing is shared: chains are independent given their coordinates and their
    tuning.

    Parameters
    ----------
    rng_key
        The same key and settings give the same draws on the same machine.
    kernel
        The compiled sampler.
    standing
        Where to go on: `first_standing`, or what a checkpoint holds.
    settings
        Chains, warm-up, draws.
    checkpoint
        Kept up to date after whole blocks, so that a run that is cut off loses a minute at most.
    progress
        Progress, in draws of all chains.
    clock
        The seconds of ``warm-up`` and ``sample`` are added to it.
    """
    phases = warm_up_phases(-(-settings.warmup // BLOCK))
    run = _Run(kernel, settings, checkpoint, progress, clock, sum(phases[: standing.phase]))
    for number in range(standing.phase, len(phases)):
        last = number == len(phases) - 1
        key = jax.random.fold_in(rng_key, 1 + number)
        length = phases[number] * BLOCK
        traces = run.phase(key, standing, length, adapting=length if last else None)
        if run.stopped:
            return _gather([], 0, standing, finished=False)
        standing = _with_one_step(standing, traces) if last else _rewhitened(standing, traces)
    key = jax.random.fold_in(rng_key, 1 + len(phases))
    traces = run.phase(key, standing, settings.draws, adapting=0)
    return _gather(traces, settings.draws, standing, finished=not run.stopped)


def _with_one_step(standing: SamplerState, traces: list[HostTrace]) -> SamplerState:
    """The draws after warm-up: one step size for all chains.

    Their own differ by the luck of a few dozen draws, and a chain with too long a step would miss what
    another finds.
    """
    return _next(standing, traces, standing.coordinates, 1.0)


def _rewhitened(standing: SamplerState, traces: list[HostTrace]) -> SamplerState:
    """The phase after one that has ended, in coordinates fitted to its draws."""
    settled = [slice(len(t.z) // _FORGOTTEN, None) for t in traces]
    size = len(standing.coordinates.centre)
    coordinates = rewhitened(
        standing.coordinates,
        np.concatenate([t.z[late].reshape(-1, size) for t, late in zip(traces, settled, strict=True)]),
        np.concatenate([t.gradient[late].reshape(-1, size) for t, late in zip(traces, settled, strict=True)]),
    )
    return _next(standing, traces, coordinates, _TRIED)


def _next(
    standing: SamplerState, traces: list[HostTrace], coordinates: Coordinates, share: float
) -> SamplerState:
    """Chains go on where they are, with the geometric mean of their tunings and a share of its step size."""
    points = np.stack([unconstrained(t.z[-1], standing.coordinates) for t in traces])
    tuning = np.exp(np.mean([np.log(t.tuning[-1]) for t in traces], axis=(0, 1)))
    tuning[0] *= share
    return standing._replace(
        phase=standing.phase + 1,
        coordinates=coordinates,
        tuning=tuning,
        points=points,
        chains=(None,) * len(points),
    )


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
        settings: Chain,
        checkpoint: Checkpoint,
        progress: Progress,
        clock: dict[str, float],
        blocks_before: int,
    ) -> None:
        self._kernel, self._settings = kernel, settings
        self._checkpoint, self._progress, self._clock = checkpoint, progress, clock
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._before = blocks_before * BLOCK
        self._done: list[int] = []
        self._warm_up = -(-settings.warmup // BLOCK) * BLOCK
        self._looked = time.monotonic()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def phase(
        self, rng_key: Array, standing: SamplerState, draws: int, *, adapting: int | None = None
    ) -> list[HostTrace]:
        """Draws of every group of chains that move together; fewer, down to none, when stopped."""
        kernel, groups = self._kernel, len(standing.chains)
        states: list[State] = [None] * groups
        traces: list[list[HostTrace]] = [[] for _ in range(groups)]
        self._done = [self._before] * groups
        self._before += draws
        for number, part in enumerate(standing.chains):
            if part is not None:
                states[number], traces[number] = kernel.unpack(part.state), [part.trace]
                self._done[number] += len(part.trace.z)

        def keep() -> None:
            chains = [
                ChainGroup(kernel.pack(state), _joined(parts)) if parts else None
                for state, parts in zip(states, traces, strict=True)
            ]
            self._checkpoint.write(standing._replace(chains=tuple(chains)), self._clock)

        def chain(number: int) -> None:
            state = states[number]
            if state is None:
                key, points = jax.random.fold_in(rng_key, number), standing.points[number]
                state = kernel.begin(key, points, standing.coordinates, standing.tuning, adapting)
            while sum(len(trace.z) for trace in traces[number]) < draws:
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
        with ThreadPoolExecutor(min(groups, os.cpu_count() or 1)) as pool:
            futures = [pool.submit(chain, number) for number in range(groups)]
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
                self._progress("sample", *self._done_of("sample"), "stopping after the draws under way")
                with _deaf_to_interrupts():
                    pool.shutdown(wait=True, cancel_futures=True)
                    keep()
        return [_joined(parts) for parts in traces if parts]

    def _count(self, chain: int, trace: HostTrace) -> None:
        now = time.monotonic()
        phase = "warm-up" if self._done[chain] < self._warm_up else "sample"
        self._clock[phase] = self._clock.get(phase, 0.0) + now - self._looked
        self._looked = now
        self._done[chain] += len(trace.z)
        who = f"chain {chain + 1}" if len(self._done) > 1 else f"{self._settings.chains} chains"
        note = (
            f"{who}: {trace.n_steps.mean():.0f} gradients a draw, "
            f"step {trace.tuning[-1, 0, 0]:.2f}, "
            f"{int(trace.diverging.sum())} divergent of {trace.diverging.size}"
        )
        self._progress(phase, *self._done_of(phase), note)

    def _done_of(self, phase: str) -> tuple[int, int]:
        per_chain = self._warm_up if phase == "warm-up" else self._settings.draws
        offset = 0 if phase == "warm-up" else self._warm_up
        width = self._settings.chains // len(self._done)
        done = sum(min(max(n - offset, 0), per_chain) for n in self._done)
        return width * done, width * per_chain * len(self._done)


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


def _gather(traces: list[HostTrace], draws: int, standing: SamplerState, *, finished: bool) -> Chains:
    if not traces:
        return Chains(np.zeros((0, 0, len(standing.coordinates.centre))), {}, finished)
    count = min(draws, *(len(t.z) for t in traces))
    # Chains first, then draws.
    stack = {
        name: np.concatenate([np.swapaxes(getattr(t, name)[:count], 0, 1) for t in traces])
        for name in Trace._fields
    }
    statistics = {
        "diverging": stack["diverging"].astype(bool),
        "energy": stack["energy"],
        "n_steps": stack["n_steps"],
        "acceptance_rate": stack["acceptance_rate"],
        "step_size": stack["tuning"][..., 0],
        "lp": -stack["potential"],
    }
    if stack["tuning"].shape[-1] == 1:
        statistics["tree_depth"] = np.ceil(np.log2(stack["n_steps"] + 1.0)).astype(int)
    else:
        statistics["trajectory_length"] = stack["tuning"][..., 1]
    x = unconstrained(stack["z"], standing.coordinates)
    return Chains(x, statistics, finished, modes=standing.modes)
