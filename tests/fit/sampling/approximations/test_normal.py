"""Claims about the pieces of normal approximations."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from windup.fit.sampling.approximations.normal import _one_at_a_time

STATES = 10_000


def density(x: Array) -> Array:
    """A normal density by way of as many states as a solve of many studies has."""
    # Sorted, so that no compiler adds them up without holding them.
    return -jnp.mean(jnp.sort(jnp.sum(x**2) * jnp.linspace(0.0, 1.0, STATES)))


POINTS = jnp.linspace(-1.0, 1.0, 2000).reshape(1000, 2)


def test_a_thousand_points_need_the_memory_of_a_few() -> None:
    def memory(points: Array) -> int:
        compiled = jax.jit(jax.vmap(_one_at_a_time(density))).lower(points).compile()
        found = compiled.memory_analysis()
        assert found is not None
        return int(found.temp_size_in_bytes)

    assert memory(POINTS) < 10 * memory(POINTS[:1])


def test_values_and_gradients_are_those_of_the_density() -> None:
    function = _one_at_a_time(density)
    assert np.allclose(jax.vmap(function)(POINTS), jax.vmap(density)(POINTS), rtol=1e-12)
    slopes = jax.vmap(jax.grad(function))(POINTS)
    assert np.allclose(slopes, jax.vmap(jax.grad(density))(POINTS), rtol=1e-12)
