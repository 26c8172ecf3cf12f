"""A compiled MCMC kernel: advances a group of chains by one block of draws."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.sampling.target.coordinates import Coordinates, Vector
from windup.fit.sampling.target.density import Density
from windup.fit.sampling.target.target import Target, own


def energy_after(before: Array, info: Any) -> Array:
    r"""Energy :math:`-\log p + |m|^2 / 2` at the end of a transition of blackjax's HMC with unit masses.

    blackjax gives that of the proposal, also of one that was refused. That of a divergent proposal has no
    bound, and one such number sets E-BFMI, the mean square of the energy's changes over its variance, to 0
    (Betancourt 2016, arXiv:1604.00695: energies of the states of the chain).

    Parameters
    ----------
    before
        Log density where the transition began.
    info
        `blackjax.mcmc.hmc.HMCInfo`, whose momentum is the one at the beginning.
    """
    return jnp.where(info.is_accepted, info.energy, 0.5 * jnp.sum(info.momentum**2, axis=-1) - before)


# Warm-up and draws are counted in tens.
BLOCK = 10


type State = Any


type Points = Float[np.ndarray, "chains parameters"]


class Trace[Leaf](NamedTuple):
    """Draws of the chains that move together, leading dimensions ``(draws, chains)``.

    Positions and gradients are whitened; ``tuning`` is the step size, followed by the trajectory length where
    the sampler has one.
    """

    z: Leaf
    gradient: Leaf
    diverging: Leaf
    energy: Leaf
    n_steps: Leaf
    acceptance_rate: Leaf
    tuning: Leaf
    potential: Leaf


type HostTrace = Trace[np.ndarray]


class Kernel(NamedTuple):
    """``begin`` chains at unconstrained points, then repeat ``block``.

    ``begin(rng_key, points, coordinates, tuning, adapting)`` takes the number of draws for which the tuning
    adapts, None for all. ``pack`` turns a state into arrays that can be kept on disk, ``unpack`` turns these
    into the state again.
    """

    begin: Callable[[Array, Points, Coordinates, Vector, int | None], State]
    block: Callable[[State, Coordinates], tuple[State, HostTrace]]
    pack: Callable[[State], tuple[np.ndarray, ...]]
    unpack: Callable[[tuple[np.ndarray, ...]], State]


class Lowered(NamedTuple):
    """A sampler that is traced but not compiled.

    Attributes
    ----------
    program
        Digest of its program.
    compile
        Compiles it, which may be in another thread (numpyro keeps its handlers in one global stack, so that
        no two threads may trace a model at the same time). What it gives takes a density, whose data may be
        others than those it was traced with.
    width
        Number of chains that move together.
    starts
        Number of points at which these begin: chains that share one are a superchain.
    tuning
        Where tuning begins: a step size, and a trajectory length where there is one.
    """

    program: str
    compile: Callable[[], Callable[[Density], Kernel]]
    width: int
    starts: int
    tuning: Vector


class MarkovChains(ABC):
    """A Markov chain sampler of one target: how its chains begin, and how they move.

    Parameters
    ----------
    target
        Density that is sampled.
    width, starts, tuning
        As in `Lowered`.
    """

    def __init__(self, target: Target, *, width: int, starts: int, tuning: Vector) -> None:
        self.target = target
        self.width = width
        self.starts = starts
        self.tuning = tuning

    @abstractmethod
    def example(self) -> State:
        """Any state of the chains: its types and shapes are those of all."""

    @abstractmethod
    def block(self, state: State, centre: Array, root: Array, data: Any) -> tuple[State, Trace[Array]]:
        """The state some draws later, and these draws; JAX traces it."""

    @abstractmethod
    def begin(
        self,
        density: Density,
        rng_key: Array,
        points: Points,
        coordinates: Coordinates,
        tuning: Vector,
        adapting: int | None,
    ) -> State:
        """The state of chains at unconstrained points (see `Kernel`)."""

    def jitted(self, example: State) -> Any:
        """`block` as a program, for states that live on the devices of an example."""
        return jax.jit(self.block)

    def lower(self) -> Lowered:
        """Trace it."""
        example = self.example()
        zeros, square = jnp.zeros_like(self.target.initial), jnp.eye(len(self.target.initial))
        lowered = self.jitted(example).lower(example, zeros, square, self.target.data)

        def compile_lowered() -> Callable[[Density], Kernel]:
            compiled = lowered.compile()

            def bound(density: Density) -> Kernel:
                return Kernel(
                    partial(self.begin, density),
                    _running(compiled, own(density.data)),
                    _pack,
                    lambda leaves: _unpack(leaves, example),
                )

            return bound

        return Lowered(_digest(lowered), compile_lowered, self.width, self.starts, self.tuning)


def _running(
    compiled: Callable[..., Any], data: Any
) -> Callable[[State, Coordinates], tuple[State, HostTrace]]:
    """The ``block`` of a kernel: a compiled program with its data, whose traces come to the host."""

    def block(state: State, coordinates: Coordinates) -> tuple[State, HostTrace]:
        state, trace = compiled(state, *map(jnp.asarray, coordinates), data)
        return state, jax.tree.map(np.asarray, trace)

    return block


def _digest(lowered: Any) -> str:
    """Digest of a traced program."""
    return hashlib.sha256(lowered.as_text().encode()).hexdigest()


def _pack(state: State) -> tuple[np.ndarray, ...]:
    """Leaves of a state as arrays without keys."""
    leaves = jax.tree.leaves(state)
    return tuple(np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf) for leaf in leaves)


def _unpack(leaves: tuple[np.ndarray, ...], example: State) -> State:
    """The state again, with the types and on the devices of an example."""
    like, structure = jax.tree.flatten(example)
    made = [
        jax.random.wrap_key_data(jnp.asarray(leaf))
        if _is_key(model)
        else jax.device_put(jnp.asarray(leaf, model.dtype), model.sharding)
        for leaf, model in zip(leaves, like, strict=True)
    ]
    return jax.tree.unflatten(structure, made)


def _is_key(leaf: Array) -> bool:
    return bool(jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key))
