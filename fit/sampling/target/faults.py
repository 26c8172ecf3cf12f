"""What is not finite at a start: which site, which observation, which parameter, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Bool
from numpyro import distributions as dist

from windup.fit.sampling.target.arguments import bad_arguments, first_of
from windup.fit.sampling.target.coordinates import Vector
from windup.fit.sampling.target.density import ValueAndGradient
from windup.fit.sampling.target.middles import base_of
from windup.fit.sampling.target.target import Target


def sites_named(target: Target, entries: Bool[np.ndarray, " parameters"]) -> tuple[str, ...]:
    """Sites that some of the entries of an unconstrained vector belong to."""
    pairs = zip(target.coordinates, entries, strict=False)
    return tuple(dict.fromkeys(name.split("[")[0] for name, there in pairs if there))


def faults_at(target: Target, density: ValueAndGradient, point: Vector, data: Any) -> list[str]:
    """One sentence for every site whose log density is not finite at a point, or the gradient there."""
    value, gradient = density(point)
    # What is not allowed gets its sentence below.
    with numpyro.validation_enabled(False):
        sites = target.sites_at(jnp.asarray(point), data)
        faults = [sentence for name, site in sites.items() for sentence in _faults_of(name, site)]
    if faults:
        return faults
    if not np.isfinite(value):
        return [f"The log density is {-value}, and no single site explains it."]
    names = ", ".join(sites_named(target, ~np.isfinite(gradient)))
    return [
        f"The log density is finite, but its gradient is not a number in {names}. A frequent cause is "
        "jnp.where around a function without a derivative there, such as the square root at 0: replace the "
        "argument inside the function, jnp.sqrt(jnp.where(x > 0, x, 1.0)), as well as its result."
    ]


def _faults_of(name: str, site: Mapping[str, Any]) -> Iterator[str]:
    prior = site["fn"]
    log_density = np.asarray(prior.log_prob(site["value"]))
    if np.isfinite(log_density).all():
        return
    if isinstance(base_of(prior), dist.Unit):
        yield f"The factor '{name}' is {first_of(log_density, ~np.isfinite(log_density))}: check its formula."
        return
    value = np.asarray(site["value"])
    kind = type(base_of(prior)).__name__
    if not site["is_observed"]:
        where = first_of(log_density, ~np.isfinite(log_density))
        yield (
            f"The log density of '{name}' under its prior ({kind}) is {where}{_because(prior)}: check the "
            "arguments of its prior."
        )
        return
    count = f"{np.size(log_density)} observation{'s' if np.size(log_density) > 1 else ''}"
    unknown, outside = ~np.isfinite(value), _outside(prior, value)
    if unknown.any():
        yield (
            f"Of the values of '{name}', {int(unknown.sum())} are not finite: {first_of(value, unknown)}. "
            "Correct them, leave them out, or mask them with numpyro.handlers.mask and a number in their "
            "place."
        )
    if outside.any():
        yield (
            f"Of the values of '{name}', {int(outside.sum())} are outside the support of {kind}: "
            f"{first_of(value, outside)}. Correct them, or take another distribution."
        )
    if not unknown.any() and not outside.any():
        bad = ~np.isfinite(log_density)
        yield (
            f"Of {count} of '{name}' ({kind}), {int(bad.sum())} have a log density that is not finite: "
            f"{first_of(log_density, bad)}{_because(prior)}. Check what the model predicts for them."
        )


def _outside(prior: dist.Distribution, value: np.ndarray) -> Bool[np.ndarray, " ..."]:
    """Which values a distribution does not allow, those that are no numbers apart."""
    try:
        allowed = np.asarray(prior.support(jnp.asarray(value)))
    except (NotImplementedError, TypeError, ValueError):
        return np.zeros(value.shape, bool)
    allowed = allowed.reshape(*allowed.shape, *(1 for _ in range(value.ndim - allowed.ndim)))
    return np.asarray(np.broadcast_to(~allowed, value.shape) & np.isfinite(value))


def _because(prior: dist.Distribution) -> str:
    reasons = bad_arguments(prior)
    return f", because {reasons}" if reasons else ""
