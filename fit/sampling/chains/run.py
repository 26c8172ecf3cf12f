"""From a target density to draws of Markov chains: compile, find a start, sample, keep up a checkpoint."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Array, Float

from windup.fit.diagnostics.convergence import MAX_DIVERGENCE_SHARE
from windup.fit.errors import Interrupted
from windup.fit.execution.progress import Progress
from windup.fit.sampling.chains.add import AddTo, state_of
from windup.fit.sampling.chains.checkpoint import Checkpoint
from windup.fit.sampling.chains.modes import modes_from
from windup.fit.sampling.chains.sample import Chains, first_standing, sample
from windup.fit.sampling.chains.start import drawn_in, find_start
from windup.fit.sampling.chains.until import Plan, superchains_of
from windup.fit.sampling.chains.warm import Warm, warm_standing
from windup.fit.sampling.kernels.hmc import lower_hmc
from windup.fit.sampling.kernels.kernel import Kernel, Lowered
from windup.fit.sampling.kernels.many_chains import lower_many_chains
from windup.fit.sampling.kernels.nuts import lower_nuts
from windup.fit.sampling.kernels.single_precision import error_of, single
from windup.fit.sampling.target.density import Density, compile_density
from windup.fit.sampling.target.starts import cut_between, usable_starts
from windup.fit.sampling.target.stored_gradient import with_stored_gradient
from windup.fit.sampling.target.target import Target
from windup.fit.settings.samplers import Hmc, ManyChains, Sampling

# Split R-hat halves every chain and needs two draws in each half.
_LEAST_DRAWS = 4


@final
class Programs:
    """The programs of a target and a sampler: traced on creation, compiled once, used for any data.

    Parameters
    ----------
    target
        Density.
    settings
        Sampler.
    """

    def __init__(self, target: Target, settings: Sampling | Hmc | ManyChains) -> None:
        self.settings = settings

        def lowered() -> Lowered:
            seen = target.rebuilt() if in_single else target
            if isinstance(settings, ManyChains):
                return lower_many_chains(seen, settings)
            seen = with_stored_gradient(seen)
            if isinstance(settings, Hmc):
                return lower_hmc(seen, settings)
            return lower_nuts(seen, settings)

        in_single = settings.precision == "float32"
        self.lowered = single(lowered) if in_single else lowered()
        self.target = target
        self._made: tuple[Density, Future[Callable[[Density], Kernel]]] | None = None

    def density(self, data: Any) -> Density:
        """Density of other data."""
        return dataclasses.replace(self._compiled()[0], data=data)

    def kernel(self, data: Any) -> Kernel:
        """Sampler of other data."""
        return self._compiled()[1].result()(self.density(data))

    def _compiled(self) -> tuple[Density, Future[Callable[[Density], Kernel]]]:
        if self._made is None:
            # The sampler compiles while the density does and while a start is sought.
            beside = ThreadPoolExecutor(1)
            kernel = beside.submit(self.lowered.compile)
            beside.shutdown(wait=False)
            self._made = compile_density(self.target), kernel
        return self._made


def draw_chains(
    rng_key: Array,
    programs: Programs,
    data: Any,
    *,
    starts: Float[np.ndarray, "starts parameters"],
    checkpoint: Checkpoint,
    resume_from: Path | None,
    progress: Progress,
    clock: dict[str, float],
    add_to: AddTo | None = None,
    plan: Plan | None = None,
    warm: Warm | None = None,
) -> Chains:
    """Markov chains on any target.

    Parameters
    ----------
    rng_key
        The same key and settings give the same draws on the same machine.
    programs
        Of the density and the sampler.
    data
        Data of the target, or others of the same shapes.
    starts
        Where the search for a start may begin, unconstrained.
    checkpoint
        What keeps the state.
    resume_from
        File of a run that was cut off.
    progress
        Called with the progress.
    clock
        The seconds of ``compile``, ``warm-up`` and ``sample`` are added to it.
    add_to
        A finished run to which draws are added.
    plan
        How many draws; as many as the settings ask for by default.
    warm
        A start from an earlier posterior instead of a search.

    Raises
    ------
    Interrupted
        When the user stopped it before there were four draws of every chain.
    RunFolderRefused
        When the run to resume or to add to was another one.
    NoStart
        When no start has a finite density and gradient.
    """
    settings = programs.settings
    # Before anything compiles: a run that is refused ends at once.
    held = None
    if resume_from is not None or add_to is not None:
        held = checkpoint.read(resume_from) if resume_from else state_of(add_to, checkpoint, settings)
    try:
        began = time.monotonic()
        density = programs.density(data)
        add_seconds(clock, "compile", began)
        began = time.monotonic()
        starts, cut = usable_starts(programs.target, density, starts, data)
        add_seconds(clock, "warm-up", began)
        if held is None:
            began = time.monotonic()
            if warm is not None:
                standing = warm_standing(rng_key, programs.target, warm, settings, programs.lowered)
                anchors = np.array([standing.coordinates.centre, starts[0]])
            else:
                start = find_start(density, starts, progress=progress)
                modes = modes_from(density, starts, progress=progress)
                standing = first_standing(rng_key, start, settings, programs.lowered, modes)
                anchors = np.array([start.centre, *(mode.point for mode in modes)])
            standing = standing._replace(points=drawn_in(density, standing.points, anchors))
            add_seconds(clock, "warm-up", began)
            checkpoint.write(standing, clock)
        else:
            standing, earlier = held
            standing = checkpoint.with_stored(standing)
            for name, seconds in earlier.items():
                clock[name] = clock.get(name, 0.0) + seconds
        began = time.monotonic()
        progress("compile", 0, 0)
        kernel = programs.kernel(data)
        add_seconds(clock, "compile", began)
        chains = sample(
            rng_key,
            kernel,
            standing,
            settings,
            checkpoint=checkpoint,
            progress=progress,
            clock=clock,
            plan=plan,
        )
    except KeyboardInterrupt:
        raise Interrupted(None) from None
    draws = chains.unconstrained.shape[1]
    if draws < _LEAST_DRAWS:
        raise Interrupted(None)
    if not cut and chains.statistics["diverging"].mean() > MAX_DIVERGENCE_SHARE:
        flat = chains.unconstrained.reshape(-1, chains.unconstrained.shape[-1])
        cut = cut_between(programs.target, density, flat)
    chains = chains._replace(cut=cut)
    superchain = superchains_of(settings)
    if superchain is not None:
        chains.statistics["superchain"] = np.repeat(superchain[:, None], draws, axis=1)
    if settings.precision == "float32":
        error = error_of(programs.density(data), chains.unconstrained, chains.statistics["lp"])
        chains = chains._replace(single_error=error)
    return chains


def add_seconds(clock: dict[str, float], phase: str, began: float) -> None:
    """Add the seconds since ``began`` to a phase."""
    clock[phase] = clock.get(phase, 0.0) + time.monotonic() - began
