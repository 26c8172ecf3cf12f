"""Value and gradient of a density, by reverse or by forward differentiation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from windup.fit.errors import SettingsError

GRADIENTS: Mapping[str, str] = MappingProxyType(
    {
        "reverse": "one pass back through the model, whatever the number of parameters",
        "forward": "one pass forward for each parameter: for loops of open length, such as lax.while_loop",
    }
)


def check_gradient(gradient: str) -> None:
    """Refuse a way to differentiate that there is none of."""
    if gradient not in GRADIENTS:
        raise SettingsError(f"gradient is {gradient!r}; give one of: {', '.join(GRADIENTS)}.")


def value_and_gradient(function: Callable[..., Array], gradient: str) -> Callable[..., tuple[Array, Array]]:
    """A function of a vector and of other things, and its gradient in the vector."""
    if gradient == "reverse":
        return jax.value_and_grad(function)

    def forward(x: Array, *others: Any) -> tuple[Array, Array]:
        def along(direction: Array) -> tuple[Array, Array]:
            pushed: tuple[Array, Array] = jax.jvp(lambda y: function(y, *others), (x,), (direction,))
            return pushed

        value, slopes = jax.vmap(along, out_axes=(None, 0))(jnp.eye(len(x), dtype=x.dtype))
        return value, slopes

    return forward


def differentiable(function: Callable[..., Array], gradient: str) -> Callable[..., Array]:
    """The same function of a vector and of data, whose gradient in the vector is found in the given way.

    It is traced once, however many programs need the gradient. Data have no gradient: no sampler moves them.
    """
    both, differentiated = jax.jit(value_and_gradient(function, gradient)), jax.custom_vjp(function)

    def forward(x: Array, *data: Any) -> tuple[Array, tuple[Array, Any]]:
        value, slope = both(x, *data)
        return value, (slope, data)

    differentiated.defvjp(
        forward, lambda saved, seed: (seed * saved[0], *jax.tree.map(jnp.zeros_like, saved[1]))
    )
    return differentiated
