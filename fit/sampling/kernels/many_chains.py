"""Many chains of jittered HMC that move together: every chain takes the same number of steps.

NUTS makes chains that share a program wait for the longest tree of all; here none waits, and one gradient is
that of all chains, which is what vector hardware is for. Step size and trajectory length are learned from all
chains (ChEES; Hoffman, Radul and Sountsov 2021, https://proceedings.mlr.press/v130/hoffman21a.html), both by
blackjax, in the coordinates of the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, final, override

import jax
import jax.numpy as jnp
import numpy as np
import optax
from blackjax.adaptation import chees_adaptation
from blackjax.mcmc import dynamic_hmc
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array

from windup.fit.sampling.kernels.kernel import (
    Lowered,
    MarkovChains,
    Points,
    Trace,
    energy_after,
)
from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.sampling.target.density import Density
from windup.fit.sampling.target.target import Target
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
    return _ManyChains(target, settings).lower()


@final
class _ManyChains(MarkovChains):
    """Dynamic HMC of blackjax for all chains at once, tuned by ChEES."""

    def __init__(self, target: Target, settings: ManyChains) -> None:
        starts, tuning = settings.superchains, np.array(_TUNING)
        super().__init__(target, width=settings.chains, starts=starts, tuning=tuning)
        self._max_steps = settings.max_steps
        self._hmc = dynamic_hmc.build_kernel(
            next_random_arg_fn=_next_number,
            integration_steps_fn=lambda number, steps: jnp.ceil(_jitter(number) * steps).astype(int),
        )
        self._first_adaptation, self._adapt = chees_adaptation.base(
            _jitter,
            _next_number,
            optax.adam(_LEARNING_RATE),
            settings.target_accept,
            _DECAY,
            settings.max_steps,
        )
        self._ones = jnp.ones(len(target.initial))
        self._prepared = jax.jit(self._prepare)
        self._spread = _over_devices(settings.chains)

    def _prepare(
        self, rng_key: Array, y: Array, log_density: Array, gradient: Array, tuning: Array
    ) -> _State:
        first = self._first_adaptation(jnp.zeros((), int), tuning[0])
        adaptation = first._replace(step=jnp.ones(()), trajectory_length=tuning[1])
        numbers = jnp.zeros(self.width, int)
        chains = dynamic_hmc.DynamicHMCState(y, log_density, gradient, numbers)
        return _State(rng_key, chains, adaptation, tuning, jnp.asarray(_ADAPTING_ALWAYS, jnp.int32))

    @override
    def example(self) -> _State:
        many = jnp.zeros((self.width, len(self.target.initial)))
        densities, tuning = jnp.zeros(self.width), jnp.asarray(_TUNING)
        return self._spread(self._prepared(jax.random.key(0), many, densities, many, tuning))

    @override
    def jitted(self, example: _State) -> Any:
        same = jax.tree.map(lambda leaf: leaf.sharding, example)
        return jax.jit(self.block, out_shardings=(same, None))

    @override
    def block(self, state: _State, centre: Array, root: Array, data: Any) -> tuple[_State, Trace[Array]]:
        def log_density(y: Array) -> Array:
            return -self.target.potential(centre + root @ y, data)

        rng_key, here = jax.random.split(state.rng_key)
        step_size, length = state.tuning[0], state.tuning[1]
        steps = jnp.minimum(length / step_size, self._max_steps)
        tuned = {
            "step_size": step_size,
            "inverse_mass_matrix": self._ones,
            "integration_steps_params": (steps,),
        }
        move = jax.vmap(lambda key, chain: self._hmc(key, chain, log_density, **tuned))
        chains, info = move(  # type: ignore[no-untyped-call]  # blackjax leaves it untyped
            jax.random.split(here, self.width), state.chains
        )
        learned = self._adapt(
            state.adaptation,
            info.proposal.position,
            info.proposal.momentum,
            state.chains.position,
            info.acceptance_rate,
            info.is_divergent,
            self._ones,
        )
        tuning = _tuning_in_use(state, learned)
        trace = Trace(
            chains.position,
            -chains.logdensity_grad,
            info.is_divergent,
            energy_after(state.chains.logdensity, info),
            jnp.broadcast_to(info.num_integration_steps, (self.width,)),
            info.acceptance_rate,
            jnp.broadcast_to(tuning, (self.width, 2)),
            -chains.logdensity,
        )
        left = jnp.maximum(state.adapting - 1, 0)
        moved = _State(rng_key, chains, learned, tuning, left)
        # One draw of all chains: as much work as a block of a single one.
        return moved, jax.tree.map(lambda leaf: leaf[None], trace)

    @override
    def begin(
        self,
        density: Density,
        rng_key: Array,
        points: Points,
        coordinates: Coordinates,
        tuning: Vector,
        adapting: int | None,
    ) -> _State:
        densities = [density(point) for point in points]
        values = -jnp.asarray([value for value, _ in densities])
        gradients = -np.stack([gradient for _, gradient in densities]) @ coordinates.root
        y = np.linalg.solve(coordinates.root, (points - coordinates.centre).T).T
        first = self._prepared(rng_key, jnp.asarray(y), values, jnp.asarray(gradients), jnp.asarray(tuning))
        left = _ADAPTING_ALWAYS if adapting is None else adapting
        return self._spread(first._replace(adapting=jnp.asarray(left, jnp.int32)))


def _jitter(number: Array) -> Array:
    """Share of the trajectory length that the trajectory of this number has."""
    share: Array = dynamic_hmc.halton_sequence(number, _BITS)
    return share


def _next_number(number: Array) -> Array:
    return number + 1


def _tuning_in_use(state: _State, learned: Any) -> Array:
    """Current tuning while it adapts, the average once it ended, and no other from then on."""
    current = jnp.stack([learned.step_size, learned.trajectory_length])
    average = jnp.exp(
        jnp.stack([learned.log_step_size_moving_average, learned.log_trajectory_length_moving_average])
    )
    return jnp.where(state.adapting > 1, current, jnp.where(state.adapting == 1, average, state.tuning))


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
