"""Where every site of a numpyro model may begin: the middle of its prior, or a draw from it.

Neither has to exist. A flat prior cannot be drawn from, a Cauchy has no mean, and a draw of
Gamma(0.001, 0.001) is rounded to 0 half of the time, whose logarithm is no number. Such values are replaced
in the unconstrained space, where every number is allowed: by 0 for a middle, by a number between -2 and 2 for
a draw, as Stan does
(https://mc-stan.org/docs/reference-manual/execution.html#initialization).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro import distributions as dist
from numpyro.distributions import biject_to

# Half the length of the interval in which a site without a usable draw begins.
_RADIUS = 2.0
# No parameter of a model that can be computed is as large, in the space in which samplers move.
LARGEST = 1e100
# What numpyro's distributions raise where a quantile, a mean or a draw does not exist. ImportError: the
# quantiles of a beta are in another package.
_MISSING = NotImplementedError, ImportError, AttributeError, TypeError, ValueError


def base_of(prior: dist.Distribution) -> dist.Distribution:
    """A distribution without the shapes around it."""
    while isinstance(prior, dist.Independent | dist.ExpandedDistribution | dist.MaskedDistribution):
        prior = prior.base_dist
    return prior


def is_latent(site: Mapping[str, Any]) -> bool:
    """Whether a site is one that a sampler moves."""
    return site["type"] == "sample" and not site["is_observed"]


def shape_of(site: Mapping[str, Any]) -> tuple[int, ...]:
    """Shape of the value of a sample site."""
    return (*(site["kwargs"].get("sample_shape") or ()), *site["fn"].shape())


def is_continuous(site: Mapping[str, Any]) -> bool:
    """Whether the values of a sample site have a density, and a space without limits to move in."""
    return not site["fn"].support.is_discrete and can_move(site["fn"].support)


def can_move(support: Any) -> bool:
    """Whether a support has a bijection from a space without limits."""
    try:
        biject_to(support)
    except (NotImplementedError, ValueError):
        return False
    return True


def usable(x: Array) -> Array:
    """Which entries of an unconstrained vector are numbers at which a model can be computed."""
    largest = min(LARGEST, float(np.finfo(x.dtype).max))
    return jnp.isfinite(x) & (jnp.abs(x) < largest)


def middle_of(site: dict[str, Any]) -> Array | None:
    """As numpyro's ``substitute_fn``: median of a prior, else its mean, else what unconstrained 0 is."""
    if not is_latent(site) or not is_continuous(site):
        return None
    prior, shape = site["fn"], shape_of(site)
    base = base_of(prior)
    match base:
        # Not by their quantile function, which is a second of compilation for a hundred sites.
        case dist.LogNormal():
            middle = jnp.exp(base.loc)
        case dist.Normal():
            middle = base.loc
        case _:
            return _within(prior, shape, _quantile_or_mean(base))
    # Normal(0, 5) has an integer for its median, and no integer has a gradient.
    return jnp.broadcast_to(jnp.asarray(middle, float), shape)


def _quantile_or_mean(prior: dist.Distribution) -> Array | None:
    for name in ("icdf", "mean"):
        try:
            value = getattr(prior, name)
            return jnp.asarray(value(0.5) if name == "icdf" else value, float)
        except _MISSING:
            continue
    return None


def _within(prior: dist.Distribution, shape: tuple[int, ...], middle: Array | None) -> Array:
    """The middle where it is a number that the prior allows; elsewhere what unconstrained 0 stands for."""
    transform = biject_to(prior.support)
    zero = jnp.broadcast_to(transform(jnp.zeros(transform.inverse_shape(shape))), shape)
    if middle is None:
        return zero
    try:
        value = jnp.broadcast_to(middle, shape)
    except ValueError:
        return zero
    allowed = jnp.asarray(prior.support(value))
    axes = tuple(range(allowed.ndim - value.ndim, 0))
    # Of a value that is a vector or a matrix, all or nothing.
    finite = jnp.all(jnp.isfinite(value), axis=axes) if axes else jnp.isfinite(value)
    sound = jnp.asarray(allowed & finite)
    return jnp.where(sound.reshape(*sound.shape, *(1 for _ in axes)), value, zero)


def drawn_into(missing: dict[str, Array]) -> Callable[[dict[str, Any]], Array | None]:
    """As numpyro's ``substitute_fn`` of a seeded model: a draw from the prior.

    Parameters
    ----------
    missing
        Filled with the unconstrained entries, by site, that no draw of the prior gave.
    """

    def drawn(site: dict[str, Any]) -> Array | None:
        # Within a scan numpyro draws, step by step.
        if not is_latent(site) or not is_continuous(site) or "_scan_current_index" in site["infer"]:
            return None
        rng_key = site["kwargs"].get("rng_key")
        if rng_key is None:
            return None
        prior: dist.Distribution = site["fn"]
        transform = biject_to(prior.support)
        shape = transform.inverse_shape(shape_of(site))
        elsewhere = jax.random.uniform(rng_key, shape, float, -_RADIUS, _RADIUS)
        try:
            value = jnp.asarray(prior(rng_key=rng_key, sample_shape=site["kwargs"]["sample_shape"]), float)
        except _MISSING:
            missing[site["name"]] = jnp.ones(shape, bool)
            anywhere: Array = transform(elsewhere)
            return anywhere
        x = transform.inv(value)
        bad = ~usable(x)
        missing[site["name"]] = bad
        return jnp.where(jnp.any(bad), transform(jnp.where(bad, elsewhere, x)), value)

    return drawn
