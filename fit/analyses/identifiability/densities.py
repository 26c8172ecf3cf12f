"""The posterior density and the likelihood alone, as functions of the sampler's coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array
from numpyro import handlers
from numpyro.distributions import biject_to, constraints

from windup.fit.problem.meanings import WHITENED
from windup.fit.problem.model import draw_patients, sample_sites, values_without_drugs
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.coordinates import Vector
from windup.fit.sampling.target.density import Density, ValueAndGradient, compile_density
from windup.fit.sampling.target.sites import Site, sampled_sites, sites_of

# Effects and states of single studies given the parameters of their populations: part of the model.
_OF_STUDIES = (*WHITENED, "study_effects_", "study_precision_")


def is_of_studies(coordinate: str) -> bool:
    """Whether a coordinate is the latent of a single study (or of a single drug's spread).

    Examples
    --------
    >>> is_of_studies("enrolment_by_study[3]"), is_of_studies("central_time")
    (True, False)
    """
    return coordinate.startswith(_OF_STUDIES)


@final
@dataclass(frozen=True, eq=False)
class Densities:
    """Two densities of one vector; safe to call from several threads.

    Attributes
    ----------
    posterior
        Negative log posterior density and its gradient.
    likelihood
        The same without the priors of the mechanism's parameters. Those of the observation model stay (its
        spreads would else shrink to 0), as do the distributions of the latents of studies and the assumption
        that patients' states last.
    """

    posterior: ValueAndGradient
    likelihood: ValueAndGradient


def compile_evidence(problem: Problem) -> Densities:
    """Compile both densities of a problem."""
    target = build_target(problem)
    posterior = compile_density(target)
    log_prior = mechanism_log_prior(problem)
    program = jax.jit(jax.value_and_grad(lambda x, _: log_prior(x))).lower(target.initial, ()).compile()
    prior = Density(program, ())

    def likelihood(x: Vector) -> tuple[float, Vector]:
        value, gradient = posterior(x)
        of_prior, its_gradient = prior(x)
        return value + of_prior, gradient + its_gradient

    return Densities(posterior, likelihood)


def mechanism_log_prior(problem: Problem) -> Callable[[Array], Array]:
    """Log prior density of the mechanism's parameters alone, in unconstrained coordinates."""
    responses = {drug.site: Site(constraints.real, jnp.zeros(())) for drug in problem.responding}
    sites = sites_of(sample_sites, problem) | responses
    start = {name: site.start for name, site in sites.items()}
    _, unravel = ravel_pytree(start)
    mechanism = {parameter.name for parameter in problem.model.parameters()} | set(responses)

    def log_prior(x: Array) -> Array:
        loose = unravel(x)
        values = {name: biject_to(sites[name].support)(value) for name, value in loose.items()}
        total = jnp.zeros(())
        for name, site in sampled_sites(handlers.substitute(draw_patients, data=values), problem).items():
            if name in mechanism:
                volume = biject_to(sites[name].support).log_abs_det_jacobian(loose[name], values[name])
                total = total + jnp.sum(site["fn"].log_prob(values[name])) + jnp.sum(volume)
        return total

    return log_prior


def compile_log_gain(problem: Problem) -> ValueAndGradient:
    """Compile the log of the gain of all loops together, and its gradient, of the sampler's coordinates."""
    target = build_target(problem)

    def log_gain(x: Array, _: object) -> Array:
        values = values_without_drugs(problem, target.constrain(x))
        return jnp.log(problem.model.loop_gains(values)[1])

    return Density(jax.jit(jax.value_and_grad(log_gain)).lower(target.initial, ()).compile(), ())


def covariance_of(positions: np.ndarray) -> np.ndarray:
    """Covariance of draws of all coordinates, shrunk by what keeps it regular."""
    centred = positions - positions.mean(axis=0)
    covariance: np.ndarray = centred.T @ centred / (len(positions) - 1)
    share = min(0.5, covariance.shape[0] / (10.0 * len(positions)))
    shrunk: np.ndarray = (1.0 - share) * covariance + share * np.diag(np.diag(covariance))
    return shrunk
