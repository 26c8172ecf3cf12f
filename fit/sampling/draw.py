"""Draws of any sampler: one interface, one result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.errors import Interrupted, SettingsError
from windup.fit.execution.process import quiet_linear_algebra
from windup.fit.execution.progress import COMPILING, Progress
from windup.fit.sampling.approximations.nested import draw_nested
from windup.fit.sampling.approximations.normal import draw_laplace, draw_pathfinder, draw_variational
from windup.fit.sampling.approximations.tempered import draw_tempered
from windup.fit.sampling.chains.add import AddTo
from windup.fit.sampling.chains.checkpoint import Checkpoint
from windup.fit.sampling.chains.modes import Mode
from windup.fit.sampling.chains.run import Programs, add_seconds, draw_chains
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.chains.store import DrawStore
from windup.fit.sampling.chains.until import Plan
from windup.fit.sampling.chains.warm import Warm
from windup.fit.sampling.target.quantities import quantities_of
from windup.fit.sampling.target.target import Target
from windup.fit.settings.samplers import (
    Hmc,
    Laplace,
    ManyChains,
    NestedSampling,
    Nuts,
    Pathfinder,
    Sampler,
    SequentialMonteCarlo,
    Variational,
)
from windup.fit.settings.until_converged import UntilConverged
from windup.fit.storage.formats import as_plain


def attributes_of(chains: Chains, target: Target) -> dict[str, str]:
    """What is known of draws beside them, as attributes of a tree: JSON."""
    attributes = {} if chains.pareto_k is None else {"pareto_k": _text(chains.pareto_k)}

    if chains.stop is not None:
        attributes["stop"] = _text(chains.stop._asdict())
    if chains.begun:
        attributes["start"] = chains.begun
    if chains.cut:
        attributes["gradient_cut"] = _text(list(chains.cut))
    if chains.single_error is not None:
        attributes["single_precision"] = _text(chains.single_error._asdict())

    if chains.evidence is not None:
        runs = [run._asdict() for run in chains.evidence.runs]
        attributes["evidence"] = _text({**chains.evidence._asdict(), "runs": runs})

    def described(mode: Mode) -> dict[str, Any]:
        sites = target.constrain(jnp.asarray(mode.point))
        return {"share": mode.share, "at": {name: np.asarray(x).tolist() for name, x in sites.items()}}

    if len(chains.modes) > 1:
        attributes["modes"] = _text([described(mode) for mode in chains.modes])
    return attributes


def _text(value: Any) -> str:
    return json.dumps(as_plain(value), allow_nan=False)


def draw(
    rng_key: Array,
    target: Target,
    sampler: Sampler,
    *,
    starts: Float[np.ndarray, "starts parameters"],
    identity: Callable[[str], Mapping[str, str]],
    checkpoint: Path | None,
    resume_from: Path | None,
    progress: Progress,
    clock: dict[str, float],
    add_to: AddTo | None = None,
    until: UntilConverged | None = None,
    warm: Warm | None = None,
    store: DrawStore | None = None,
) -> Chains:
    """Draws from a target.

    Parameters
    ----------
    rng_key
        The same key and settings give the same draws on the same machine.
    target
        Density.
    sampler
        Which sampler, and its settings.
    starts
        Where the search for a start may begin, unconstrained.
    identity
        What must be the same for a resumed run, given the digest of the compiled program.
    checkpoint, resume_from
        Files to keep the state in and to go on from; samplers of Markov chains only.
    progress
        Called with the progress.
    clock
        The seconds of each phase are added to it.
    add_to
        A finished run to which draws are added; samplers of Markov chains only.
    until
        Limits of a run until convergence; None for as many draws as the sampler has.
    warm
        A start from an earlier posterior; samplers of Markov chains only.
    store
        Where draws go while chains run; samplers of Markov chains only.

    Raises
    ------
    Interrupted
        When the user stopped it before there was anything to keep.
    SettingsError
        When a sampler that keeps no state is asked to go on.
    """
    with quiet_linear_algebra():
        if isinstance(sampler, Nuts | Hmc | ManyChains):
            progress("compile", 0, 0, COMPILING)
            began = time.monotonic()
            programs = Programs(target, sampler)
            add_seconds(clock, "compile", began)
            progress_file = Checkpoint(checkpoint, identity(programs.lowered.program), store=store)
            plan = Plan(sampler, until, quantities_of(target) if until else None)
            return draw_chains(
                rng_key,
                programs,
                target.data,
                starts=starts,
                checkpoint=progress_file,
                resume_from=resume_from,
                progress=progress,
                clock=clock,
                add_to=add_to,
                plan=plan,
                warm=warm,
            )
        if resume_from is not None:
            raise SettingsError(
                f"{type(sampler).__name__} has no checkpoint to resume from; start again without --resume."
            )
        if store is not None:
            raise SettingsError(
                f"{type(sampler).__name__} has its draws at its end; leave draws_to out, or use Nuts, Hmc or "
                "ManyChains."
            )
        if warm is not None:
            raise SettingsError(
                f"{type(sampler).__name__} does not start from a run; leave start out, or use Nuts, Hmc or "
                "ManyChains."
            )
        if add_to is not None:
            raise SettingsError(
                f"{type(sampler).__name__} keeps no state, so that no draws can be added; ask for more draws."
            )
        began = time.monotonic()
        try:
            match sampler:
                case Laplace():
                    chains = draw_laplace(rng_key, target, sampler, starts, progress)
                case Pathfinder():
                    chains = draw_pathfinder(rng_key, target, sampler, progress)
                case Variational():
                    chains = draw_variational(rng_key, target, sampler, starts, progress)
                case SequentialMonteCarlo():
                    chains = draw_tempered(rng_key, target, sampler, progress)
                case NestedSampling():
                    chains = draw_nested(rng_key, target, sampler, progress)
        except KeyboardInterrupt:
            raise Interrupted(None) from None
        add_seconds(clock, "sample", began)
        return chains
