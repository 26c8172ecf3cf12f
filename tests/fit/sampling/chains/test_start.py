"""Claims about the start of the chains, on densities that are known."""

import numpy as np
import pytest

from windup.fit.execution.progress import silent
from windup.fit.sampling.chains.start import _FLATTEST, _STEEPEST, drawn_in, find_start, hessian

MEAN = np.array([1.5, -3.0, 0.2])
# No direction is flatter than the limit of a first step.
COVARIANCE = np.array([[0.4, 0.3, 0.04], [0.3, 0.5, -0.08], [0.04, -0.08, 0.2]])
PRECISION = np.linalg.inv(COVARIANCE)


def gaussian(x: np.ndarray) -> tuple[float, np.ndarray]:
    return float((x - MEAN) @ PRECISION @ (x - MEAN) / 2.0), PRECISION @ (x - MEAN)


def test_mode_of_a_correlated_gaussian_is_its_mean() -> None:
    # L-BFGS stops at a gradient of 0.01, which leaves the mode off by at most that times the covariance.
    found = find_start(gaussian, np.zeros(3)[None], progress=silent)
    np.testing.assert_allclose(found.centre, MEAN, atol=0.02)


def test_coordinates_of_a_correlated_gaussian_are_a_root_of_its_covariance() -> None:
    found = find_start(gaussian, np.zeros(3)[None], progress=silent)
    np.testing.assert_allclose(found.root @ found.root.T, COVARIANCE, atol=1e-6)


@pytest.mark.parametrize(("curvature", "taken"), [(0.0, _FLATTEST), (-3.0, 3.0), (1e7, _STEEPEST)])
def test_curvature_that_is_no_guide_is_kept_within_limits(curvature: float, taken: float) -> None:
    def density(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(x[0] ** 2 + curvature * x[1] ** 2) / 2.0, np.array([x[0], curvature * x[1]])

    found = find_start(density, np.zeros(2)[None], progress=silent)
    np.testing.assert_allclose(found.root @ found.root.T, np.diag([1.0, 1.0 / taken]), rtol=1e-4)


def test_search_never_ends_where_nothing_can_be_solved() -> None:
    def broken(x: np.ndarray) -> tuple[float, np.ndarray]:
        return (np.nan, np.full(3, np.nan)) if x[0] > 1.6 else gaussian(x)

    found = find_start(broken, np.zeros(3)[None], progress=silent)
    assert gaussian(found.centre)[0] < gaussian(np.zeros(3))[0]
    assert found.centre[0] <= 1.6


def half(x: np.ndarray) -> tuple[float, np.ndarray]:
    """A normal that has no gradient where its first number is below 0."""
    return float(x @ x) / 2.0, x if x[0] > 0.0 else np.full(len(x), np.nan)


def test_search_stays_where_there_is_a_gradient() -> None:
    found = find_start(half, np.array([[2.0, 1.0]]), progress=silent)
    assert np.isfinite(found.centre).all()
    assert np.isfinite(found.root).all()
    assert found.centre[0] > 0.0


def test_wall_is_higher_than_a_start_that_is_itself_high() -> None:
    def far(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = half(x - np.array([0.0, 1e7]))
        return value, gradient

    found = find_start(far, np.array([[3.0, 0.0]]), progress=silent)
    assert found.centre[1] == pytest.approx(1e7, rel=1e-3)


def test_curvature_at_an_edge_is_taken_from_inside() -> None:
    point = np.array([5e-6, 0.3])

    def mirrored(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(x @ x) / 2.0, x if x[0] < 1e-5 else np.full(len(x), np.nan)

    np.testing.assert_allclose(hessian(mirrored, point, progress=silent), np.eye(2), atol=1e-6)
    np.testing.assert_allclose(
        hessian(lambda x: mirrored(abs(x) * 3e5), point, progress=silent)[0], [0.0, 0.0]
    )


def test_chains_that_would_begin_beyond_an_edge_begin_nearer_to_the_start() -> None:
    points = np.array([[[2.0, 1.0], [-2.0, 1.0]]])
    moved = drawn_in(half, points, np.array([[1.0, 1.0]]))
    np.testing.assert_array_equal(moved[0, 0], points[0, 0])
    assert 0.0 < moved[0, 1, 0] < 1.0
    # An anchor that is itself beyond the edge is none.
    moved = drawn_in(half, points, np.array([[-1.0, 1.0], [9.0, 9.0]]))
    np.testing.assert_array_equal(moved[0, 1], [9.0, 9.0])


def test_search_is_reported_as_it_goes() -> None:
    seen: list[tuple[str, int, int, str]] = []
    find_start(gaussian, np.zeros(3)[None], progress=lambda *said: seen.append((*said, "")[:4]))
    assert {phase for phase, *_ in seen} == {"start"}
    descent, curvature = (
        [done for _, done, total, _ in seen if bool(total) == known] for known in (False, True)
    )
    assert descent == list(range(1, len(descent) + 1))
    assert curvature == [1, 2, 3]
    assert seen[-1][1] == seen[-1][2] == 3


@pytest.mark.parametrize("initial", [np.zeros(3), np.array([4.0, 4.0, -4.0])])
def test_coordinates_do_not_depend_on_where_the_search_begins(initial: np.ndarray) -> None:
    found = find_start(gaussian, initial[None], progress=silent)
    np.testing.assert_allclose(found.root @ found.root.T, COVARIANCE, atol=1e-6)


def test_best_of_several_starts_wins() -> None:
    def two_wells(x: np.ndarray) -> tuple[float, np.ndarray]:
        """Wells at -2 and 2, the second one deeper."""
        value = float(np.sum((x**2 - 4.0) ** 2) - 5.0 * x[0])
        return value, 4.0 * x * (x**2 - 4.0) - 5.0

    found = find_start(two_wells, np.array([[-2.5], [1.0]]), progress=silent)
    assert found.centre[0] > 1.0
