"""NUTS of numpyro in given coordinates, compiled once for a whole fit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro.infer.hmc import hmc

from ._coordinates import Coordinates, Vector
from ._density import ValueAndGradient
from ._settings import Sampling
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
    """``begin`` a chain at an unconstrained point, then repeat ``block``.

    ``pack`` turns a state into arrays that can be kept on disk, ``unpack`` turns these into the state again.
    """

    begin: Callable[[Array, ValueAndGradient, Vector, Coordinates, float, int | None], State]
    block: Callable[[State, Coordinates], tuple[State, HostTrace]]
    pack: Callable[[State], tuple[np.ndarray, ...]]
    unpack: Callable[[tuple[np.ndarray, ...]], State]


class Lowered(NamedTuple):
    """A kernel that is traced but not compiled: the digest of its program, and how to compile it."""

    program: str
    compile: Callable[[], Kernel]


def lower_kernel(target: Target, settings: Sampling) -> Lowered:
    """NUTS without a mass matrix of its own; the coordinates are arguments and never recompile it.

    Traced here, compiled when asked, which may be in another thread (numpyro keeps its handlers in one global
    stack, so that no two threads may trace a model at the same time).

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
    example = cheap(*arguments)
    lowered = jax.jit(block).lower(example, zeros, square)

    def compile_lowered() -> Kernel:
        compiled = lowered.compile()

        def run_block(state: State, coordinates: Coordinates) -> tuple[State, HostTrace]:
            state, trace = compiled(state, *map(jnp.asarray, coordinates))
            return state, jax.tree.map(np.asarray, trace)

        return Kernel(begin, run_block, _pack, lambda leaves: _unpack(leaves, example))

    return Lowered(hashlib.sha256(lowered.as_text().encode()).hexdigest(), compile_lowered)


def _is_key(leaf: Array) -> bool:
    return bool(jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key))


def _pack(state: State) -> tuple[np.ndarray, ...]:
    leaves = jax.tree.leaves(state)
    return tuple(np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf) for leaf in leaves)


def _unpack(leaves: tuple[np.ndarray, ...], example: State) -> State:
    like, structure = jax.tree.flatten(example)
    made = [
        jax.random.wrap_key_data(jnp.asarray(leaf)) if _is_key(model) else jnp.asarray(leaf, model.dtype)
        for leaf, model in zip(leaves, like, strict=True)
    ]
    return jax.tree.unflatten(structure, made)
