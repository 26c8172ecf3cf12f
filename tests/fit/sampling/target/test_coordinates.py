"""Claims about the coordinates that warm-up fits, on Gaussians."""

import numpy as np
import pytest

from windup.fit.sampling.target.coordinates import Coordinates, rewhitened

SIZE = 30


def gaussian(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Covariance with scales over two orders of magnitude, and coordinates to begin from."""
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(SIZE, SIZE)))[0]
    covariance = rotation * np.geomspace(1e-3, 10.0, SIZE) @ rotation.T
    return covariance, np.linalg.qr(rng.normal(size=(SIZE, SIZE)))[0] + 0.3 * np.eye(SIZE)


def fitted(covariance: np.ndarray, root: np.ndarray, draws: int, rounds: int = 1) -> Coordinates:
    rng = np.random.default_rng(5)
    coordinates = Coordinates(np.zeros(SIZE), root)
    for _ in range(rounds):
        x = 1.0 + rng.multivariate_normal(np.zeros(SIZE), covariance, size=draws)
        y = np.linalg.solve(coordinates.root, (x - coordinates.centre).T).T
        gradients = (x - 1.0) @ np.linalg.inv(covariance) @ coordinates.root
        coordinates = rewhitened(coordinates, y, gradients)
    return coordinates


def condition(covariance: np.ndarray, root: np.ndarray) -> float:
    white = np.linalg.solve(root, np.linalg.solve(root, covariance).T)
    return float(np.linalg.cond(white))


@pytest.mark.parametrize("seed", [0, 1])
def test_metric_of_a_gaussian_becomes_its_covariance(seed: int) -> None:
    covariance, root = gaussian(seed)
    assert condition(covariance, fitted(covariance, root, 500, rounds=3).root) < 1.02


@pytest.mark.parametrize("seed", [0, 1])
def test_fewer_draws_than_parameters_already_improve_the_metric(seed: int) -> None:
    covariance, root = gaussian(seed)
    before = condition(covariance, root)
    assert condition(covariance, fitted(covariance, root, 12).root) < before / 2.0


def test_centre_is_the_mean_of_the_draws() -> None:
    covariance, root = gaussian(0)
    found = fitted(covariance, root, 2000)
    np.testing.assert_allclose(found.centre, 1.0, atol=5.0 * np.sqrt(10.0 / 2000.0))


def test_white_draws_and_gradients_change_next_to_nothing() -> None:
    found = fitted(np.eye(SIZE), np.eye(SIZE), 4000)
    np.testing.assert_allclose(found.root @ found.root.T, np.eye(SIZE), atol=1e-6)


@pytest.mark.parametrize("largest", [1e12, 1e200])
def test_gradients_of_a_funnel_leave_finite_coordinates(largest: float) -> None:
    rng = np.random.default_rng(2)
    draws, gradients = rng.normal(size=(2, 100, SIZE))
    # Rounding in their covariance is far above 1; the squares of the larger ones overflow.
    gradients += largest * np.outer(rng.normal(size=100), rng.normal(size=SIZE))
    found = rewhitened(Coordinates(np.zeros(SIZE), np.eye(SIZE)), draws, gradients)
    assert np.isfinite(found.root).all()
    assert np.linalg.eigvalsh((found.root + found.root.T) / 2.0)[0] > 0.0
