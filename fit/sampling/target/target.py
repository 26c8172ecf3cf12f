"""The posterior as a function of one unconstrained vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float
from numpyro import handlers
from numpyro.distributions import biject_to
from numpyro.infer.util import potential_energy

from windup.fit.sampling.target.gradient import differentiable
from windup.fit.sampling.target.handlers import WholeVolumes, summed_over_values
from windup.fit.sampling.target.middles import drawn_into, usable
from windup.fit.sampling.target.normal_sites import NormalSites
from windup.fit.sampling.target.sites import Model, Site, placed, sampled_sites, sites_of


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
    log_prior
        Log prior density of an unconstrained vector.
    draw_prior
        Given a key, a draw from the prior, and which of its entries no draw gave: such begin anywhere.
    rebuilt
        The same target in the precision of whoever asks.
    fingerprint
        Digest of all that its program is traced from; None where nothing tells.
    enumerated
        Discrete sites, over whose values the density is summed.
    sites_at
        Given an unconstrained vector and data, all sample sites there as numpyro traces them, not compiled.
    """

    potential: Callable[[Float[Array, " parameters"], Any], Array]
    data: Any
    initial: Float[Array, " parameters"]
    coordinates: tuple[str, ...]
    constrain: Callable[[Float[Array, " parameters"]], dict[str, Array]]
    log_prior: Callable[[Float[Array, " parameters"]], Array]
    draw_prior: Callable[[Array], tuple[Float[Array, " parameters"], Array]]
    rebuilt: Callable[[], Target]
    fingerprint: str | None = None
    sites_at: Callable[[Any, Any], Mapping[str, Any]] = lambda x, data: {}
    enumerated: tuple[str, ...] = ()


def prior_draws(rng_key: Array, target: Target, draws: int) -> Float[np.ndarray, "draws parameters"]:
    """Unconstrained draws from the prior of a target, or from -2 to 2 where it has none."""
    draw = jax.jit(jax.vmap(lambda key: target.draw_prior(key)[0]))
    return np.asarray(draw(jax.random.split(rng_key, draws)))


def target_of(
    model: Model,
    *arguments: Any,
    data: Any = (),
    sites: Mapping[str, Site] | None = None,
    gradient: str = "reverse",
    enumerated: tuple[str, ...] = (),
    plates: int = 0,
) -> Target:
    """Target density of a numpyro model.

    Parameters
    ----------
    model
        Any numpyro model whose sites do not depend on their values; their supports may.
    *arguments
        What it is called with.
    data
        Tuple of what follows these arguments: numbers that other data of the same shapes may replace.
    sites
        Its sites, where they are known without running it.
    gradient
        One of `windup.fit.sampling.target.gradient.GRADIENTS`.
    enumerated, plates
        Discrete sites, over whose values the density is summed, and the number of nested plates.
    """
    model_sites = sites_of(model, *arguments, data=data) if sites is None else sites
    unconstrained = {name: site.start for name, site in model_sites.items()}
    middle, unravel = ravel_pytree(unconstrained)
    # A prior that ends at its own middle has it infinitely far away.
    initial = jnp.where(usable(middle), middle, 0.0)
    # Where values are summed over, numpyro needs to see every site.
    normals = {} if enumerated else {n: s.normal for n, s in model_sites.items() if s.normal is not None}
    together = NormalSites.of(unconstrained, normals, {name: model_sites[name].support for name in normals})
    moving = any(site.support is None for site in model_sites.values())

    def known(x: Array) -> tuple[Model, dict[str, Array], Array]:
        """Model in which sites with normal values are known, the other sites, and the density of those."""
        values = unravel(together.constrain(x))
        inner = handlers.substitute(WholeVolumes(model), data={name: values[name] for name in normals})
        rest = {name: value for name, value in unravel(x).items() if name not in normals}
        return handlers.block(inner, hide=list(normals)), rest, together.log_density(x)

    def value(x: Array, data: Any) -> Array:
        inner, rest, log_density = known(x)
        if enumerated:
            inner = summed_over_values(inner, plates)
        of_rest: Array = potential_energy(inner, (*arguments, *data), {}, rest, enum=bool(enumerated))
        return of_rest - log_density

    def constrain(x: Array) -> dict[str, Array]:
        free = unravel(x)
        if moving:
            at_values = handlers.substitute(model, substitute_fn=placed(free))
            return {name: site["value"] for name, site in sampled_sites(at_values, *arguments, *data).items()}
        return {name: biject_to(model_sites[name].support)(value) for name, value in free.items()}

    def log_prior(x: Array) -> Array:
        inner, free, total = known(x)
        at_values = handlers.substitute(inner, substitute_fn=placed(free))
        for name, site in sampled_sites(at_values, *arguments, *data).items():
            density = site["fn"].log_prob(site["value"])
            scale = 1.0 if site["scale"] is None else site["scale"]
            volume = biject_to(site["fn"].support).log_abs_det_jacobian(free[name], site["value"])
            total = total + scale * jnp.sum(density) + jnp.sum(volume)
        return total

    def draw_prior(rng_key: Array) -> tuple[Array, Array]:
        missing: dict[str, Array] = {}
        seeded = handlers.substitute(handlers.seed(model, rng_key), substitute_fn=drawn_into(missing))
        drawn = {
            name: biject_to(site["fn"].support).inv(site["value"])
            for name, site in sampled_sites(seeded, *arguments, *data).items()
        }
        bad = {name: missing.get(name, jnp.zeros(jnp.shape(x), bool)) for name, x in drawn.items()}
        return ravel_pytree(drawn)[0], ravel_pytree(bad)[0]

    def sites_at(x: Array, data: Any) -> dict[str, Any]:
        at_values = handlers.substitute(
            handlers.seed(model, jax.random.key(0)), substitute_fn=placed(unravel(x))
        )
        trace = handlers.trace(at_values).get_trace(*arguments, *data)
        return {name: site for name, site in trace.items() if site["type"] == "sample"}

    return Target(
        potential=differentiable(value, gradient),
        data=data,
        initial=initial,
        coordinates=_names(unconstrained),
        constrain=constrain,
        # Of data that the model holds, it has none to give a gradient in.
        log_prior=log_prior if gradient == "reverse" else differentiable(log_prior, gradient),
        draw_prior=draw_prior,
        rebuilt=lambda: target_of(
            model,
            *own(arguments),
            data=own(data),
            gradient=gradient,
            enumerated=enumerated,
            plates=plates,
        ),
        sites_at=sites_at,
        enumerated=enumerated,
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


def _names(tree: Mapping[str, Array]) -> tuple[str, ...]:
    """Names in the order of the leaves, which is that of `jax.flatten_util.ravel_pytree`."""
    return tuple(
        path[0].key + (f"[{','.join(map(str, index))}]" if index else "")
        for path, value in jax.tree_util.tree_leaves_with_path(tree)
        for index in np.ndindex(value.shape)
    )
