"""What decides the program of a problem's density, as one digest."""

from __future__ import annotations

import hashlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array
from numpyro import handlers
from numpyro.distributions import constraints

from windup.datasets import Catalogue
from windup.fit.design.arrays import Observed
from windup.fit.execution.identity import loaded_code, versions
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.model import posterior_model, prior_strengths, sample_sites, with_reliefs
from windup.fit.problem.people.people import People
from windup.fit.problem.problem import Draw, Problem
from windup.fit.sampling.target.sites import Site, sampled_sites, sites_of
from windup.fit.sampling.target.target import Target, own, target_of
from windup.models import PainModel, Parameter, WithPriors, solve


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
    drawn = with_reliefs({name: site["value"] for name, site in sites.items()})
    return drawn | prior_strengths(problem, strengths_key)


# What a density is traced from.
_TRACED = "windup.fit.problem.model", "windup.models"
# What a packaged model holds.
_KNOWN = ["pharmacology"]


def fingerprint_of(problem: Problem) -> str | None:
    """SHA-256 of all that a density is traced from, or None where something may change without its showing.

    That is the code and tables of windup, as files and as loaded, versions, JAX's settings, and every array
    and word of the problem but its observations, which are arguments of the program. A model or a solver that
    windup does not bring is code that no digest reaches.
    """
    about = loaded_code(*_TRACED), versions(), sorted(jax.config.values.items())
    digest = hashlib.sha256(repr(about).encode())
    known = problem._replace(observed=jax.tree.map(_shape, problem.observed))
    leaves, structure = jax.tree.flatten(known)
    digest.update(str(structure).encode())
    for leaf in leaves:
        described = _described(leaf)
        if described is None:
            return None
        digest.update(described)
    return digest.hexdigest()


def _shape(leaf: Any) -> str:
    return f"{np.shape(leaf)} {np.asarray(leaf).dtype}"


def _described(leaf: Any) -> bytes | None:
    match leaf:
        case np.ndarray() | np.generic() | jax.Array():
            array = np.asarray(leaf)
            return f"{array.dtype} {array.shape} ".encode() + array.tobytes()
        case pd.DataFrame():
            rows = pd.util.hash_pandas_object(leaf, index=True)
            return f"{list(leaf.columns)} ".encode() + rows.to_numpy().tobytes()
        case ErrorModel() | People() if type(leaf).__module__.startswith("windup.fit."):
            return f"{type(leaf).__module__}.{leaf!r}".encode()
        case str() | int() | float() | bool() | Parameter() | Catalogue():
            return repr(leaf).encode()
        case WithPriors():
            inner = _described(leaf.model)
            return None if inner is None else inner + repr(sorted(leaf.chosen.items())).encode()
        case PainModel() if type(leaf).__module__.startswith("windup.models.") and [*vars(leaf)] == _KNOWN:
            return f"{type(leaf).__module__}.{type(leaf).__qualname__} {leaf.pharmacology}".encode()
        case _ if leaf is solve:
            return b"solve"
        case _:
            return None
