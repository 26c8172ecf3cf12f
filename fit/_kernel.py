"""NUTS of numpyro in given coordinates, compiled once for a whole fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro.infer.hmc import hmc

from ._coordinates import Coordinates, Vector
from ._density import ValueAndGradient
from ._settings import Settings
from ._target import Target

# Draws between two looks at the clock and the stop flag.
BLOCK = 10
# Number of draw at which step size adaptation ends; a chain that starts at `_END - n` adapts for n draws.
_END = 1_000_000

type State = Any


class Trace[Leaf](NamedTuple):
    """Draws of one chain, leading dimension ``draws``; positions and gradients are whitened."""

    z: Leaf
    gradient: Leaf
    diverging: Leaf
    energy: Leaf
    n_steps: Leaf
    acceptance_rate: Leaf
    step_size: Leaf
    potential: Leaf


type HostTrace = Trace[np.ndarray]


class Kernel(NamedTuple):
    """``begin`` a chain at an unconstrained point, then repeat ``block``."""

    begin: Callable[[Array, ValueAndGradient, Vector, Coordinates, float, int | None], State]
    block: Callable[[State, Coordinates], tuple[State, HostTrace]]


def lower_kernel(target: Target, settings: Settings) -> Callable[[], Kernel]:
    """NUTS without a mass matrix of its own; the coordinates are arguments and never recompile it.

    Traced here, compiled when the result is called, which may be in another thread (numpyro keeps its
    handlers in one global stack, so that no two threads may trace a model at the same time).

    ``begin(rng_key, density, point, coordinates, step_size, adapting)`` takes the number of draws for which
    the step size adapts, None for all.
    """

    def in_coordinates(centre: Array, root: Array) -> Callable[[Array], Array]:
        return lambda y: target.potential(centre + root @ y)

    def standard_normal(centre: Array, root: Array) -> Callable[[Array], Array]:
        return lambda y: 0.5 * jnp.sum(y**2)

    setup, draw = hmc(potential_fn_gen=in_coordinates, algo="NUTS")
    # A chain's first state needs one gradient, which is compiled already: set it up on a trivial density and
    # put the true numbers in.
    cheap_setup, _ = hmc(potential_fn_gen=standard_normal, algo="NUTS")

    def state(make: Any, key: Array, y: Array, centre: Array, root: Array, step_size: Any) -> State:
        return make(
            y,
            num_warmup=_END,
            step_size=step_size,
            adapt_mass_matrix=False,
            dense_mass=False,
            target_accept_prob=settings.target_accept,
            max_tree_depth=settings.max_tree_depth,
            model_args=(centre, root),
            model_kwargs={},
            rng_key=key,
        )

    cheap = jax.jit(lambda *a: state(cheap_setup, *a))

    def begin(
        rng_key: Array,
        density: ValueAndGradient,
        point: Vector,
        coordinates: Coordinates,
        step_size: float,
        adapting: int | None,
    ) -> State:
        value, gradient = density(point)
        y = np.linalg.solve(coordinates.root, point - coordinates.centre)
        first = cheap(rng_key, jnp.asarray(y), *map(jnp.asarray, coordinates), jnp.asarray(step_size))
        return first._replace(
            i=jnp.asarray(0 if adapting is None else _END - adapting, first.i.dtype),
            potential_energy=jnp.asarray(value),
            z_grad=jnp.asarray(coordinates.root.T @ gradient),
        )

    def block(state: State, centre: Array, root: Array) -> tuple[State, Trace[Array]]:
        def one(state: State, _: None) -> tuple[State, Trace[Array]]:
            state = draw(state, (centre, root), {})
            return state, Trace(
                state.z,
                state.z_grad,
                state.diverging,
                state.energy,
                state.num_steps,
                state.accept_prob,
                state.adapt_state.step_size,
                state.potential_energy,
            )

        return jax.lax.scan(one, state, None, length=BLOCK)

    zeros, square = jnp.zeros_like(target.initial), jnp.eye(len(target.initial))
    arguments = jax.random.key(0), zeros, zeros, square, jnp.asarray(0.1)
    # Tells numpyro's closures the settings without compiling anything.
    jax.eval_shape(lambda: state(setup, *arguments))
    lowered = jax.jit(block).lower(cheap(*arguments), zeros, square)

    def compile_lowered() -> Kernel:
        compiled = lowered.compile()

        def run_block(state: State, coordinates: Coordinates) -> tuple[State, HostTrace]:
            state, trace = compiled(state, *map(jnp.asarray, coordinates))
            return state, jax.tree.map(np.asarray, trace)

        return Kernel(begin, run_block)

    return compile_lowered
