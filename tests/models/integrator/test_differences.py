"""Claims about directional derivatives by central differences."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.models.integrator.differences import along

POINTS = (jnp.array([0.2, 0.7, 1.3]), jnp.array([1.0, 0.1, 0.4]))
# Two directions at each of three points; rows are the leaves of a point.
DIRECTIONS = np.array([[1.0, 0.5], [0.0, -2.0]])


def bent(scale: Array, point: tuple[Array, Array]) -> list[Array]:
    x, y = point
    return [scale * jnp.exp(-x) * y, jnp.tanh(x * y) / (1.0 + scale * y)]


def exact_slopes(scale: Array, points: tuple[Array, Array]) -> Array:
    def along_one(direction: Array) -> Array:
        tangents = tuple(jnp.full_like(x, v) for x, v in zip(points, direction, strict=True))
        return jnp.stack(jax.jvp(lambda at: bent(scale, at), (points,), (tangents,))[1])

    return jnp.stack([along_one(direction) for direction in jnp.asarray(DIRECTIONS.T)], axis=1)


def test_difference_is_the_derivative_to_ten_digits() -> None:
    scale = jnp.array(1.7)
    slopes = along(bent, scale, POINTS, DIRECTIONS)
    np.testing.assert_allclose(slopes, exact_slopes(scale, POINTS), rtol=1e-9, atol=1e-10)


def test_gradient_of_a_difference_is_the_second_derivative() -> None:
    def by_difference(scale: Array, points: tuple[Array, Array]) -> Array:
        return jnp.sum(along(bent, scale, points, DIRECTIONS) ** 2)

    def exactly(scale: Array, points: tuple[Array, Array]) -> Array:
        return jnp.sum(exact_slopes(scale, points) ** 2)

    found, exact = (jax.grad(f, argnums=(0, 1))(jnp.array(1.7), POINTS) for f in (by_difference, exactly))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(exact), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9)
