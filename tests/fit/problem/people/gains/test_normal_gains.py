"""Claims about what is read off nodes of gain, on the mean over people whose log gains are normal."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.problem.people.gains.normal_gains import Gains

NODES = np.linspace(-2.0, 2.0, 5)


def on_a_grid(mean: float, sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Gains, and their shares."""
    at = np.linspace(-8.0, 8.0, 16_001)
    share = np.exp(-(at**2) / 2.0)
    return mean + sd * at, share / share.sum()


def hats(gain: np.ndarray) -> np.ndarray:
    """Weight of every node in the line through the values at all."""
    return np.stack([np.interp(gain, NODES, unit) for unit in np.eye(len(NODES))])


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.7, 0.4), (-1.9, 0.8), (2.9, 0.3)])
def test_lines_and_products_of_neighbours_are_means_over_a_normal(mean: float, sd: float) -> None:
    gain, share = on_a_grid(mean, sd)
    known = Gains(jnp.asarray(mean), jnp.asarray(sd), NODES)
    weights = hats(gain)
    np.testing.assert_allclose(known.lines(), weights @ share, atol=1e-6)
    np.testing.assert_allclose(known.lines().sum(), 1.0, atol=1e-12)
    np.testing.assert_allclose(
        known.products_of_neighbours(), (weights[1:] * weights[:-1]) @ share, atol=1e-6
    )


def test_people_who_hardly_differ_are_read_as_one() -> None:
    known = Gains(jnp.asarray(0.3), jnp.asarray(1e-3), NODES)
    one = hats(np.array([0.3]))[:, 0]
    np.testing.assert_allclose(known.lines(), one, atol=1e-9)
    np.testing.assert_allclose(known.products_of_neighbours(), one[1:] * one[:-1], atol=1e-5)
