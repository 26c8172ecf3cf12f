"""The compiled log density and its gradient, for code that works on NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from ._coordinates import Vector
from ._target import Target

type ValueAndGradient = Callable[[Vector], tuple[float, Vector]]


def compile_density(target: Target) -> ValueAndGradient:
    """Negative log density and its gradient; safe to call from several threads."""
    compiled = jax.jit(jax.value_and_grad(target.potential)).lower(target.initial).compile()

    def value_and_gradient(x: Vector) -> tuple[float, Vector]:
        value, gradient = compiled(jnp.asarray(x))
        return float(value), np.asarray(gradient)

    return value_and_gradient
