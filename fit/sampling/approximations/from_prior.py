"""Particles from the prior, and their likelihood: where samplers of several modes begin."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.errors import SettingsError
from windup.fit.sampling.target.faults import sites_named
from windup.fit.sampling.target.target import Target

# Log likelihood of a particle that has none: low enough for any other to be above it, and finite.
IMPOSSIBLE = -1e30


def log_likelihood_of(target: Target) -> Callable[[Float[Array, " parameters"]], Array]:
    """Log likelihood of an unconstrained vector: all of the density that is not its prior."""

    def log_likelihood(x: Array) -> Array:
        value = -target.potential(x, target.data) - target.log_prior(x)
        # An impossible particle is replaced instead of spoiling the sums over all.
        return jnp.where(jnp.isfinite(value), value, IMPOSSIBLE)

    return log_likelihood


def particles_of(
    target: Target, sampler: str
) -> Callable[[Array, int], Float[Array, "particles parameters"]]:
    """Function from a key and a number to as many draws from the prior, unconstrained.

    Parameters
    ----------
    target
        Whose prior is drawn from.
    sampler
        Name of the class of settings, for messages.

    Raises
    ------
    SettingsError
        At once for discrete sites; by the function where draws do not exist, or are none that a computer can
        hold.
    """
    if target.enumerated:
        raise SettingsError(
            f"{sampler} takes no discrete sites ({', '.join(target.enumerated)}): use Nuts, or "
            "sum over their values in the model."
        )
    draw_prior = jax.jit(jax.vmap(target.draw_prior))

    def particles(rng_key: Array, count: int) -> Array:
        drawn: Array
        drawn, missing = draw_prior(jax.random.split(rng_key, count))
        _check_draws(target, np.asarray(missing), sampler)
        return drawn

    return particles


def _check_draws(target: Target, missing: np.ndarray, sampler: str) -> None:
    if missing.any():
        counts = [
            f"{int(missing[:, [c.split('[')[0] == site for c in target.coordinates]].any(axis=1).sum())} of "
            f"{len(missing)} draws of '{site}'"
            for site in sites_named(target, missing.any(axis=0))
        ]
        raise SettingsError(
            f"{sampler} begins with draws from the prior, and some are no numbers: "
            f"{', '.join(counts)}. The prior cannot be drawn from, or is so wide that its draws leave the "
            "range of a computer's numbers. Take a narrower prior that numpyro can draw from, or use Nuts."
        )
