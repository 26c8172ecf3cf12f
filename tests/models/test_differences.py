"""Claims about directional derivatives by central differences."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.models._differences import along

POINT = (jnp.array([0.2, 0.7, 1.3]), jnp.array([1.0, 0.1, 0.4]))
DIRECTION = (np.array([1.0, 0.0, 0.5]), np.array([0.0, 1.0, -2.0]))


def bent(scale: Array, point: tuple[Array, Array]) -> list[Array]:
    x, y = point
    return [scale * jnp.exp(-x) * y, jnp.tanh(x * y) / (1.0 + scale * y)]


def test_difference_is_the_derivative_to_ten_digits() -> None:
    scale = jnp.array(1.7)
    value, slope = along(bent, scale, POINT, DIRECTION)
    direction = jax.tree.map(jnp.asarray, DIRECTION)
    exact_value, exact_slope = jax.jvp(lambda point: bent(scale, point), (POINT,), (direction,))
    np.testing.assert_allclose(value, exact_value, rtol=1e-9)
    np.testing.assert_allclose(slope, exact_slope, rtol=1e-9, atol=1e-10)


def test_gradient_of_a_difference_is_the_second_derivative() -> None:
    def by_difference(scale: Array, point: tuple[Array, Array]) -> Array:
        return sum(jnp.sum(x**2) for x in along(bent, scale, point, DIRECTION)[1])  # type: ignore[return-value]

    def exactly(scale: Array, point: tuple[Array, Array]) -> Array:
        direction = jax.tree.map(jnp.asarray, DIRECTION)
        slopes = jax.jvp(lambda point: bent(scale, point), (point,), (direction,))[1]
        return sum(jnp.sum(x**2) for x in slopes)  # type: ignore[return-value]

    found, exact = (jax.grad(f, argnums=(0, 1))(jnp.array(1.7), POINT) for f in (by_difference, exactly))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(exact), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9)
