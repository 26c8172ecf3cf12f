"""What a numpyro model computes from its parameters: deterministic sites and densities of observed ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro import handlers
from numpyro.distributions import Unit

# Draws whose models are solved side by side; a vmap over all would hold every state of every solve at once.
_SIDE_BY_SIDE = 16


class TracedSites[Leaf](NamedTuple):
    """Values by site, leading dimensions ``(chains, draws)``."""

    deterministic: Mapping[str, Leaf]
    log_likelihood: Mapping[str, Leaf]


def traced_sites(
    model: Callable[..., Any],
    arguments: tuple[Any, ...],
    draws: Mapping[str, np.ndarray],
    *,
    log_likelihood: bool,
) -> TracedSites[np.ndarray]:
    """Deterministic sites at draws, and on request the log density of every observed number.

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
            if log_likelihood and _is_data(site)
        }
        return TracedSites(deterministic, observed)

    shape = next(iter(draws.values())).shape[:2]
    flat = {name: jnp.asarray(each).reshape(-1, *each.shape[2:]) for name, each in draws.items()}
    if not jax.tree.leaves(jax.eval_shape(one, {name: each[0] for name, each in flat.items()})):
        return TracedSites({}, {})
    traced = jax.jit(lambda all_draws: jax.lax.map(one, all_draws, batch_size=_SIDE_BY_SIDE))(flat)
    arrays: TracedSites[np.ndarray] = jax.tree.map(
        lambda leaf: np.asarray(leaf).reshape(*shape, *leaf.shape[1:]), traced
    )
    return arrays


def _is_data(site: Mapping[str, Any]) -> bool:
    return site["type"] == "sample" and site["is_observed"] and not isinstance(site["fn"], Unit)
