"""Markov chains: a thread per core, a warm-up that pools all chains, draws in blocks that can be watched."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float

from windup.fit.execution.progress import Progress
from windup.fit.sampling.chains.checkpoint import Checkpoint, SamplerState, draws_so_far
from windup.fit.sampling.chains.drawn import Drawn
from windup.fit.sampling.chains.evidence import Evidence
from windup.fit.sampling.chains.modes import Mode
from windup.fit.sampling.chains.threads import ChainThreads
from windup.fit.sampling.chains.until import Plan, Stop
from windup.fit.sampling.kernels.kernel import BLOCK, HostTrace, Kernel, Lowered
from windup.fit.sampling.kernels.single_precision import SingleError
from windup.fit.sampling.target.coordinates import Coordinates, rewhitened, unconstrained
from windup.fit.settings.samplers import Chain

# numpyro's adaptation first tries steps towards ten times the given one; after a phase twice is enough.
TRIED = 0.2
# How far around the start chains begin, in its standard deviations.
DISPERSION = 0.5
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
    stop
        Of a run until convergence: why it ended, and when each check first held.
    cut
        Sites in which the gradient is no number at points where the density is one.
    begun
        What is recorded of a start from an earlier run, as JSON.
    evidence
        Of nested sampling: the log evidence, and how well it is known.
    """

    unconstrained: Float[np.ndarray, "chain draw parameters"]
    statistics: dict[str, Float[np.ndarray, "chain draw"]]
    finished: bool
    pareto_k: float | None = None
    modes: tuple[Mode, ...] = ()
    single_error: SingleError | None = None
    stop: Stop | None = None
    cut: tuple[str, ...] = ()
    begun: str = ""
    evidence: Evidence | None = None


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
    points = start.centre + DISPERSION * noise @ start.root.T
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
    plan: Plan | None = None,
) -> Chains:
    """Draw from the posterior.

    Warm-up runs in phases of growing length. After each, the coordinates are fitted again to the draws and
    gradients of all chains (`windup.fit.sampling.target.coordinates.rewhitened`); the last phase only tunes
    the step size. From then on nothing is shared: chains are independent given their coordinates and their
    tuning, and a draw does not depend on how many follow.

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
        Kept up to date after whole blocks, so that a run that is cut off loses a minute at most; at the end
        it holds the last state, from which draws can be added.
    progress
        Progress, in draws of all chains.
    clock
        The seconds of ``warm-up`` and ``sample`` are added to it.
    plan
        How long to go on; as many draws as the settings ask for by default.
    """
    warmup = standing.warmup or settings.warmup
    phases = warm_up_phases(-(-warmup // BLOCK))
    plan = plan or Plan(settings)
    most = plan.most(standing.modes)
    threads = ChainThreads(
        kernel,
        settings,
        warmup=warmup,
        draws=most,
        seconds=plan.seconds,
        spent=standing.seconds,
        checkpoint=checkpoint,
        progress=progress,
        clock=clock,
    )
    for number in range(standing.phase, len(phases)):
        last = number == len(phases) - 1
        key = jax.random.fold_in(rng_key, 1 + number)
        length = phases[number] * BLOCK
        standing = threads.phase(
            key,
            standing,
            length,
            before=sum(phases[:number]) * BLOCK,
            adapting=length if last else None,
        )
        if threads.stopped:
            return Chains(np.zeros((0, 0, len(standing.coordinates.centre))), {}, finished=False)
        traces = [part.trace for part in standing.chains if part]
        standing = _with_one_step(standing, traces) if last else _rewhitened(standing, traces)
    key, warm_up = jax.random.fold_in(rng_key, 1 + len(phases)), sum(phases) * BLOCK
    checkpoint.begin_draws(standing, most)
    count, stop = 0, None
    while stop is None and not threads.stopped:
        count = plan.next(count, most)
        standing = threads.phase(key, standing, count, before=warm_up, adapting=0)
        if not threads.stopped:
            stop = plan.stop_at(standing, count, most, out_of_time=threads.out_of_time)
    if stop is not None:
        checkpoint.write(standing, clock, drawing=True)
        count = stop.draws
    drawn = draws_so_far(standing, min(count, standing.length))
    return _chains(drawn, standing, stop, plan)


def _chains(drawn: Drawn, standing: SamplerState, stop: Stop | None, plan: Plan) -> Chains:
    return Chains(
        drawn.unconstrained,
        drawn.statistics,
        finished=stop is not None,
        modes=standing.modes,
        stop=stop if plan.until else None,
        begun=standing.begun,
    )


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
    return _next(standing, traces, coordinates, TRIED)


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
