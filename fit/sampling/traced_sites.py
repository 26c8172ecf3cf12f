"""What a numpyro model computes from its parameters: deterministic sites and densities of observed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro import handlers
from numpyro.infer import Predictive

from windup.fit.sampling.target.inspected import is_data

# Draws whose models are solved side by side; a vmap over all would hold every state of every solve at once.
_SIDE_BY_SIDE = 16


class TracedSites[Leaf](NamedTuple):
    """Values by site, leading dimensions ``(chains, draws)``.

    Attributes
    ----------
    deterministic
        Deterministic sites.
    log_likelihood
        Log density of every observed number.
    log_prior
        Log density of every sampled site, its numbers together.
    """

    deterministic: Mapping[str, Leaf]
    log_likelihood: Mapping[str, Leaf]
    log_prior: Mapping[str, Leaf]


def traced_sites(
    model: Callable[..., Any],
    arguments: tuple[Any, ...],
    draws: Mapping[str, np.ndarray],
    *,
    log_likelihood: bool = False,
    log_prior: bool = False,
) -> TracedSites[np.ndarray]:
    """Deterministic sites at draws, and on request log densities.

    Factors are no observations: they have no value whose density could be left out.
    """

    def one(values: Mapping[str, Array]) -> TracedSites[Array]:
        seeded = handlers.seed(handlers.substitute(model, data=dict(values)), jax.random.key(0))
        sites = handlers.trace(seeded).get_trace(*arguments)
        deterministic = {
            name: jnp.asarray(site["value"])
            for name, site in sites.items()
            if site["type"] == "deterministic"
        }
        observed = {
            name: site["fn"].log_prob(site["value"])
            for name, site in sites.items()
            if log_likelihood and is_data(site)
        }
        sampled = {
            name: jnp.sum(_scaled(site, site["fn"].log_prob(site["value"])))
            for name, site in sites.items()
            if log_prior and name in values
        }
        return TracedSites(deterministic, observed, sampled)

    shape = next(iter(draws.values())).shape[:2]
    flat = {name: jnp.asarray(each).reshape(-1, *each.shape[2:]) for name, each in draws.items()}
    if not jax.tree.leaves(jax.eval_shape(one, {name: each[0] for name, each in flat.items()})):
        return TracedSites({}, {}, {})
    traced = jax.jit(lambda all_draws: jax.lax.map(one, all_draws, batch_size=_SIDE_BY_SIDE))(flat)
    arrays: TracedSites[np.ndarray] = jax.tree.map(
        lambda leaf: np.asarray(leaf).reshape(*shape, *leaf.shape[1:]), traced
    )
    return arrays


def discrete_sites(
    rng_key: Array,
    model: Callable[..., Any],
    arguments: tuple[Any, ...],
    draws: Mapping[str, np.ndarray],
    names: Iterable[str],
) -> dict[str, np.ndarray]:
    """Discrete sites, drawn given the values of the others at every draw.

    Parameters
    ----------
    rng_key
        Of their values.
    model, arguments
        Model, and what it is called with.
    draws
        Values of the continuous sites.
    names
        The discrete sites.
    """
    given = {name: jnp.asarray(each) for name, each in draws.items()}
    predictive = Predictive(model, given, infer_discrete=True, batch_ndims=2)
    drawn = predictive(rng_key, *arguments)
    return {name: np.asarray(drawn[name]) for name in names}


def _scaled(site: Mapping[str, Any], log_density: Array) -> Array:
    return log_density if site["scale"] is None else site["scale"] * log_density
