"""The compiled log density and its gradient, for code that works on NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np

from windup.fit.sampling.target.coordinates import Vector
from windup.fit.sampling.target.stored_gradient import with_stored_gradient
from windup.fit.sampling.target.target import Target

type ValueAndGradient = Callable[[Vector], tuple[float, Vector]]


@final
@dataclass(frozen=True)
class Density:
    """Negative log density and its gradient, given data; safe to call from several threads.

    In double precision, whatever the chains that ask move in.
    """

    program: Callable[[Any, Any], tuple[Any, Any]]
    data: Any

    def __call__(self, x: Vector) -> tuple[float, Vector]:
        """Negative log density and its gradient at a point."""
        with jax.enable_x64(True):
            value, gradient = self.program(jnp.asarray(x, float), self.data)
        return float(value), np.asarray(gradient)


def compile_density(target: Target) -> Density:
    """Compile the density of a target."""
    potential = with_stored_gradient(target).potential
    program = jax.jit(jax.value_and_grad(potential)).lower(target.initial, target.data).compile()
    return Density(program, target.data)
