"""NUTS of numpyro in given coordinates, compiled once for a whole fit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, final, override

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro.infer.hmc import hmc

from windup.fit.sampling.kernels.kernel import (
    BLOCK,
    Lowered,
    MarkovChains,
    Points,
    State,
    Trace,
)
from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.sampling.target.density import Density
from windup.fit.sampling.target.target import Target
from windup.fit.settings.samplers import Sampling

# Number of draw at which step size adaptation ends; a chain that starts at `_END - n` adapts for n draws.
_END = 1_000_000
_STEP_SIZE = 0.02


def lower_nuts(target: Target, settings: Sampling) -> Lowered:
    """NUTS with a unit mass matrix, one chain by itself.

    The coordinates are arguments and never recompile it.
    """
    return _Nuts(target, settings).lower()


@final
class _Nuts(MarkovChains):
    """NUTS of numpyro."""

    def __init__(self, target: Target, settings: Sampling) -> None:
        super().__init__(target, width=1, starts=1, tuning=np.array([_STEP_SIZE]))
        self._settings = settings
        self._setup, self._draw = hmc(potential_fn_gen=self._in_coordinates, algo="NUTS")
        # A chain's first state needs one gradient, which is compiled already: it is set up on a trivial
        # density, and the true numbers are put in.
        cheap_setup, _ = hmc(potential_fn_gen=_standard_normal, algo="NUTS")
        self._cheap_state = jax.jit(partial(self._state, cheap_setup))

    def _in_coordinates(self, centre: Array, root: Array, data: Any) -> Callable[[Array], Array]:
        return lambda y: self.target.potential(centre + root @ y, data)

    def _state(self, setup: Any, key: Array, y: Array, centre: Array, root: Array, step_size: Array) -> State:
        return setup(
            y,
            num_warmup=_END,
            step_size=step_size,
            adapt_mass_matrix=False,
            dense_mass=False,
            target_accept_prob=self._settings.target_accept,
            max_tree_depth=self._settings.max_tree_depth,
            model_args=(centre, root, self.target.data),
            model_kwargs={},
            rng_key=key,
        )

    @override
    def example(self) -> State:
        zeros, square = jnp.zeros_like(self.target.initial), jnp.eye(len(self.target.initial))
        arguments = jax.random.key(0), zeros, zeros, square, jnp.asarray(0.1)
        # Gives numpyro's closures the settings without compiling anything.
        jax.eval_shape(lambda: self._state(self._setup, *arguments))
        return self._cheap_state(*arguments)

    @override
    def block(self, state: State, centre: Array, root: Array, data: Any) -> tuple[State, Trace[Array]]:
        def one(state: State, _: None) -> tuple[State, Trace[Array]]:
            state = self._draw(state, (centre, root, data), {})
            trace = Trace(
                state.z,
                state.z_grad,
                state.diverging,
                state.energy,
                state.num_steps,
                state.accept_prob,
                state.adapt_state.step_size[None],
                state.potential_energy,
            )
            return state, jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], trace)

        return jax.lax.scan(one, state, None, length=BLOCK)

    @override
    def begin(
        self,
        density: Density,
        rng_key: Array,
        points: Points,
        coordinates: Coordinates,
        tuning: Vector,
        adapting: int | None,
    ) -> State:
        (point,) = points
        value, gradient = density(point)
        y = np.linalg.solve(coordinates.root, point - coordinates.centre)
        first = self._cheap_state(
            rng_key, jnp.asarray(y), *map(jnp.asarray, coordinates), jnp.asarray(tuning[0])
        )
        return first._replace(
            i=jnp.asarray(0 if adapting is None else _END - adapting, first.i.dtype),
            potential_energy=jnp.asarray(value),
            z_grad=jnp.asarray(coordinates.root.T @ gradient),
        )


def _standard_normal(centre: Array, root: Array, data: Any) -> Callable[[Array], Array]:
    return lambda y: 0.5 * jnp.sum(y**2)
