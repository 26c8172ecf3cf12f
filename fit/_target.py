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
from numpyro.distributions import biject_to
from numpyro.infer.util import potential_energy

from ._model import named_parameters, posterior_model, prior_strengths
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
        Named, constrained parameters of an unconstrained vector.
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
    supports: dict[str, Any] = {}

    # Every response is 0 at the medians, and strengths are drawn from their own prior: so nothing is solved.
    responses = {drug.site: jnp.zeros(()) for drug in problem.responding}

    def drawn(key: Array, median: bool) -> Draw:
        model = handlers.seed(posterior_model, key)
        if median:
            model = handlers.substitute(model, substitute_fn=_median)
        trace = handlers.trace(handlers.substitute(model, data=responses)).get_trace(problem)
        sites = {k: v for k, v in trace.items() if v["type"] == "sample" and not v["is_observed"]}
        supports.update({name: site["fn"].support for name, site in sites.items()})
        return {name: site["value"] for name, site in sites.items()}

    # Under jit what is solved is dead code and never compiled.
    medians = jax.jit(lambda key: drawn(key, True))(jax.random.key(0))
    unconstrained = {name: biject_to(supports[name]).inv(value) for name, value in medians.items()}
    initial, unravel = ravel_pytree(unconstrained)

    def constrain(x: Array) -> Draw:
        sites = {name: biject_to(supports[name])(value) for name, value in unravel(x).items()}
        return named_parameters(problem, sites)

    def prior(key: Array) -> Draw:
        sites_key, strengths_key = jax.random.split(key)
        sites = drawn(sites_key, False)
        return {k: v for k, v in sites.items() if k not in responses} | prior_strengths(
            problem, strengths_key
        )

    return Target(
        potential=lambda x: potential_energy(posterior_model, (problem,), {}, unravel(x)),
        initial=initial,
        coordinates=_names(unconstrained),
        constrain=constrain,
        prior=prior,
    )


def _median(site: dict[str, Any]) -> Array | None:
    """Median of a prior, or its mean where there is no quantile function.

    (Medians of samples, as numpyro takes them, are twenty seconds of compilation for as many sites.)
    """
    if site["type"] != "sample" or site["is_observed"]:
        return None
    prior = base = site["fn"]
    while isinstance(base, dist.Independent | dist.ExpandedDistribution):
        base = base.base_dist
    try:
        middle = base.icdf(0.5)
    except (NotImplementedError, ImportError):  # a beta's needs another package
        middle = base.mean
    return jnp.broadcast_to(middle, prior.shape())


def _names(tree: Draw) -> tuple[str, ...]:
    """Names in the order of the leaves, which is that of `jax.flatten_util.ravel_pytree`."""
    return tuple(
        path[0].key + (f"[{','.join(map(str, index))}]" if index else "")
        for path, value in jax.tree_util.tree_leaves_with_path(tree)
        for index in np.ndindex(value.shape)
    )
