"""The posterior as a function of one unconstrained vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float
from numpyro import distributions as dist
from numpyro import handlers
from numpyro.distributions import biject_to, constraints
from numpyro.infer.util import potential_energy

from ._model import posterior_model, prior_strengths, sample_sites
from ._problem import Draw, Problem


class Target(NamedTuple):
    """Potential, its starting point, and the ways between vectors and named parameters.

    Attributes
    ----------
    potential
        Negative log posterior density of an unconstrained vector.
    initial
        Prior medians, unconstrained.
    coordinates
        Name of every entry of the vector, ``site`` or ``site[index]``.
    constrain
        Sites of the sampler, by name, of an unconstrained vector (see `windup.fit._model.evaluate_sites`).
    prior
        Named, constrained parameters of one prior draw of a key.
    """

    potential: Callable[[Float[Array, " parameters"]], Array]
    initial: Float[Array, " parameters"]
    coordinates: tuple[str, ...]
    constrain: Callable[[Float[Array, " parameters"]], Draw]
    prior: Callable[[Array], Draw]


def build_target(problem: Problem) -> Target:
    """Target density of a problem; nothing is solved here."""
    supports: dict[str, Any] = {drug.site: constraints.real for drug in problem.responding}

    def drawn(key: Array, median: bool) -> Draw:
        model = handlers.seed(sample_sites, key)
        if median:
            model = handlers.substitute(model, substitute_fn=_median)
        trace = handlers.trace(model).get_trace(problem)
        sites = {k: v for k, v in trace.items() if v["type"] == "sample" and not v["is_observed"]}
        supports.update({name: site["fn"].support for name, site in sites.items()})
        return {name: site["value"] for name, site in sites.items()}

    # Every response is 0 at the medians.
    medians = drawn(jax.random.key(0), True)
    medians |= {drug.site: jnp.zeros(()) for drug in problem.responding}
    unconstrained = {name: biject_to(supports[name]).inv(value) for name, value in medians.items()}
    initial, unravel = ravel_pytree(unconstrained)

    # Traced once, however many programs are made of it.
    both = jax.jit(
        jax.value_and_grad(lambda x: potential_energy(posterior_model, (problem,), {}, unravel(x)))
    )

    @jax.custom_vjp
    def potential(x: Array) -> Array:
        value: Array = both(x)[0]
        return value

    potential.defvjp(both, lambda gradient, seed: (seed * gradient,))

    def constrain(x: Array) -> Draw:
        return {name: biject_to(supports[name])(value) for name, value in unravel(x).items()}

    def prior(key: Array) -> Draw:
        sites_key, strengths_key = jax.random.split(key)
        return drawn(sites_key, False) | prior_strengths(problem, strengths_key)

    return Target(
        potential=potential,
        initial=initial,
        coordinates=_names(unconstrained),
        constrain=constrain,
        prior=prior,
    )


def _median(site: dict[str, Any]) -> Array | None:
    """Median of a prior, or its mean where the median has no formula."""
    if site["type"] != "sample" or site["is_observed"]:
        return None
    prior = base = site["fn"]
    while isinstance(base, dist.Independent | dist.ExpandedDistribution):
        base = base.base_dist
    match base:
        case dist.LogNormal():
            middle = jnp.exp(base.loc)
        case dist.Normal():
            middle = base.loc
        case _:
            middle = base.mean
    return jnp.broadcast_to(middle, prior.shape())


def _names(tree: Draw) -> tuple[str, ...]:
    """Names in the order of the leaves, which is that of `jax.flatten_util.ravel_pytree`."""
    return tuple(
        path[0].key + (f"[{','.join(map(str, index))}]" if index else "")
        for path, value in jax.tree_util.tree_leaves_with_path(tree)
        for index in np.ndindex(value.shape)
    )
