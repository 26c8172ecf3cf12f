"""The posterior of a problem as a target of samplers, and draws from its prior."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array
from numpyro import handlers
from numpyro.distributions import constraints

from ._model import posterior_model, prior_strengths, sample_sites
from ._problem import Draw, Problem
from ._target import Site, Target, sampled_sites, sites_of, target_of


def build_target(problem: Problem) -> Target:
    """Target density of a problem; nothing is solved here.

    Responses of drugs are 0 at the medians, so that no patient is needed to know where to begin.
    """
    responses = {drug.site: Site(constraints.real, jnp.zeros(())) for drug in problem.responding}
    return target_of(posterior_model, problem, sites=sites_of(sample_sites, problem) | responses)


def prior_draw(problem: Problem, rng_key: Array) -> Draw:
    """Parameters by name of one draw from the prior."""
    sites_key, strengths_key = jax.random.split(rng_key)
    sites = sampled_sites(handlers.seed(sample_sites, sites_key), problem)
    return {name: site["value"] for name, site in sites.items()} | prior_strengths(problem, strengths_key)
