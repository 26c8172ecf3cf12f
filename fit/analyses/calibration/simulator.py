"""What a calibration repeats: simulate, draw from the posterior of the data, name what was drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float
from numpyro.distributions import biject_to, constraints

from windup.fit.errors import ImpossiblePrior, Interrupted
from windup.fit.execution.progress import Progress, only
from windup.fit.problem.model import evaluate_sites, sample_sites
from windup.fit.problem.prior_predictive import Simulated, simulate
from windup.fit.problem.problem import Draw, Problem
from windup.fit.problem.target import build_target
from windup.fit.sampling.chains.checkpoint import Checkpoint
from windup.fit.sampling.chains.run import Programs, draw_chains
from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.target.coordinates import Draws, Vector
from windup.fit.sampling.target.sites import sites_of
from windup.fit.sampling.target.target import Target
from windup.fit.settings.samplers import Nuts

# Draws from the joint until one could be solved.
_ATTEMPTS = 100


class Pair(NamedTuple):
    """Unconstrained parameters, and data that they gave."""

    truth: Float[np.ndarray, " parameters"]
    data: Any


class Simulator(NamedTuple):
    """One way to simulate a data set and to fit it.

    Attributes
    ----------
    simulate
        From a key to parameters of the prior and data of the likelihood.
    draw
        From a key and data to draws from what should be the posterior.
    log_density
        Log posterior density of unconstrained parameters, but for a constant.
    named
        Parameters by name of unconstrained ones, with a leading dimension for draws.
    identity
        What must be the same for a calibration to continue, each part under the name that a user gives it.
    """

    simulate: Callable[[Array], Pair]
    draw: Callable[[Array, Any], Chains]
    log_density: Callable[[Vector, Any], float]
    named: Callable[[Draws], dict[str, np.ndarray]]
    identity: dict[str, str]


def problem_experiment(
    problem: Problem,
    sampler: Nuts,
    *,
    progress: Progress,
    simulator: Callable[[Array, Problem], Simulated] = simulate,
) -> Simulator:
    """The experiment of a model on its trials: everything is compiled once, for all replicates.

    Parameters
    ----------
    problem
        Model and trials. Their design stays; their observations are replaced.
    sampler
        Settings of the sampler.
    progress
        Called when compiling begins.
    simulator
        From a key to parameters and data; a wrong one is how this check is checked.
    """
    target = build_target(problem)
    supports = {name: site.support for name, site in sites_of(sample_sites, problem).items()}

    @jax.jit
    def simulated(key: Array) -> tuple[Simulated, Array]:
        simulation = simulator(key, problem)
        return simulation, unconstrained_sites(simulation.sites, supports)

    def pair(rng_key: Array) -> Pair:
        for attempt in range(_ATTEMPTS):
            simulation, truth = simulated(jax.random.fold_in(rng_key, attempt))
            if simulation.possible:
                return Pair(np.asarray(truth), (simulation.observed,))
        raise ImpossiblePrior(
            f"None of {_ATTEMPTS} draws from the prior of '{problem.model.name}' could be solved on these "
            "trials; look at its priors."
        )

    def named(x: Array) -> Draw:
        return evaluate_sites(problem, target.constrain(x))[0]

    return target_experiment(target, sampler, pair, named, progress=progress)


def target_experiment(
    target: Target,
    sampler: Nuts,
    pair: Callable[[Array], Pair],
    named: Callable[[Array], Draw],
    *,
    progress: Progress,
) -> Simulator:
    """The experiment of a target with data.

    Parameters
    ----------
    target, sampler
        Density, and settings of the sampler.
    pair
        From a key to parameters and data.
    named
        Parameters by name of an unconstrained vector.
    progress
        Called when compiling begins.
    """
    progress("compile", 0, 0)
    programs, each = Programs(target, sampler), jax.jit(jax.vmap(named))

    def draw(rng_key: Array, data: Any) -> Chains:
        drawn = draw_chains(
            rng_key,
            programs,
            data,
            starts=np.asarray(target.initial)[None],
            checkpoint=Checkpoint(None, {}),
            resume_from=None,
            progress=only(progress, "compile"),
            clock={},
        )
        if not drawn.finished:
            raise Interrupted(None)
        return drawn

    return Simulator(
        pair,
        draw,
        lambda x, data: -programs.density(data)(x)[0],
        lambda x: jax.tree.map(np.asarray, each(jnp.asarray(x))),
        {"the program of the model and its sampler": programs.lowered.program[:12]},
    )


def unconstrained_sites(sites: Draw, supports: dict[str, Any]) -> Array:
    """Vector of the sites in the order of the target; responses of drugs are real numbers."""
    free = {name: biject_to(supports.get(name, constraints.real)).inv(x) for name, x in sites.items()}
    return ravel_pytree(free)[0]
