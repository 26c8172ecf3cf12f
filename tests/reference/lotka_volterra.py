"""Lynx and hare of the Hudson's Bay Company, 1900-1920, as a user of windup would write it.

posteriordb, ``hudson_lynx_hare-lotka_volterra`` (BSD-3, https://github.com/stan-dev/posteriordb).
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array
from numpyro import distributions as dist

from windup.models import integrate

STEPS_PER_YEAR = 8


class Logs(NamedTuple):
    """Logarithms of both populations (thousands of pelts), so that no step can make one negative."""

    hare: Array
    lynx: Array


def growth(state: Logs, _: Any, rate: Array) -> Logs:
    """Growth rates per year."""
    return Logs(rate[0] - rate[1] * jnp.exp(state.lynx), rate[3] * jnp.exp(state.hare) - rate[2])


def model(years: np.ndarray, first: np.ndarray, pelts: np.ndarray) -> None:
    """Priors, the two populations, and pelts with log-normal errors."""
    typical, spread = np.array([1.0, 0.05, 1.0, 0.05]), np.array([0.5, 0.05, 0.5, 0.05])
    theta = numpyro.sample("theta", dist.TruncatedNormal(typical, spread, low=0.0).to_event(1))
    start = numpyro.sample("z_init", dist.LogNormal(np.log(10.0) * np.ones(2), 1.0).to_event(1))
    sigma = numpyro.sample("sigma", dist.LogNormal(-np.ones(2), 1.0).to_event(1))

    days = np.full(int(years[-1]) * STEPS_PER_YEAR, 1.0 / STEPS_PER_YEAR)
    still = Logs(jnp.zeros(()), jnp.zeros(()))
    begin = Logs(*(jnp.log(start)[i, None] for i in (0, 1)))
    states = integrate(
        lambda state, _, constants: growth(state, None, jnp.stack(constants)),
        begin,
        (),
        jnp.asarray(days),
        tuple(theta),
        still,
    )
    at = years.astype(int) * STEPS_PER_YEAR - 1
    expected = jnp.stack(jax.tree.leaves(states), axis=-1)[at, 0]
    numpyro.sample("first", dist.LogNormal(jnp.log(start), sigma).to_event(1), obs=first)
    numpyro.sample("pelts", dist.LogNormal(expected, sigma).to_event(2), obs=pelts)
