"""Priors of a problem as sites of numpyro, each on the scale on which it is a plain distribution."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import Array

from windup.fit.analyses.petab.tables.contents import Parameter, Prior

_FORWARD: Mapping[str, Any] = {"lin": float, "log": math.log, "log10": math.log10}
_BACK: Mapping[str, Any] = {"lin": lambda x: x, "log": jnp.exp, "log10": lambda x: 10.0**x}
_FAMILIES: Mapping[str, Any] = {"normal": dist.Normal, "laplace": dist.Laplace, "cauchy": dist.Cauchy}
_UNBOUNDED = {"lin": -math.inf, "log": 0.0, "log10": 0.0}


class Site(NamedTuple):
    """What is sampled for one parameter.

    Attributes
    ----------
    name
        ``k1`` on the plain scale, else ``log_k1`` or ``log10_k1``; ``k1`` is then a deterministic site.
    parameter, scale
        Of what it is, and on which scale.
    prior
        Its distribution, cut off at the bounds.
    start
        Nominal value on the scale; inside the bounds, because a bound itself is infinitely far away.
    """

    name: str
    parameter: str
    scale: str
    prior: dist.Distribution
    start: float


def sites_of(parameters: Iterable[Parameter]) -> tuple[Site, ...]:
    """Sites of all estimated parameters; without a prior it is uniform on the scale of the estimation.

    Parameters
    ----------
    parameters
        Of the table.
    """
    return tuple(_site(each) for each in parameters if each.estimated)


def _site(parameter: Parameter) -> Site:
    prior = parameter.prior or Prior("uniform", parameter.scale, (-math.inf, math.inf))
    scale = prior.scale
    low, high = (on_scale(scale, bound) for bound in (parameter.lower, parameter.upper))
    if prior.family == "uniform":
        low, high = max(low, prior.parameters[0]), min(high, prior.parameters[1])
        distribution: dist.Distribution = dist.Uniform(low, high)
    else:
        base = _FAMILIES[prior.family](*prior.parameters)
        ends = {name: x for name, x in (("low", low), ("high", high)) if math.isfinite(x)}
        distribution = dist.TruncatedDistribution(base, **ends) if ends else base
    inside = 1e-3 * (high - low) if math.isfinite(high - low) else 0.0
    start = min(max(on_scale(scale, parameter.nominal), low + inside), high - inside)
    name = parameter.name if scale == "lin" else f"{scale}_{parameter.name}"
    return Site(name, parameter.name, scale, distribution, start)


def plain(scale: str, value: Any) -> Any:
    """A value from that on a scale."""
    return _BACK[scale](value)


def on_scale(scale: str, value: float) -> float:
    """A value, or a bound, on a scale; below its domain it is minus infinity.

    Examples
    --------
    >>> on_scale("log10", 100.0), on_scale("log", 0.0)
    (2.0, -inf)
    """
    if value <= _UNBOUNDED[scale]:
        return -math.inf
    return value if math.isinf(value) else float(_FORWARD[scale](value))


def sampled(sites: Iterable[Site]) -> dict[str, Array]:
    """Sample all parameters inside a model of numpyro, and return their plain values.

    Parameters
    ----------
    sites
        The parameters.
    """
    values = {}
    for site in sites:
        value = numpyro.sample(site.name, site.prior)
        if site.scale != "lin":
            value = numpyro.deterministic(site.parameter, plain(site.scale, value))
        values[site.parameter] = value
    return values
