"""The posterior of a problem as a target of samplers, and draws from its prior."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array
from numpyro import handlers
from numpyro.distributions import constraints

from ._fingerprint import fingerprint_of
from ._model import posterior_model, prior_strengths, sample_sites
from ._observed import Observed
from ._problem import Draw, Problem
from ._target import Site, Target, own, sampled_sites, sites_of, target_of


def build_target(problem: Problem) -> Target:
    """Target density of a problem, whose data are its observations; nothing is solved here.

    Responses of drugs are 0 at the medians, so that no patient is needed to know where to begin.
    """
    responses = {drug.site: Site(constraints.real, jnp.zeros(())) for drug in problem.responding}

    def model(observed: Observed) -> None:
        posterior_model(problem._replace(observed=observed))

    observed = jax.tree.map(jnp.asarray, problem.observed)
    target = target_of(model, data=(observed,), sites=sites_of(sample_sites, problem) | responses)
    return target._replace(rebuilt=lambda: build_target(own(problem)), fingerprint=fingerprint_of(problem))


def prior_draw(problem: Problem, rng_key: Array) -> Draw:
    """Parameters by name of one draw from the prior."""
    sites_key, strengths_key = jax.random.split(rng_key)
    sites = sampled_sites(handlers.seed(sample_sites, sites_key), problem)
    return {name: site["value"] for name, site in sites.items()} | prior_strengths(problem, strengths_key)
