"""The sites of a numpyro model: where each begins, where its values lie, and what no sampler can move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array
from numpyro import handlers
from numpyro.distributions import biject_to

from windup.fit.sampling.target.middles import is_latent, middle_of
from windup.fit.sampling.target.normal_sites import Normal, normal_of

type Model = Callable[..., Any]


class Site(NamedTuple):
    """A sample site of a model.

    Attributes
    ----------
    support
        Where its values lie; None where that depends on the values of other sites.
    start
        Where a sampler may begin, unconstrained.
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
        at_medians = handlers.substitute(handlers.seed(model, key), substitute_fn=middle_of)
        starts = {}
        for name, site in sampled_sites(at_medians, *arguments, *data).items():
            support = site["fn"].support
            moves = _depends(support)
            supports[name], normals[name] = None if moves else support, normal_of(site)
            # A support that is known is left until then: its bijection is no part of this program.
            starts[name] = biject_to(support).inv(site["value"]) if moves else site["value"]
        return starts

    # Under jit the likelihood is dead code: nothing is solved, and no value of a prior is refused.
    starts = jax.jit(medians)(jax.random.key(0), data)
    return {
        name: Site(
            supports[name],
            start if supports[name] is None else biject_to(supports[name]).inv(start),
            normals[name],
        )
        for name, start in starts.items()
    }


def _depends(support: Any) -> bool:
    """Whether a support, of a site traced under `jax.jit`, depends on values that change."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(support))


def sampled_sites(model: Model, *arguments: Any) -> dict[str, Any]:
    """Sites of a seeded or substituted model that a sampler moves, as numpyro traces them."""
    trace = handlers.trace(model).get_trace(*arguments)
    return {name: site for name, site in trace.items() if is_latent(site) and not is_discrete(site)}


def is_discrete(site: Mapping[str, Any]) -> bool:
    """Whether the values of a sample site have no density."""
    return bool(site["fn"].support.is_discrete)


def placed(free: dict[str, Array]) -> Callable[[dict[str, Any]], Array | None]:
    """As numpyro's ``substitute_fn``: constrained values of unconstrained ones, by the support at hand."""

    def value_of(site: dict[str, Any]) -> Array | None:
        if not is_latent(site) or site["name"] not in free:
            return None
        x, transform = free[site["name"]], biject_to(site["fn"].support)
        step = site["infer"].get("_scan_current_index")
        # Within a numpyro scan every step has its own row.
        if step is not None and jnp.ndim(x) > len(transform.inverse_shape(site["fn"].shape())):
            x = x[step]
        value: Array = transform(x)
        return value

    return value_of
