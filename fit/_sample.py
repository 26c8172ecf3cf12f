"""NUTS in whitened coordinates: a thread per core, draws in blocks so that work can be watched."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpyro.infer import NUTS

from ._progress import Report
from ._settings import Settings
from ._start import Start
from ._target import Target

# Draws between two looks at the clock and the stop flag.
BLOCK = 20


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


class _Trace(NamedTuple):
    z: Array
    diverging: Array
    energy: Array
    n_steps: Array
    acceptance_rate: Array
    step_size: Array
    potential: Array


def sample(
    rng_key: Array,
    target: Target,
    start: Start,
    settings: Settings,
    *,
    report: Report,
    clock: dict[str, float],
) -> Chains:
    """Draw from the posterior.

    Parameters
    ----------
    rng_key
        Chains get their own keys by folding in their number: a chain's draws do not depend on how many run
        beside it.
    target, start
        Density and coordinates.
    settings
        Chains, warm-up, draws, acceptance target, tree depth.
    report
        Progress, in draws of all chains.
    clock
        Filled with the seconds of ``compile``, ``warm-up`` and ``sample``.
    """
    import time

    mode, root = jnp.asarray(start.mode), jnp.asarray(start.root)
    kernel = NUTS(
        potential_fn=lambda y: target.potential(mode + root @ y),
        dense_mass=False,
        target_accept_prob=settings.target_accept,
        max_tree_depth=settings.max_tree_depth,
        step_size=0.2,
    )

    def block(state: Any) -> tuple[Any, _Trace]:
        def one(state: Any, _: None) -> tuple[Any, _Trace]:
            state = kernel.sample(state, (), {})
            return state, _Trace(
                state.z,
                state.diverging,
                state.energy,
                state.num_steps,
                state.accept_prob,
                state.adapt_state.step_size,
                state.potential_energy,
            )

        return jax.lax.scan(one, state, None, length=BLOCK)

    began = time.monotonic()
    report("compile", 0, 0)
    # Chains begin around the mode, spread as the Laplace approximation says, so that R-hat starts
    # overdispersed enough to notice a second mode nearby.
    keys = [jax.random.split(jax.random.fold_in(rng_key, chain)) for chain in range(settings.chains)]
    initialise = jax.jit(
        lambda pair: kernel.init(
            pair[0], settings.warmup, jax.random.normal(pair[1], mode.shape, mode.dtype), (), {}
        )
    )
    states = [initialise(pair) for pair in keys]
    compiled = jax.jit(block).lower(states[0]).compile()
    clock["compile"] = clock.get("compile", 0.0) + time.monotonic() - began

    total = settings.warmup + settings.draws
    blocks = -(-total // BLOCK)
    stop = threading.Event()
    done = [0] * settings.chains
    traces: list[list[_Trace]] = [[] for _ in range(settings.chains)]
    warm_until: list[float] = []
    lock = threading.Lock()

    def run(chain: int) -> None:
        state = states[chain]
        for _ in range(blocks):
            if stop.is_set():
                return
            state, trace = compiled(state)
            traces[chain].append(jax.tree.map(np.asarray, trace))
            with lock:
                done[chain] += BLOCK
                if done[chain] >= settings.warmup > done[chain] - BLOCK:
                    warm_until.append(time.monotonic())
                steps = float(traces[chain][-1].n_steps.mean())
                phase = "warm-up" if min(done) < settings.warmup else "sample"
                note = f"chain {chain + 1}: {steps:.0f} gradients a draw"
                report(phase, *_progress(done, settings, phase), note)

    sampling = time.monotonic()
    workers = min(settings.chains, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(run, chain) for chain in range(settings.chains)]
        try:
            for future in futures:
                future.result()
        except KeyboardInterrupt:
            stop.set()
            report("sample", *_progress(done, settings, "sample"), "stopping after the draws under way")
            with _deaf_to_interrupts():
                pool.shutdown(wait=True, cancel_futures=True)
    ended = time.monotonic()
    # Chains share cores, so warm-up of one runs beside draws of another: split by the share of iterations.
    share = _warm_share(traces, settings.warmup)
    clock["warm-up"] = share * (ended - sampling)
    clock["sample"] = (1.0 - share) * (ended - sampling)
    return _gather(traces, settings, start, finished=not stop.is_set())


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


def _progress(done: list[int], settings: Settings, phase: str) -> tuple[int, int]:
    per_chain = settings.warmup if phase == "warm-up" else settings.draws
    offset = 0 if phase == "warm-up" else settings.warmup
    return sum(min(max(n - offset, 0), per_chain) for n in done), per_chain * len(done)


def _warm_share(traces: list[list[_Trace]], warmup: int) -> float:
    steps = [np.concatenate([t.n_steps for t in chain]) for chain in traces if chain]
    total = sum(float(s.sum()) for s in steps)
    return sum(float(s[:warmup].sum()) for s in steps) / total if total else 0.0


def _gather(traces: list[list[_Trace]], settings: Settings, start: Start, *, finished: bool) -> Chains:
    started = [chain for chain in traces if chain]
    joined = [jax.tree.map(lambda *parts: np.concatenate(parts), *chain) for chain in started]
    ready = [t for t in joined if len(t.z) > settings.warmup]
    if len(ready) < len(traces) and finished:
        raise AssertionError("a finished chain has no draws")
    count = min((len(t.z) - settings.warmup for t in ready), default=0)
    count = min(count, settings.draws)
    kept = slice(settings.warmup, settings.warmup + count)
    stack = {
        name: np.stack([getattr(t, name)[kept] for t in ready]) if ready else np.zeros((0, 0))
        for name in _Trace._fields
    }
    z = stack["z"] if ready else np.zeros((0, 0, len(start.mode)))
    statistics = {
        "diverging": stack["diverging"].astype(bool),
        "energy": stack["energy"],
        "n_steps": stack["n_steps"],
        "acceptance_rate": stack["acceptance_rate"],
        "step_size": stack["step_size"],
        "lp": -stack["potential"],
        "tree_depth": np.ceil(np.log2(stack["n_steps"] + 1.0)).astype(int),
    }
    return Chains(start.mode + z @ start.root.T, statistics, finished)
