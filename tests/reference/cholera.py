"""Cholera with the bacterium in the water, 20 weeks, as a user of windup would write it.

posteriordb, ``sir-sir`` (BSD-3, https://github.com/stan-dev/posteriordb).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array
from numpyro import distributions as dist

from windup.models import integrate

STEPS_PER_DAY = 2
HALF_INFECTIOUS = 1e6


class People(NamedTuple):
    """Susceptible and infected people; bacteria per unit of water."""

    susceptible: Array
    infected: Array
    bacteria: Array


class Rates(NamedTuple):
    """Infection, recovery, shedding and death of bacteria, per day."""

    beta: Array
    gamma: Array
    xi: Array
    delta: Array


def flow(state: People, _: None, rates: Rates) -> People:
    infection = rates.beta * state.bacteria / (state.bacteria + HALF_INFECTIOUS) * state.susceptible
    return People(
        -infection,
        infection - rates.gamma * state.infected,
        rates.xi * state.infected - rates.delta * state.bacteria,
    )


def course(days: np.ndarray, people: float, bacteria: float, rates: Rates) -> People:
    """States at the observed days."""
    steps = np.full(int(days[-1]) * STEPS_PER_DAY, 1.0 / STEPS_PER_DAY)
    start = People(jnp.full(1, people), jnp.zeros(1), jnp.full(1, bacteria))
    linear = People(jnp.zeros(()), rates.gamma, rates.delta)
    states: People = integrate(flow, start, None, jnp.asarray(steps), rates, linear)
    at: People = jax.tree.map(lambda x: x[days.astype(int) * STEPS_PER_DAY - 1, 0], states)
    return at


def model(days: np.ndarray, start: np.ndarray, cases: np.ndarray, bacteria: np.ndarray) -> None:
    """Priors, the epidemic, weekly new cases (Poisson) and bacteria (log-normal)."""
    scales = Rates(*np.array([2.5, 1.0, 25.0, 1.0]))
    rates = Rates(*(numpyro.sample(name, dist.HalfCauchy(s)) for name, s in scales._asdict().items()))
    found = course(days, start[0], start[3], rates)
    before = jnp.concatenate([jnp.full(1, start[0]), found.susceptible[:-1]])
    numpyro.sample("cases", dist.Poisson(before - found.susceptible).to_event(1), obs=cases)
    numpyro.sample("bacteria", dist.LogNormal(jnp.log(found.bacteria), 0.15).to_event(1), obs=bacteria)
