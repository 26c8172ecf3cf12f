"""Jittered HMC of blackjax in given coordinates, one chain by itself, compiled once for a whole fit.

In coordinates fitted to draws and gradients every direction has about the scale of one, so that one length
suits them all: what NUTS spends on finding its length, doubling by doubling, is spent on moving instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, final, override

import jax
import jax.numpy as jnp
import numpy as np
from blackjax.adaptation.step_size import dual_averaging_adaptation
from blackjax.mcmc import dynamic_hmc
from jaxtyping import Array

from windup.fit.sampling.kernels.kernel import (
    BLOCK,
    Lowered,
    MarkovChains,
    Points,
    Trace,
    energy_after,
)
from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.sampling.target.density import Density
from windup.fit.sampling.target.target import Target
from windup.fit.settings.samplers import Hmc

_STEP_SIZE = 0.02
_ADAPTING_ALWAYS = np.iinfo(np.int32).max


class _State(NamedTuple):
    """One chain, what is learned of its step size, the one in use, and for how many draws it still adapts."""

    rng_key: Array
    chain: Any
    adaptation: Any
    step_size: Array
    adapting: Array


def lower_hmc(target: Target, settings: Hmc) -> Lowered:
    """HMC with trajectories of random lengths, one chain by itself."""
    return _JitteredHmc(target, settings).lower()


@final
class _JitteredHmc(MarkovChains):
    """Dynamic HMC of blackjax, whose step size is adapted by dual averaging."""

    def __init__(self, target: Target, settings: Hmc) -> None:
        tuning = np.array([_STEP_SIZE, settings.trajectory_length])
        super().__init__(target, width=1, starts=1, tuning=tuning)
        self._settings = settings
        self._hmc = dynamic_hmc.build_kernel(integration_steps_fn=_steps)
        self._first_adaptation, self._adapt, _ = dual_averaging_adaptation(settings.target_accept)
        self._ones = jnp.ones(len(target.initial))
        self._prepared = jax.jit(self._prepare)

    def _prepare(
        self, rng_key: Array, y: Array, log_density: Array, gradient: Array, step_size: Array
    ) -> _State:
        lengths, moves = jax.random.split(rng_key)
        chain = dynamic_hmc.DynamicHMCState(y, log_density, gradient, lengths)
        always = jnp.asarray(_ADAPTING_ALWAYS, jnp.int32)
        return _State(moves, chain, self._first_adaptation(step_size), step_size, always)

    @override
    def example(self) -> _State:
        zeros = jnp.zeros_like(self.target.initial)
        key, zero, step_size = jax.random.key(0), jnp.zeros(()), jnp.asarray(_STEP_SIZE)
        state: _State = self._prepared(key, zeros, zero, zeros, step_size)
        return state

    @override
    def block(self, state: _State, centre: Array, root: Array, data: Any) -> tuple[_State, Trace[Array]]:
        def log_density(y: Array) -> Array:
            return -self.target.potential(centre + root @ y, data)

        return jax.lax.scan(lambda state, _: self._one_draw(state, log_density), state, None, length=BLOCK)

    def _one_draw(self, state: _State, log_density: Callable[[Array], Array]) -> tuple[_State, Trace[Array]]:
        settings = self._settings
        rng_key, here = jax.random.split(state.rng_key)
        longest = jnp.minimum(settings.trajectory_length / state.step_size, settings.max_steps)
        chain, info = self._hmc(here, state.chain, log_density, state.step_size, self._ones, (longest,))
        learned = self._adapt(state.adaptation, info.acceptance_rate)
        current, average = jnp.exp(learned.log_step_size), jnp.exp(learned.log_step_size_avg)
        step_size = jnp.where(
            state.adapting > 1, current, jnp.where(state.adapting == 1, average, state.step_size)
        )
        trace = Trace(
            chain.position,
            -chain.logdensity_grad,
            info.is_divergent,
            energy_after(state.chain.logdensity, info),
            info.num_integration_steps,
            info.acceptance_rate,
            jnp.stack([step_size, jnp.asarray(settings.trajectory_length, step_size.dtype)]),
            -chain.logdensity,
        )
        left = jnp.maximum(state.adapting - 1, 0)
        moved = _State(rng_key, chain, learned, step_size, left)
        return moved, jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], trace)

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
        (point,) = points
        value, gradient = density(point)
        y = np.linalg.solve(coordinates.root, point - coordinates.centre)
        first: _State = self._prepared(
            rng_key,
            jnp.asarray(y),
            -jnp.asarray(value),
            -jnp.asarray(coordinates.root.T @ gradient),
            jnp.asarray(tuning[0]),
        )
        left = _ADAPTING_ALWAYS if adapting is None else adapting
        return first._replace(adapting=jnp.asarray(left, jnp.int32))


def _steps(rng_key: Array, longest: Array) -> Array:
    """Number of leapfrog steps of a trajectory, uniform up to the longest."""
    return jnp.ceil(jax.random.uniform(rng_key) * longest).astype(int)
