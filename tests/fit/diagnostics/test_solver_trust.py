"""Claims about importance weights towards tight solves, on densities whose ratio is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from windup.fit.diagnostics.mixing import MAX_PARETO_K
from windup.fit.diagnostics.solver_trust import (
    MAX_SHIFT,
    NEGLIGIBLE_WEIGHT,
    Shift,
    SolvedAgain,
    Trust,
    trust,
)
from windup.fit.execution.batches import solve_again
from windup.fit.storage.tree import spread_draws

DRAWS = 4000
# Draws of the fast density, a standard normal, and its log density up to a constant.
X = np.random.default_rng(4).normal(size=DRAWS)
FAST = -(X**2) / 2.0


def trust_of(log_tight: np.ndarray, draws: int = DRAWS, **results: np.ndarray) -> Trust:
    """Trust where results are those of the fast solve in both."""
    kept = {name: SolvedAgain(x[:draws], x[:draws]) for name, x in results.items()}
    found: Trust = trust(FAST[:draws], log_tight[:draws], kept)
    return found


def normal(mean: float = 0.0, sd: float = 1.0) -> np.ndarray:
    """Log density of another normal at the draws."""
    return np.asarray(-(((X - mean) / sd) ** 2) / 2.0)


def test_equal_densities_move_nothing() -> None:
    found = trust_of(FAST, x=X)
    assert found.effective_sample_size == pytest.approx(DRAWS)
    assert (found.largest_nats, found.heaviest, found.failures) == (0.0, 1.0, ())
    assert found.shifts["x"].own_unit == pytest.approx(0.0, abs=1e-12)


def test_mean_of_a_normal_moves_by_as_much_as_the_tight_one_is_away() -> None:
    found = trust_of(normal(mean=0.3), twice=2.0 * X)
    # The plain mean is that of the same draws, so that what they miss of 0 is in both.
    assert found.shifts["twice"].own_unit == pytest.approx(0.6, abs=0.03)
    assert found.shifts["twice"].standard_deviations == pytest.approx(0.3, abs=0.02)
    assert found.pareto_k < 0.3


def test_effective_sample_size_of_a_moved_normal_is_the_known_one() -> None:
    # The second moment of the ratio of two normals a distance d apart is exp(d^2).
    found = trust_of(normal(mean=0.3))
    assert found.effective_sample_size / DRAWS == pytest.approx(np.exp(-0.09), abs=0.02)


@pytest.mark.parametrize("sd", [1.15, 1.3, 2.0, 4.0])
def test_k_of_a_wider_normal_is_the_known_one(sd: float) -> None:
    # The ratio exceeds t with a probability that falls as t to the power of -1 / (1 - 1 / sd^2).
    assert trust_of(normal(sd=sd)).pareto_k == pytest.approx(1.0 - sd**-2, abs=0.15)


def test_heavy_ratio_fails_and_says_why() -> None:
    found = trust_of(normal(sd=4.0))
    assert found.pareto_k > MAX_PARETO_K
    assert len(found.inaccuracies) == 1
    assert f"Pareto k of the weights towards tight solves is {found.pareto_k:.2f}" in found.failures[0]


def test_heavy_tail_of_differences_too_small_to_matter_fails_nothing() -> None:
    # A millionth of a nat with the tail of a Cauchy.
    quantiles = (np.arange(DRAWS) + 0.5) / DRAWS
    found = trust_of(FAST + 1e-6 * np.tan(np.pi * (quantiles - 0.5)), x=X)
    assert found.pareto_k > MAX_PARETO_K
    assert found.failures == ()


def test_k_does_not_stand_in_for_a_small_shift() -> None:
    found = trust_of(normal(mean=2.0 * MAX_SHIFT), x=X)
    assert found.pareto_k < MAX_PARETO_K
    assert found.inaccuracies == found.failures
    assert "moves the mean of x by 0.2" in found.failures[0]


def test_error_of_a_result_itself_moves_its_mean() -> None:
    found = trust(FAST, FAST, {"x": SolvedAgain(X, X + 0.2), "y": SolvedAgain(X, X)})
    assert found.shifts["x"].own_unit == pytest.approx(0.2)
    assert found.most_shifted == "x"
    assert "the mean of x" in found.failures[0]


def test_constant_between_two_densities_changes_no_weight() -> None:
    plain, moved = trust_of(normal(mean=0.1), x=X), trust_of(normal(mean=0.1) + 7.0, x=X)
    assert moved.pareto_k == pytest.approx(plain.pareto_k)
    assert moved.heaviest == pytest.approx(plain.heaviest)
    assert moved.shifts["x"].own_unit == pytest.approx(plain.shifts["x"].own_unit)


def test_no_mean_moves_by_more_than_the_effective_sample_size_allows() -> None:
    rng = np.random.default_rng(6)
    for scale in (0.01, 0.1, 0.5, 2.0):
        tight = FAST + scale * rng.normal(size=DRAWS)
        results = {f"f{number}": np.sign(X) * np.abs(X) ** number for number in range(1, 6)}
        found = trust_of(tight, **results, ratio=np.exp(tight - FAST))
        bound = np.sqrt(DRAWS / found.effective_sample_size - 1.0)
        # The ratio itself reaches the bound, up to what smoothing its tail takes away.
        assert found.shifts["ratio"].standard_deviations > 0.7 * bound
        assert max(abs(shift.standard_deviations) for shift in found.shifts.values()) <= bound * (1 + 1e-9)


def test_failed_solves_are_counted_and_said_and_have_no_weight() -> None:
    tight = normal(mean=0.05)
    tight[[3, 50, 51]] = -np.inf, np.nan, -np.inf
    found, others = trust_of(tight, x=X), np.isfinite(tight)
    assert (found.draws, found.failed) == (DRAWS, 3)
    assert found.failures == (
        "3 of 4000 draws could not be solved at tight tolerance: nothing is known of the integrator's error "
        "there.",
    )
    rest = trust(FAST[others], tight[others], {"x": SolvedAgain(X[others], X[others])})
    assert replace(found, draws=rest.draws, failed=0) == rest


def test_run_of_which_nothing_could_be_solved_again_fails_without_an_error() -> None:
    found = trust_of(np.full(DRAWS, np.nan), x=X)
    assert found.failed == found.draws
    assert found.shifts == {}
    assert len(found.failures) == 1


def test_too_few_draws_for_a_tail_have_no_k_and_pass_only_with_even_weights() -> None:
    even, uneven = trust_of(normal(mean=0.01), 24), trust_of(normal(mean=0.5), 24)
    assert np.isnan([even.pareto_k, uneven.pareto_k]).all()
    assert (len(even.failures), len(uneven.failures)) == (0, 1)


def test_tail_of_equal_weights_has_no_k() -> None:
    found = trust_of(np.where(X < 0.0, FAST - 0.1, FAST))
    assert np.isnan(found.pareto_k)
    assert found.failures == ()


def test_result_that_never_varies_or_is_never_known_has_no_shift() -> None:
    found = trust_of(FAST, fixed=np.ones(DRAWS), unknown=np.full(DRAWS, np.nan), x=X)
    assert set(found.shifts) == {"x"}


def test_draws_of_a_result_that_are_not_finite_are_left_out() -> None:
    broken = np.where(np.arange(DRAWS) % 10 == 0, np.nan, X)
    assert trust_of(normal(mean=0.1), x=broken).shifts["x"].standard_deviations == pytest.approx(
        0.1, abs=0.02
    )


def test_quantity_that_moves_most_is_named_whatever_its_sign() -> None:
    shifts = {"a": Shift(5.0, 0.01), "b": Shift(-0.1, -0.5)}
    assert replace(trust_of(FAST), shifts=shifts).most_shifted == "b"


@pytest.mark.parametrize(("total", "count"), [(5000, 100), (77, 10), (8, 100)])
def test_draws_to_be_solved_again_are_spread_evenly(total: int, count: int) -> None:
    chosen = spread_draws(total, count)
    assert len(chosen) == min(count, total)
    assert 0 <= chosen[0] <= chosen[-1] < total
    assert np.ptp(np.diff(chosen)) <= 1


def test_draws_are_solved_again_in_their_order_and_told_as_they_end() -> None:
    told: list[tuple[str, int, int]] = []
    draws = np.arange(23.0), np.arange(46.0).reshape(23, 2)
    programs = (lambda each: each[0] ** 2, lambda each: {"sum": each[1].sum()})
    square, total = solve_again(programs, draws, lambda *said: told.append(said[:3]))
    np.testing.assert_allclose(square, draws[0] ** 2)
    np.testing.assert_allclose(total["sum"], draws[1].sum(axis=1))
    assert told == [("re-solve", done, 23) for done in range(24)]


@pytest.mark.parametrize(("k", "share"), [(0.7, 0.02), (0.9, 0.04)])
def test_little_of_the_posterior_lies_beyond_the_heaviest_weight_that_is_negligible(
    k: float, share: float
) -> None:
    # A fifth of the draws is a generalised Pareto tail, and the heaviest of 100 stands where it has 1 % left.
    scale = (NEGLIGIBLE_WEIGHT - 1.0) * k / (20.0**k - 1.0)
    beyond, _ = quad(lambda left: 1.0 + scale / k * (left**-k - 1.0), 0.0, 1.0 / 20.0)
    assert 0.2 * beyond == pytest.approx(share, abs=0.005)
