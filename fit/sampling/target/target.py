"""The posterior as a function of one unconstrained vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

from windup.fit.sampling.target.normal_sites import Normal, NormalSites, normal_of

type Model = Callable[..., Any]


class Target(NamedTuple):
    """Potential, its starting point, and the ways between vectors and named parameters.

    Attributes
    ----------
    potential
        Negative log posterior density of an unconstrained vector, given data.
    data
        Pytree of arrays that may be replaced by others of their shapes without compiling again.
    initial
        Where a sampler may begin, unconstrained.
    coordinates
        Name of every entry of the vector, ``site`` or ``site[index]``.
    constrain
        Sites by name of an unconstrained vector.
    log_prior, draw_prior
        Log prior density of an unconstrained vector, and a draw from it given a key.
    rebuilt
        The same target in the precision of whoever asks.
    fingerprint
        Digest of all that its program is traced from; None where nothing tells.
    """

    potential: Callable[[Float[Array, " parameters"], Any], Array]
    data: Any
    initial: Float[Array, " parameters"]
    coordinates: tuple[str, ...]
    constrain: Callable[[Float[Array, " parameters"]], dict[str, Array]]
    log_prior: Callable[[Float[Array, " parameters"]], Array]
    draw_prior: Callable[[Array], Float[Array, " parameters"]]
    rebuilt: Callable[[], Target]
    fingerprint: str | None = None


class Site(NamedTuple):
    """A sample site of a model.

    Attributes
    ----------
    support
        Where its values lie.
    start
        Where a sampler may begin.
    normal
        Mean and SD of its unconstrained value, if that is normal whatever the other values and the data are.
    """

    support: Any
    start: Array
    normal: Normal | None = None


def sites_of(model: Model, *arguments: Any, data: Any = ()) -> dict[str, Site]:
    """Sample sites of a numpyro model, called with ``arguments`` and ``data``, starting at prior medians."""
    supports: dict[str, Any] = {}
    normals: dict[str, Normal | None] = {}

    def medians(key: Array, data: Any) -> dict[str, Array]:
        at_medians = handlers.substitute(handlers.seed(model, key), substitute_fn=_median)
        sites = sampled_sites(at_medians, *arguments, *data)
        supports.update({name: site["fn"].support for name, site in sites.items()})
        normals.update({name: normal_of(site) for name, site in sites.items()})
        return {name: site["value"] for name, site in sites.items()}

    # Under jit the likelihood is dead code: nothing is solved, and no value of a prior is refused.
    starts = jax.jit(medians)(jax.random.key(0), data)
    return {name: Site(supports[name], start, normals[name]) for name, start in starts.items()}


def prior_draws(rng_key: Array, target: Target, draws: int) -> Float[np.ndarray, "draws parameters"]:
    """Unconstrained draws from the prior of a target."""
    return np.asarray(jax.jit(jax.vmap(target.draw_prior))(jax.random.split(rng_key, draws)))


def sampled_sites(model: Model, *arguments: Any) -> dict[str, Any]:
    """Sites of a seeded or substituted model that a sampler moves, as numpyro traces them."""
    trace = handlers.trace(model).get_trace(*arguments)
    return {k: site for k, site in trace.items() if site["type"] == "sample" and not site["is_observed"]}


def target_of(
    model: Model, *arguments: Any, data: Any = (), sites: Mapping[str, Site] | None = None
) -> Target:
    """Target density of a numpyro model.

    Parameters
    ----------
    model
        Any numpyro model whose sites do not depend on their values.
    *arguments
        What it is called with.
    data
        Tuple of what follows these arguments: numbers that other data of the same shapes may replace.
    sites
        Its sites, where they are known without running it.
    """
    model_sites = sites_of(model, *arguments, data=data) if sites is None else sites
    unconstrained = {name: biject_to(site.support).inv(site.start) for name, site in model_sites.items()}
    initial, unravel = ravel_pytree(unconstrained)
    normals = {name: site.normal for name, site in model_sites.items() if site.normal is not None}
    together = NormalSites.of(unconstrained, normals, {name: model_sites[name].support for name in normals})

    def known(x: Array) -> tuple[Model, dict[str, Array], Array]:
        """Model in which sites with normal values are known, the other sites, and the density of those."""
        values = unravel(together.constrain(x))
        inner = handlers.substitute(model, data={name: values[name] for name in normals})
        rest = {name: value for name, value in unravel(x).items() if name not in normals}
        return handlers.block(inner, hide=list(normals)), rest, together.log_density(x)

    def value(x: Array, data: Any) -> Array:
        inner, rest, log_density = known(x)
        potential_of_rest: Array = potential_energy(inner, (*arguments, *data), {}, rest) - log_density
        return potential_of_rest

    # Traced once, however many programs need the gradient.
    both, potential = jax.jit(jax.value_and_grad(value)), jax.custom_vjp(value)

    def forward(x: Array, data: Any) -> tuple[Array, tuple[Array, Any]]:
        potential_at_x, gradient = both(x, data)
        return potential_at_x, (gradient, data)

    # No sampler moves the data.
    potential.defvjp(forward, lambda saved, seed: (seed * saved[0], jax.tree.map(jnp.zeros_like, saved[1])))

    def constrain(x: Array) -> dict[str, Array]:
        return {name: biject_to(model_sites[name].support)(value) for name, value in unravel(x).items()}

    def log_prior(x: Array) -> Array:
        inner, free, total = known(x)
        values = {name: biject_to(model_sites[name].support)(value) for name, value in free.items()}
        for name, site in sampled_sites(handlers.substitute(inner, data=values), *arguments, *data).items():
            density = site["fn"].log_prob(values[name])
            scale = 1.0 if site["scale"] is None else site["scale"]
            volume = biject_to(model_sites[name].support).log_abs_det_jacobian(free[name], values[name])
            total = total + scale * jnp.sum(density) + jnp.sum(volume)
        return total

    def draw_prior(rng_key: Array) -> Array:
        sites = sampled_sites(handlers.seed(model, rng_key), *arguments, *data)
        return ravel_pytree(
            {name: biject_to(site["fn"].support).inv(site["value"]) for name, site in sites.items()}
        )[0]

    return Target(
        potential=potential,
        data=data,
        initial=initial,
        coordinates=_names(unconstrained),
        constrain=constrain,
        log_prior=log_prior,
        draw_prior=draw_prior,
        rebuilt=lambda: target_of(model, *own(arguments), data=own(data)),
    )


def own(arguments: Any) -> Any:
    """Copies of arrays, those of JAX in the precision in which this thread computes; all else as it is.

    JAX knows a constant of NumPy by its identity, and would give one precision's to a program of the other.
    """

    def copied(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            return leaf.copy()
        return jnp.asarray(np.array(leaf)) if isinstance(leaf, jax.Array) else leaf

    return jax.tree.map(copied, arguments)


def _median(site: dict[str, Any]) -> Array | None:
    """Median of a prior, or its mean where there is no quantile function."""
    if site["type"] != "sample" or site["is_observed"]:
        return None
    prior = base = site["fn"]
    while isinstance(base, dist.Independent | dist.ExpandedDistribution):
        base = base.base_dist
    match base:
        # Not by their quantile function, which is a second of compilation for a hundred sites.
        case dist.LogNormal():
            middle = jnp.exp(base.loc)
        case dist.Normal():
            middle = base.loc
        case _:
            middle = _middle(base)
    # Normal(0, 5) has an integer for its median, and no integer has a gradient.
    return jnp.broadcast_to(jnp.asarray(middle, float), prior.shape())


def _middle(prior: dist.Distribution) -> Array:
    try:
        middle: Array = prior.icdf(0.5)
    except (NotImplementedError, ImportError):  # a beta's needs another package
        middle = prior.mean
    return middle


def _names(tree: Mapping[str, Array]) -> tuple[str, ...]:
    """Names in the order of the leaves, which is that of `jax.flatten_util.ravel_pytree`."""
    return tuple(
        path[0].key + (f"[{','.join(map(str, index))}]" if index else "")
        for path, value in jax.tree_util.tree_leaves_with_path(tree)
        for index in np.ndindex(value.shape)
    )
