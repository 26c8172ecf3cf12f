"""NUTS of numpyro in given coordinates, compiled once for a whole fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro.infer.hmc import hmc

from windup.fit.sampling.kernels.kernel import (
    BLOCK,
    Kernel,
    Lowered,
    Points,
    State,
    Trace,
    digest,
    pack,
    running,
    unpack,
)
from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.sampling.target.density import Density
from windup.fit.sampling.target.target import Target, own
from windup.fit.settings.samplers import Sampling

# Number of draw at which step size adaptation ends; a chain that starts at `_END - n` adapts for n draws.
_END = 1_000_000
_STEP_SIZE = 0.02


def lower_nuts(target: Target, settings: Sampling) -> Lowered:
    """NUTS without a mass matrix of its own, one chain by itself.

    The coordinates are arguments and never recompile it.
    """

    def in_coordinates(centre: Array, root: Array, data: Any) -> Callable[[Array], Array]:
        return lambda y: target.potential(centre + root @ y, data)

    def standard_normal(centre: Array, root: Array, data: Any) -> Callable[[Array], Array]:
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
            model_args=(centre, root, target.data),
            model_kwargs={},
            rng_key=key,
        )

    cheap = jax.jit(lambda *a: state(cheap_setup, *a))

    def block(state: State, centre: Array, root: Array, data: Any) -> tuple[State, Trace[Array]]:
        def one(state: State, _: None) -> tuple[State, Trace[Array]]:
            state = draw(state, (centre, root, data), {})
            found = Trace(
                state.z,
                state.z_grad,
                state.diverging,
                state.energy,
                state.num_steps,
                state.accept_prob,
                state.adapt_state.step_size[None],
                state.potential_energy,
            )
            return state, jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], found)

        return jax.lax.scan(one, state, None, length=BLOCK)

    zeros, square = jnp.zeros_like(target.initial), jnp.eye(len(target.initial))
    arguments = jax.random.key(0), zeros, zeros, square, jnp.asarray(0.1)
    # Tells numpyro's closures the settings without compiling anything.
    jax.eval_shape(lambda: state(setup, *arguments))
    example = cheap(*arguments)
    lowered = jax.jit(block).lower(example, zeros, square, target.data)

    def compile_lowered() -> Callable[[Density], Kernel]:
        compiled = lowered.compile()

        def bound(density: Density) -> Kernel:
            def begin(
                rng_key: Array, points: Points, coordinates: Coordinates, tuning: Vector, adapting: int | None
            ) -> State:
                (point,) = points
                value, gradient = density(point)
                y = np.linalg.solve(coordinates.root, point - coordinates.centre)
                first = cheap(rng_key, jnp.asarray(y), *map(jnp.asarray, coordinates), jnp.asarray(tuning[0]))
                return first._replace(
                    i=jnp.asarray(0 if adapting is None else _END - adapting, first.i.dtype),
                    potential_energy=jnp.asarray(value),
                    z_grad=jnp.asarray(coordinates.root.T @ gradient),
                )

            return Kernel(
                begin, running(compiled, own(density.data)), pack, lambda leaves: unpack(leaves, example)
            )

        return bound

    return Lowered(digest(lowered), compile_lowered, width=1, starts=1, tuning=np.array([_STEP_SIZE]))
