"""Claims about profiles and their intervals, on densities whose profiles are known."""

import numpy as np
import pytest

from windup.fit.analyses.identifiability.profile import (
    IDENTIFIABLE,
    NON_IDENTIFIABLE,
    ONE_SIDED,
    UNSETTLED,
    Profile,
    interval,
    optimum,
    profile,
)
from windup.fit.analyses.identifiability.trade_offs import trade_offs

COVARIANCE = np.array([[2.0, 0.9, 0.0], [0.9, 1.0, -0.3], [0.0, -0.3, 0.5]])
MEAN = np.array([1.0, -2.0, 0.5])
# The square root of the 95 % quantile of chi squared with one degree of freedom.
Z = 1.959963984540054


def profiled(potential: object, covariance: np.ndarray, index: int, start: np.ndarray) -> Profile:
    best = optimum(potential, start, covariance, iterations=100)
    found: Profile = profile(potential, best, covariance, index, "x")
    return found


def gaussian(x: np.ndarray) -> tuple[float, np.ndarray]:
    gradient = np.linalg.solve(COVARIANCE, x - MEAN)
    return 0.5 * float((x - MEAN) @ gradient), gradient


@pytest.mark.parametrize("index", [0, 1, 2])
def test_profile_of_a_quadratic_gives_the_exact_interval(index: int) -> None:
    # The preconditioner is of another shape than the density.
    found = profiled(gaussian, np.diag([1.0, 2.0, 0.7]), index, np.zeros(3))
    half = Z * np.sqrt(COVARIANCE[index, index])
    assert found.verdict == IDENTIFIABLE
    assert found.low == pytest.approx(MEAN[index] - half, abs=5e-3)
    assert found.high == pytest.approx(MEAN[index] + half, abs=5e-3)
    assert found.converged.all()


def test_only_a_sum_is_identified_its_parts_are_not() -> None:
    def sum_of_two(x: np.ndarray) -> tuple[float, np.ndarray]:
        distance = x[0] + x[1] - 1.0
        return 0.5 * distance**2, distance * np.array([1.0, 1.0])

    found = profiled(sum_of_two, np.array([[1.0, -0.5], [-0.5, 1.0]]), 0, np.array([0.3, 0.4]))
    assert found.verdict == NON_IDENTIFIABLE
    np.testing.assert_allclose(found.drop, 0.0, atol=1e-3)


def test_a_density_that_falls_on_one_side_alone_is_one_sided() -> None:
    def wall(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(np.exp(2.0 * x[0]) + 0.5 * x[1] ** 2), np.array([2.0 * np.exp(2.0 * x[0]), x[1]])

    found = profiled(wall, np.eye(2), 0, np.array([-1.0, 0.0]))
    assert found.verdict == ONE_SIDED
    assert found.low == -np.inf
    assert np.isfinite(found.high)


def test_a_ridge_that_searches_from_within_do_not_leave_is_crossed_from_beyond() -> None:
    def two_valleys(x: np.ndarray) -> tuple[float, np.ndarray]:
        """A valley along 0, with a bump at -1 and an end at -1.5, beside one along 10, which is 1 higher."""
        bump = 25.0 * np.exp(-(((x[0] + 1.0) / 0.3) ** 2))
        ending = np.maximum(-1.5 - x[0], 0.0)
        near = 5.0 * x[1] ** 2 + bump + 240.0 * ending**2 + 8.0 * np.maximum(x[0], 0.0) ** 2
        far = 1.0 + 0.3 * (x[1] - 10.0) ** 2 + 8.0 * np.maximum(x[0] + 0.5, 0.0) ** 2
        if near < far:
            slope = bump * -2.0 * (x[0] + 1.0) / 0.09 - 480.0 * ending + 16.0 * np.maximum(x[0], 0.0)
            return float(near), np.array([slope, 10.0 * x[1]])
        return float(far), np.array([16.0 * np.maximum(x[0] + 0.5, 0.0), 0.6 * (x[1] - 10.0)])

    found = profile(two_valleys, np.zeros(2), np.eye(2), 0, "x")
    np.testing.assert_allclose(found.value, np.arange(-4.0, 5.0))
    np.testing.assert_allclose(found.potential[:4], 1.0, atol=0.01)


def test_interval_ends_lie_where_the_density_has_fallen_by_half_the_quantile() -> None:
    value = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])
    low, high = interval(value, 0.5 * value**2 + 7.0)
    assert (low, high) == (pytest.approx(-Z), pytest.approx(Z))


def test_an_interval_reaches_over_a_ridge_to_a_second_valley() -> None:
    value = np.array([-3.0, -2.0, -1.0, 0.0, 1.0])
    low, high = interval(value, np.array([1.0, 0.8, 40.0, 0.0, 8.0]))
    assert low == -np.inf
    assert high == pytest.approx(Z / 4.0)


@pytest.mark.parametrize(
    ("cut_off", "verdict"),
    [(0, IDENTIFIABLE), (1, UNSETTLED), (2, IDENTIFIABLE), (3, UNSETTLED), (5, UNSETTLED)],
)
def test_interval_is_unsettled_where_a_search_that_decides_it_was_cut_off(cut_off: int, verdict: str) -> None:
    value = np.arange(-3.0, 4.0)
    potential = np.array([9.0, 4.0, 0.5, 0.0, 0.5, 4.0, 9.0])
    converged = np.arange(7) != cut_off
    assert Profile("x", value, potential, converged, *interval(value, potential)).verdict == verdict


def test_search_turns_back_where_a_density_has_a_value_but_no_slope() -> None:
    def potential(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = 0.5 * float((x - 1.0) @ (x - 1.0)), x - 1.0
        return value, slope if x[0] < 1.5 else np.full_like(x, np.nan)

    found = optimum(potential, np.array([-6.0, 3.0]), 100.0 * np.eye(2), iterations=200)
    np.testing.assert_allclose(found, 1.0, atol=0.01)


def test_open_interval_needs_no_search_to_have_ended() -> None:
    value, potential = np.arange(-1.0, 2.0), np.array([0.5, 0.0, 0.5])
    found = Profile("x", value, potential, np.zeros(3, bool), *interval(value, potential))
    assert found.verdict == NON_IDENTIFIABLE


def test_pairs_that_trade_off_are_named_strongest_first_and_latents_of_studies_apart() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(size=(4000, 2))
    noise = rng.normal(size=(4000, 5))
    positions = np.stack(
        [
            shared[:, 0] + 0.1 * noise[:, 0],
            -shared[:, 0] + 0.1 * noise[:, 1],
            shared[:, 1] + 0.7 * noise[:, 2],
            shared[:, 1] + 0.7 * noise[:, 3],
            noise[:, 4],
        ],
        axis=1,
    )
    table = trade_offs(positions, ("a", "b", "central_time", "enrolment_by_study[3]", "d"))
    assert table[["first", "second", "of"]].to_numpy().tolist() == [
        ["a", "b", "parameters"],
        ["central_time", "enrolment_by_study[3]", "parameter and study"],
    ]
    assert table["correlation"].iloc[0] < -0.97
