"""A thread per group of chains: blocks of draws that are counted, kept on disk and can be stopped."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import final

import jax
import numpy as np
from jaxtyping import Array

from windup.fit.execution.progress import Progress
from windup.fit.sampling.chains.checkpoint import ChainGroup, Checkpoint, SamplerState
from windup.fit.sampling.kernels.kernel import BLOCK, HostTrace, Kernel, State, Trace
from windup.fit.settings.samplers import Chain


@final
class ChainThreads:
    """Runs phases of all chains, counts what is done, keeps it on disk and listens for Ctrl-C.

    Parameters
    ----------
    kernel
        The compiled sampler.
    settings
        Chains.
    warmup
        Iterations of warm-up.
    draws
        Largest number of draws of each chain, for the progress.
    seconds
        Wall time of warm-up and draws after which no block of draws begins, but for the first; None for no
        limit.
    spent
        How much of it has passed.
    checkpoint, progress, clock
        As for `windup.fit.sampling.chains.sample.sample`.
    """

    def __init__(
        self,
        kernel: Kernel,
        settings: Chain,
        *,
        warmup: int,
        draws: int,
        seconds: float | None,
        spent: float,
        checkpoint: Checkpoint,
        progress: Progress,
        clock: dict[str, float],
    ) -> None:
        self._kernel, self._settings, self._most = kernel, settings, draws
        self._checkpoint, self._progress, self._clock = checkpoint, progress, clock
        self._stop, self._late, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._done: list[int] = []
        self._warm_up = -(-warmup // BLOCK) * BLOCK
        self._limit, self._spent = seconds, spent
        self._began = self._looked = time.monotonic()

    @property
    def stopped(self) -> bool:
        """Whether the user stopped it."""
        return self._stop.is_set()

    @property
    def out_of_time(self) -> bool:
        """Whether chains ended because the time was over."""
        return self._late.is_set()

    @property
    def seconds(self) -> float:
        """Wall time of warm-up and draws so far."""
        return self._spent + time.monotonic() - self._began

    def phase(
        self, rng_key: Array, standing: SamplerState, draws: int, *, before: int, adapting: int | None = None
    ) -> SamplerState:
        """The state when every chain has at least so many draws of its phase; fewer when stopped.

        Parameters
        ----------
        rng_key
            Of the phase: the same however often it is gone on with.
        standing
            Where to go on.
        draws
            Number of draws of each chain, those before ``standing.chains`` among them.
        before
            Number of iterations of the phases before.
        adapting
            For how many draws the tuning adapts; None for all.
        """
        kernel, groups = self._kernel, len(standing.chains)
        states: list[State] = [None] * groups
        traces: list[list[HostTrace]] = [[] for _ in range(groups)]
        self._done = [before + standing.before] * groups
        for number, part in enumerate(standing.chains):
            if part is not None:
                states[number], traces[number] = kernel.unpack(part.state), [part.trace]
                self._done[number] += len(part.trace.z)
        drawing = before >= self._warm_up

        def chains() -> SamplerState:
            groups = tuple(
                ChainGroup(kernel.pack(state), _joined(parts)) if parts else None
                for state, parts in zip(states, traces, strict=True)
            )
            return standing._replace(chains=groups, seconds=self.seconds)

        def chain(number: int) -> None:
            state = states[number]
            if state is None:
                key, points = jax.random.fold_in(rng_key, number), standing.points[number]
                state = kernel.begin(key, points, standing.coordinates, standing.tuning, adapting)
            while standing.before + sum(len(trace.z) for trace in traces[number]) < draws:
                if self._stop.is_set() or (drawing and traces[number] and self._is_late()):
                    return
                state, trace = kernel.block(state, standing.coordinates)
                with self._lock:
                    states[number] = state
                    traces[number].append(trace)
                    self._count(number, trace)
                    if self._checkpoint.due():
                        self._checkpoint.write(chains(), self._clock, drawing=drawing)

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
                    self._checkpoint.write(chains(), self._clock, drawing=drawing)
        return chains()

    def _is_late(self) -> bool:
        if self._limit is not None and self.seconds >= self._limit:
            self._late.set()
        return self._late.is_set()

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
        per_chain = self._warm_up if phase == "warm-up" else self._most
        offset = 0 if phase == "warm-up" else self._warm_up
        width = self._settings.chains // len(self._done)
        done = sum(min(max(n - offset, 0), per_chain) for n in self._done)
        return width * done, width * per_chain * len(self._done)


def _joined(traces: list[HostTrace]) -> HostTrace:
    return traces[0] if len(traces) == 1 else Trace(*(np.concatenate(p) for p in zip(*traces, strict=True)))


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
