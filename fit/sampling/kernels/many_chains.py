"""Many chains of jittered HMC that move together: every chain takes the same number of steps.

NUTS makes chains that share a program wait for the longest tree of all; here none waits, and one gradient is
that of all chains, which is what vector hardware is for. Step size and trajectory length are learned from all
chains (ChEES; Hoffman, Radul and Sountsov 2021, https://proceedings.mlr.press/v130/hoffman21a.html), both by
blackjax, in the coordinates of the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from blackjax.adaptation import chees_adaptation
from blackjax.mcmc import dynamic_hmc
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array

from windup.fit.sampling.kernels.kernel import (
    Kernel,
    Lowered,
    Points,
    State,
    Trace,
    digest,
    energy_after,
    pack,
    running,
    unpack,
)
from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.sampling.target.density import Density
from windup.fit.sampling.target.target import Target, own
from windup.fit.settings.samplers import ManyChains

# First step size, and a first trajectory length of a quarter of a turn on average in coordinates of unit
# scale (lengths are jittered between 0 and this).
_TUNING = (0.02, np.pi)
# In the logarithm of the trajectory length, per draw.
_LEARNING_RATE = 0.05
# blackjax's own: weights of draw i in the averages of step size and length are i to this power.
_DECAY = 0.5
# Lengths follow a Halton sequence, which needs so many bits for as many draws.
_BITS = 20
_ADAPTING_ALWAYS = np.iinfo(np.int32).max
_EVERYWHERE = PartitionSpec()  # type: ignore[no-untyped-call]  # JAX leaves it untyped
_BY_CHAIN = PartitionSpec("chain")  # type: ignore[no-untyped-call]  # as above


class _State(NamedTuple):
    """Chains, what is learned of their tuning, the tuning in use, and for how many draws it still adapts."""

    rng_key: Array
    chains: Any
    adaptation: Any
    tuning: Array
    adapting: Array


def lower_many_chains(target: Target, settings: ManyChains) -> Lowered:
    """All chains as one program."""

    def jitter(number: Array) -> Array:
        found: Array = dynamic_hmc.halton_sequence(number, _BITS)
        return found

    def next_number(number: Array) -> Array:
        return number + 1

    hmc = dynamic_hmc.build_kernel(
        next_random_arg_fn=next_number,
        integration_steps_fn=lambda number, steps: jnp.ceil(jitter(number) * steps).astype(int),
    )
    first_adaptation, adapt = chees_adaptation.base(
        jitter,
        next_number,
        optax.adam(_LEARNING_RATE),
        settings.target_accept,
        _DECAY,
        settings.max_steps,
    )
    count, size = settings.chains, len(target.initial)
    ones = jnp.ones(size)

    @jax.jit
    def prepared(rng_key: Array, y: Array, log_density: Array, gradient: Array, tuning: Array) -> _State:
        first = first_adaptation(jnp.zeros((), int), tuning[0])
        adaptation = first._replace(step=jnp.ones(()), trajectory_length=tuning[1])
        numbers = jnp.zeros(count, int)
        chains = dynamic_hmc.DynamicHMCState(y, log_density, gradient, numbers)
        return _State(rng_key, chains, adaptation, tuning, jnp.asarray(_ADAPTING_ALWAYS, jnp.int32))

    def block(state: _State, centre: Array, root: Array, data: Any) -> tuple[_State, Trace[Array]]:
        def log_density(y: Array) -> Array:
            return -target.potential(centre + root @ y, data)

        rng_key, here = jax.random.split(state.rng_key)
        step_size, length = state.tuning[0], state.tuning[1]
        steps = jnp.minimum(length / step_size, settings.max_steps)
        tuned = {"step_size": step_size, "inverse_mass_matrix": ones, "integration_steps_params": (steps,)}
        move = jax.vmap(lambda key, chain: hmc(key, chain, log_density, **tuned))
        chains, info = move(  # type: ignore[no-untyped-call]  # blackjax leaves it untyped
            jax.random.split(here, count), state.chains
        )
        learned = adapt(
            state.adaptation,
            info.proposal.position,
            info.proposal.momentum,
            state.chains.position,
            info.acceptance_rate,
            info.is_divergent,
            ones,
        )
        current = jnp.stack([learned.step_size, learned.trajectory_length])
        average = jnp.exp(
            jnp.stack([learned.log_step_size_moving_average, learned.log_trajectory_length_moving_average])
        )
        tuning = jnp.where(state.adapting > 1, current, jnp.where(state.adapting == 1, average, state.tuning))
        trace = Trace(
            chains.position,
            -chains.logdensity_grad,
            info.is_divergent,
            energy_after(state.chains.logdensity, info),
            jnp.broadcast_to(info.num_integration_steps, (count,)),
            info.acceptance_rate,
            jnp.broadcast_to(tuning, (count, 2)),
            -chains.logdensity,
        )
        left = jnp.maximum(state.adapting - 1, 0)
        moved = _State(rng_key, chains, learned, tuning, left)
        # One draw of all chains: as much work as a block of a single one.
        return moved, jax.tree.map(lambda leaf: leaf[None], trace)

    spread = _over_devices(count)
    zeros, square = jnp.zeros_like(target.initial), jnp.eye(size)
    many = jnp.zeros((count, size))
    example = spread(prepared(jax.random.key(0), many, jnp.zeros(count), many, jnp.asarray(_TUNING)))
    same = jax.tree.map(lambda leaf: leaf.sharding, example)
    lowered = jax.jit(block, out_shardings=(same, None)).lower(example, zeros, square, target.data)

    def compile_lowered() -> Callable[[Density], Kernel]:
        compiled = lowered.compile()

        def bound(density: Density) -> Kernel:
            def begin(
                rng_key: Array, points: Points, coordinates: Coordinates, tuning: Vector, adapting: int | None
            ) -> State:
                found = [density(point) for point in points]
                values = -jnp.asarray([value for value, _ in found])
                gradients = -np.stack([gradient for _, gradient in found]) @ coordinates.root
                y = np.linalg.solve(coordinates.root, (points - coordinates.centre).T).T
                first = prepared(rng_key, jnp.asarray(y), values, jnp.asarray(gradients), jnp.asarray(tuning))
                left = _ADAPTING_ALWAYS if adapting is None else adapting
                return spread(first._replace(adapting=jnp.asarray(left, jnp.int32)))

            return Kernel(
                begin, running(compiled, own(density.data)), pack, lambda leaves: unpack(leaves, example)
            )

        return bound

    return Lowered(
        digest(lowered), compile_lowered, width=count, starts=settings.superchains, tuning=np.array(_TUNING)
    )


def _over_devices(count: int) -> Callable[[_State], _State]:
    """Chains spread over all devices, where these share them evenly."""
    devices = jax.devices()
    if len(devices) == 1 or count % len(devices):
        return lambda state: state
    mesh = Mesh(np.array(devices), ("chain",))

    def spread(state: _State) -> _State:
        everywhere, by_chain = (NamedSharding(mesh, axes) for axes in (_EVERYWHERE, _BY_CHAIN))
        moved: _State = jax.device_put(state, everywhere)
        return moved._replace(chains=jax.device_put(state.chains, by_chain))

    return spread
