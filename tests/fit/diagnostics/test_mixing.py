"""Claims about the number of independent draws that correlated ones are worth."""

from typing import Literal

import arviz_base
import numpy as np
import pytest
import xarray as xr

from windup.fit.diagnostics.mixing import effective_sample_size, independent_draws

CHAINS = 4


def walks(correlation: float, chains: int = CHAINS, draws: int = 1500, seed: int = 0) -> np.ndarray:
    """Standard normal autoregressions, one chain after the other."""
    noise = np.random.default_rng(seed).normal(size=(chains, draws))
    found = noise.copy()
    for number in range(1, draws):
        found[:, number] = (
            correlation * found[:, number - 1] + np.sqrt(1.0 - correlation**2) * noise[:, number]
        )
    return found.ravel()


def test_share_of_correlated_draws_scatters_as_that_of_as_many_independent_ones() -> None:
    shares, worth = [], []
    for seed in range(200):
        numbers = walks(0.8, seed=seed)
        event = numbers > 1.0
        shares.append(event.mean())
        worth.append(independent_draws(numbers, event, CHAINS))
    true = np.mean(shares)
    # An event is less correlated than the number that decides it, whose size counts as well.
    expected = np.sqrt(true * (1.0 - true) / np.median(worth))
    assert 0.9 < expected / np.std(shares) < 1.6


def test_independent_draws_are_worth_their_number() -> None:
    numbers = np.random.default_rng(1).normal(size=4000)
    assert independent_draws(numbers, numbers > 0.0, CHAINS) == pytest.approx(4000, rel=0.15)


@pytest.mark.parametrize("limit", [-10.0, 10.0])
def test_an_event_that_all_draws_agree_on_is_worth_what_its_number_is(limit: float) -> None:
    numbers = walks(0.9)
    assert independent_draws(numbers, numbers > limit, CHAINS) < 0.2 * len(numbers)


def test_chains_that_disagree_are_worth_less_than_one_that_moves_as_fast() -> None:
    numbers = walks(0.8) + np.repeat([0.0, 0.0, 3.0, 3.0], 1500)
    assert independent_draws(numbers, numbers > 1.0, CHAINS) < 0.1 * independent_draws(
        numbers[:1500], numbers[:1500] > 1.0, 1
    )


@pytest.mark.parametrize("count", [0, 5, 6001])
def test_few_draws_and_incomplete_chains_are_counted_too(count: int) -> None:
    numbers = np.random.default_rng(2).normal(size=count)
    assert 0 <= independent_draws(numbers, numbers > 0.0, CHAINS) <= count


@pytest.mark.parametrize("method", ["bulk", "tail"])
def test_effective_sample_sizes_do_not_follow_the_interval_that_a_user_of_arviz_sets(
    method: Literal["bulk", "tail"],
) -> None:
    draws = xr.Dataset({"x": (("chain", "draw"), np.random.default_rng(1).normal(size=(4, 200)))})
    found = []
    for share in (0.5, 0.95):
        with arviz_base.rc_context({"stats.ci_prob": share}):
            found.append(float(effective_sample_size(draws, method)["x"]))
    assert found[0] == found[1]
