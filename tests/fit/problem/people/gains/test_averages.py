"""Claims about means over people of several drives, whose log gains are normal."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from windup.fit.problem.people.gains.averages import Averages, averages

NODES = (-2.0, -1.0, 0.0, 1.0, 2.0)
SHARE = np.array([0.2, 0.1, 0.4, 0.3])[:, None, None]
MEAN = np.array([0.0, 0.7, -1.9, 2.9])[:, None, None]
SD = np.array([1.0, 0.4, 0.8, 0.3])[:, None, None]


def found(share: np.ndarray = SHARE, mean: np.ndarray = MEAN, sd: np.ndarray = SD) -> Averages:
    return averages(NODES, 8, *map(jnp.asarray, (share, mean, sd)))


def over_a_grid() -> tuple[np.ndarray, np.ndarray]:
    """The same by 16,001 people of every drive."""
    at = np.linspace(-8.0, 8.0, 16_001)
    density = np.exp(-(at**2) / 2.0)
    gain = (MEAN + SD * at).reshape(len(MEAN), -1)
    people = SHARE.reshape(-1, 1) * density / density.sum()
    hats = np.stack([np.interp(gain, NODES, unit) for unit in np.eye(len(NODES))])
    powers = np.stack([np.clip(gain, NODES[0], NODES[-1]) ** power for power in range(9)])
    return np.sum(hats * people, axis=(1, 2)), np.sum(powers * people, axis=(1, 2))


def test_lines_and_powers_are_means_over_people_one_by_one() -> None:
    lines, powers = over_a_grid()
    np.testing.assert_allclose(found().lines[:, 0, 0], lines, atol=1e-6)
    np.testing.assert_allclose(found().powers[:, 0, 0], powers, rtol=1e-5, atol=1e-6)


def test_gradients_are_differences_of_the_means() -> None:
    with jax.enable_x64(True):
        check_grads(partial(averages, NODES, 8), (SHARE, MEAN, SD), order=1, modes=["rev"])  # type: ignore[no-untyped-call]  # JAX leaves it untyped


def test_people_who_hardly_differ_are_read_as_one() -> None:
    one = np.ones((1, 1, 1))
    known = found(one, 0.3 * one, 1e-3 * one)
    np.testing.assert_allclose(known.lines[:, 0, 0], [0.0, 0.0, 0.7, 0.3, 0.0], atol=1e-9)
    np.testing.assert_allclose(known.powers[:, 0, 0], 0.3 ** np.arange(9), rtol=1e-3)
