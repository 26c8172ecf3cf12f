"""One compartment, first-order absorption and saturable elimination, as a user of windup would write it.

posteriordb, ``one_comp_mm_elim_abs-one_comp_mm_elim_abs`` (BSD-3, https://github.com/stan-dev/posteriordb).
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array
from numpyro import distributions as dist

from windup.models import integrate

STEPS = 20


class Amounts(NamedTuple):
    """Drug that is not absorbed yet, and the concentration."""

    gut: Array
    concentration: Array


class Kinetics(NamedTuple):
    """Absorption rate, half-saturation and largest elimination."""

    k_a: Array
    K_m: Array
    V_m: Array


def model(times: np.ndarray, dose: float, volume: float, measured: np.ndarray) -> None:
    """Priors, the course of the concentration, log-normal errors."""
    names = (*Kinetics._fields, "sigma")
    *kinetics, sigma = (numpyro.sample(name, dist.HalfCauchy(1.0)) for name in names)

    def flow(state: Amounts, _: None, kinetics: Kinetics) -> Amounts:
        absorbed = kinetics.k_a * state.gut
        eliminated = kinetics.V_m * state.concentration / (kinetics.K_m + state.concentration)
        return Amounts(-absorbed, (absorbed - eliminated) / volume)

    steps = np.repeat(np.diff(times, prepend=0.0) / STEPS, STEPS)
    start = Amounts(jnp.full(1, dose), jnp.zeros(1))
    linear = Amounts(kinetics[0], jnp.zeros(()))
    states: Amounts = integrate(flow, start, None, jnp.asarray(steps), Kinetics(*kinetics), linear)
    expected = states.concentration[STEPS - 1 :: STEPS, 0]
    numpyro.sample("measured", dist.LogNormal(jnp.log(expected), sigma).to_event(1), obs=measured)
