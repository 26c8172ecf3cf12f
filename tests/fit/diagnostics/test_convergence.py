"""Claims about convergence checks: each trips alone."""

from statistics import NormalDist

import numpy as np
import pytest
import xarray as xr

from windup.fit.diagnostics.convergence import MAX_RHAT, MIN_EBFMI, MIN_ESS, check_convergence, worst_mixing
from windup.fit.storage.tree import group

from ..synthetic import synthetic_tree, with_variable


def draws(tree: xr.DataTree, name: str, posterior: str = "posterior") -> np.ndarray:
    values: np.ndarray = group(tree, posterior)[name].values.copy()
    return values


def autoregressive(shape: tuple[int, int], memory: float) -> np.ndarray:
    noise = np.random.default_rng(5).normal(size=shape)
    series = noise.copy()
    for step in range(1, shape[1]):
        series[:, step] = memory * series[:, step - 1] + np.sqrt(1 - memory**2) * noise[:, step]
    return series


def test_independent_draws_pass_every_check(tree: xr.DataTree) -> None:
    found = check_convergence(tree)
    assert found.converged
    assert found.failures == ()


def test_rhat_alone_trips_when_one_chain_is_shifted_a_little() -> None:
    # Many chains keep the effective sample sizes high.
    tree = synthetic_tree(chains=16)
    values = draws(tree, "pregabalin_maximum")
    values[0] += 0.8 * values.std()
    found = check_convergence(with_variable(tree, "posterior", "pregabalin_maximum", values))
    assert len(found.failures) == 1
    assert found.failures[0].startswith("R-hat of pregabalin_maximum is")
    assert MAX_RHAT < found.max_rhat < 1.1


def test_rhat_equals_the_textbook_formula_on_split_chains_of_ranks(tree: xr.DataTree) -> None:
    # Vehtari et al. 2021, equations 1 to 4 and 14, for a draw without ties.
    values = draws(tree, "pregabalin_maximum")
    halves = values.reshape(8, 250)

    def rank_rhat(quantity: np.ndarray) -> float:
        ranks = (np.argsort(np.argsort(quantity, axis=None)) + 1.0).reshape(quantity.shape)
        scores = np.vectorize(NormalDist().inv_cdf)((ranks - 3 / 8) / (quantity.size + 1 / 4))
        between = scores.mean(axis=1).var(ddof=1)
        within = scores.var(axis=1, ddof=1).mean()
        length = scores.shape[1]
        return float(np.sqrt((length - 1) / length + between / within))

    folded = np.abs(halves - np.median(halves))
    expected = max(rank_rhat(halves), rank_rhat(folded))
    only = tree.copy()
    only["posterior"] = xr.DataTree(group(tree, "posterior")[["pregabalin_maximum"]])
    assert check_convergence(only).max_rhat == pytest.approx(expected, rel=1e-6)


def test_bulk_and_not_tail_size_trips_when_the_centre_of_the_draws_is_slow() -> None:
    tree = synthetic_tree(draws=2000)
    rng = np.random.default_rng(6)
    slow = np.sign(autoregressive((4, 2000), 0.998)) + 0.3 * rng.normal(size=(4, 2000))
    values = np.where(rng.uniform(size=(4, 2000)) < 0.25, 10.0 * rng.normal(size=(4, 2000)), slow)
    found = check_convergence(with_variable(tree, "posterior", "pregabalin_maximum", values))
    assert found.min_ess_bulk < MIN_ESS < found.min_ess_tail
    assert [failure for failure in found.failures if failure.startswith("The tail")] == []
    assert any(failure.startswith("The bulk effective sample size") for failure in found.failures)


def test_tail_and_not_bulk_size_trips_when_the_spread_of_the_draws_is_slow() -> None:
    tree = synthetic_tree(draws=2000)
    spread = np.exp(2.0 * autoregressive((4, 2000), 0.99))
    sign = np.random.default_rng(7).normal(size=(4, 2000))
    found = check_convergence(with_variable(tree, "posterior", "pregabalin_maximum", spread * sign))
    assert found.min_ess_tail < MIN_ESS < found.min_ess_bulk
    assert [failure for failure in found.failures if failure.startswith("The bulk")] == []
    assert any(failure.startswith("The tail effective sample size") for failure in found.failures)


@pytest.mark.parametrize(("count", "trips"), [(2, False), (3, True)])
def test_divergences_alone_trip_above_one_in_a_thousand(tree: xr.DataTree, count: int, trips: bool) -> None:
    diverging = np.zeros((4, 500), dtype=bool)
    diverging[0, :count] = True
    found = check_convergence(with_variable(tree, "sample_stats", "diverging", diverging))
    assert found.divergences == count
    assert [failure.split(":")[0] for failure in found.failures] == (
        [f"{count} of 2000 draws diverged, more than 0.1%"] if trips else []
    )


def test_energy_alone_trips_when_it_walks_in_small_steps(tree: xr.DataTree) -> None:
    energy = 500.0 + 10.0 * autoregressive((4, 500), 0.95)
    found = check_convergence(with_variable(tree, "sample_stats", "energy", energy))
    assert found.min_ebfmi < MIN_EBFMI
    assert [failure[:7] for failure in found.failures] == ["E-BFMI "]


def test_energy_fraction_is_the_worst_of_the_chains(tree: xr.DataTree) -> None:
    energy = draws(tree, "energy", "sample_stats")
    energy[2] = 500.0 + 10.0 * autoregressive((1, 500), 0.95)[0]
    expected = np.sum(np.diff(energy[2]) ** 2) / np.sum((energy[2] - energy[2].mean()) ** 2)
    found = check_convergence(with_variable(tree, "sample_stats", "energy", energy))
    assert found.min_ebfmi == pytest.approx(expected, rel=0.01)


def test_one_bad_study_effect_among_many_is_found_and_named(tree: xr.DataTree) -> None:
    values = draws(tree, "log_drive")
    values[1, :, 5] += 3.0
    found = check_convergence(with_variable(tree, "posterior", "log_drive", values))
    assert found.worst_rhat == "log_drive[study05]"
    assert not found.converged


def test_parameter_that_never_moved_is_a_failure_and_not_a_gap(tree: xr.DataTree) -> None:
    still = np.full((4, 500), 0.7)
    found = check_convergence(with_variable(tree, "posterior", "pregabalin_maximum", still))
    assert not found.converged
    assert "pregabalin_maximum" in found.failures[0]


def test_elements_that_are_constant_by_nature_are_no_failure(tree: xr.DataTree) -> None:
    values = draws(tree, "log_drive")
    values[..., 0] = 1.0
    assert check_convergence(with_variable(tree, "posterior", "log_drive", values)).failures == ()
    values[...] = 1.0
    stuck = check_convergence(with_variable(tree, "posterior", "log_drive", values))
    assert "R-hat of log_drive[" in stuck.failures[0]


def test_parameter_with_a_draw_that_is_no_number_is_a_failure(tree: xr.DataTree) -> None:
    values = draws(tree, "individual_spread")
    values[0, 0] = np.nan
    found = check_convergence(with_variable(tree, "posterior", "individual_spread", values))
    assert found.max_rhat == np.inf
    assert found.worst_rhat == "individual_spread"
    assert not found.converged


@pytest.mark.parametrize("count", [1, 2, 3])
def test_run_too_short_for_any_diagnostic_has_not_converged(count: int) -> None:
    found = check_convergence(synthetic_tree(draws=count))
    assert (found.max_rhat, found.min_ess_bulk, found.converged) == (np.inf, 0.0, False)


def test_derived_quantities_do_not_count_as_parameters(tree: xr.DataTree) -> None:
    values = draws(tree, "total_loop_gain")
    values[0] += 100.0
    assert check_convergence(
        with_variable(tree, "posterior", "total_loop_gain", values)
    ) == check_convergence(tree)


def test_worst_mixing_parameters_come_worst_first(tree: xr.DataTree) -> None:
    values = draws(tree, "log_drive")
    values[0, :, 2] += 1.0
    values[0, :, 4] += 9.0
    found = worst_mixing(with_variable(tree, "posterior", "log_drive", values), 2)
    assert list(found) == ["log_drive[study04]", "log_drive[study02]"]
