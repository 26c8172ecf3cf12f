"""Sampling on two devices, as a process of its own: the number of devices is fixed when JAX starts.

Prints JSON: the devices that hold the chains, and what was found.
"""

import json
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist

from windup.fit import ManyChains, Nuts
from windup.fit.execution.process import prepare_process
from windup.fit.sampling.kernels.many_chains import lower_many_chains
from windup.fit.sampling.sample_model import sample_model
from windup.fit.sampling.target.coordinates import Coordinates
from windup.fit.sampling.target.density import compile_density
from windup.fit.sampling.target.target import target_of
from windup.models import integrate

TIMES = np.linspace(0.5, 4.0, 8)
DATA = 2.0 * np.exp(-0.7 * TIMES) + np.array([0.03, -0.05, 0.02, 0.0, -0.02, 0.04, -0.01, 0.01])


def decay_by_diffrax(rate: Any) -> Any:
    """Adaptive solve with the default adjoint, in which others' parallel chains crash."""
    term = diffrax.ODETerm(lambda t, y, args: -args * y)
    solved = diffrax.diffeqsolve(
        term,
        diffrax.Tsit5(),
        0.0,
        TIMES[-1],
        0.1,
        jnp.asarray(2.0),
        args=rate,
        saveat=diffrax.SaveAt(ts=jnp.asarray(TIMES)),
        stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-8),
    )
    return solved.ys


def decay_by_windup(rate: Any) -> Any:
    steps = jnp.asarray(np.diff(TIMES, prepend=0.0))
    nothing = jnp.zeros((len(TIMES), 1))
    found = integrate(
        lambda y, u, c: -c * y + 0.0 * u, jnp.full(1, 2.0), nothing, steps, rate, jnp.asarray(0.5)
    )
    return found[:, 0]


def model(solve: Any) -> None:
    rate = numpyro.sample("rate", dist.LogNormal(0.0, 1.0))
    numpyro.sample("seen", dist.Normal(solve(rate), 0.05), obs=DATA)


def main() -> None:
    prepare_process()
    many = ManyChains(chains=8, superchains=4, warmup=30, draws=30)
    lowered = lower_many_chains(target := target_of(model, decay_by_windup), many)
    kernel = lowered.compile()(compile_density(target))
    points = np.tile(np.asarray(target.initial), (8, 1))
    whole = Coordinates(np.zeros(1), np.eye(1))
    state, _ = kernel.block(kernel.begin(jax.random.key(0), points, whole, lowered.tuning, None), whole)
    found = {
        f"{type(sampler).__name__} {solve.__name__}": float(
            sample_model(jax.random.key(0), model, solve, sampler=sampler)["posterior"]["rate"].mean()
        )
        for sampler in (many, Nuts(chains=2, warmup=100, draws=100))
        for solve in (decay_by_windup, decay_by_diffrax)
    }
    print(json.dumps({"devices": len(state.chains.position.sharding.device_set), "means": found}))


if __name__ == "__main__":
    main()
