"""Two pools of soil carbon that feed each other, as a user of windup would write it.

posteriordb, ``soil_carbon-soil_incubation`` (BSD-3, https://github.com/stan-dev/posteriordb). The equation is
linear, so that the expected course is also a matrix exponential.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array
from numpyro import distributions as dist

from windup.models import integrate

LONGEST_STEP = 0.25


class Pools(NamedTuple):
    """Carbon of the fast and the slow pool."""

    first: Array
    second: Array


class Flows(NamedTuple):
    """Decay rates, and the share of what decays that goes to the other pool."""

    k1: Array
    k2: Array
    alpha21: Array
    alpha12: Array


def flow(state: Pools, _: None, flows: Flows) -> Pools:
    return Pools(
        -flows.k1 * state.first + flows.alpha12 * flows.k2 * state.second,
        -flows.k2 * state.second + flows.alpha21 * flows.k1 * state.first,
    )


def evolved(times: np.ndarray, total: float, share: Array, flows: Flows) -> Array:
    """Carbon dioxide that has left the soil."""
    counts = np.ceil(np.diff(times, prepend=0.0) / LONGEST_STEP).astype(int)
    steps = np.repeat(np.diff(times, prepend=0.0) / counts, counts)
    start = Pools(total * share[None], total * (1.0 - share[None]))
    states: Pools = integrate(flow, start, None, jnp.asarray(steps), flows, Pools(flows.k1, flows.k2))
    left = (states.first + states.second)[np.cumsum(counts) - 1, 0]
    return total - left


def evolved_exactly(times: np.ndarray, total: float, share: Array, flows: Flows) -> Array:
    """The same by matrix exponentials."""
    rates = jnp.array([[-flows.k1, flows.alpha12 * flows.k2], [flows.alpha21 * flows.k1, -flows.k2]])
    start = total * jnp.stack([share, 1.0 - share])
    pools = jax.vmap(lambda time: jax.scipy.linalg.expm(rates * time) @ start)(jnp.asarray(times))
    left: Array = pools.sum(axis=1)
    return total - left


def model(times: np.ndarray, total: float, measured: np.ndarray, exact: bool = False) -> None:
    """Priors, the carbon dioxide, normal errors."""
    share = numpyro.sample("gamma", dist.Beta(10.0, 1.0))
    flows = Flows(*(numpyro.sample(name, dist.HalfNormal(1.0)) for name in Flows._fields))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(1.0))
    course = (evolved_exactly if exact else evolved)(times, total, share, flows)
    numpyro.sample("measured", dist.Normal(course, sigma).to_event(1), obs=measured)
