"""Claims about draws added to a finished run: they are those of one run with all draws, bit by bit."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
import xarray as xr

from windup.fit import Hmc, Interrupted, Laplace, ManyChains, Nuts, RunFolderRefused, SettingsError
from windup.fit.sampling.sample_model import sample_model
from windup.fit.settings.samplers import Sampler

SEEN = np.array([1.2, -0.4, 2.1, 0.7, 1.6])


def heights(seen: Any) -> None:
    mean = numpyro.sample("mean", dist.Normal(0, 2).expand((3,)).to_event(1))
    spread = numpyro.sample("spread", dist.LogNormal(0.0, 1.0))
    numpyro.sample("seen", dist.Normal(mean.sum(), spread), obs=seen)


def sampler_of(kind: type, draws: int) -> Sampler:
    if kind is ManyChains:
        return ManyChains(chains=8, superchains=4, warmup=30, draws=draws)
    return kind(chains=2, warmup=30, draws=draws)


def drawn(sampler: Sampler, seen: Any = SEEN, seed: int = 0, **options: Any) -> xr.DataTree:
    return sample_model(jax.random.key(seed), heights, seen, sampler=sampler, **options)


def assert_same(one: xr.DataTree, other: xr.DataTree) -> None:
    for name in ("posterior", "unconstrained_posterior", "sample_stats"):
        xr.testing.assert_equal(one[name].to_dataset(), other[name].to_dataset())


@pytest.mark.parametrize("kind", [Nuts, Hmc, ManyChains])
# Neither ends with a whole block of ten.
@pytest.mark.parametrize("counts", [(30, 55), (33, 41, 57)])
def test_added_draws_are_those_of_one_run(kind: type, counts: tuple[int, ...], tmp_path: Path) -> None:
    state = tmp_path / "state"
    first, *more = counts
    drawn(sampler_of(kind, first), checkpoint=state)
    for count in more:
        tree = drawn(sampler_of(kind, count), add_to=state, checkpoint=state)
    assert tree["posterior"].sizes["draw"] == counts[-1]
    assert_same(tree, drawn(sampler_of(kind, counts[-1])))


def test_addition_that_was_cut_off_goes_on_to_the_same_draws(tmp_path: Path) -> None:
    state, cut = tmp_path / "state", tmp_path / "cut"
    drawn(sampler_of(Nuts, 33), checkpoint=state)
    calls = iter(range(10**6))

    def stop(phase: str, done: int, total: int, note: str = "") -> None:
        if phase == "sample" and next(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        drawn(sampler_of(Nuts, 95), add_to=state, checkpoint=cut, progress=stop)
    assert_same(drawn(sampler_of(Nuts, 95), resume_from=cut), drawn(sampler_of(Nuts, 95)))


def test_draws_are_not_added_to_a_run_of_another_kind_and_every_change_is_named(tmp_path: Path) -> None:
    state = tmp_path / "state"
    drawn(sampler_of(Nuts, 30), checkpoint=state)
    changed = Nuts(chains=2, warmup=30, draws=55, target_accept=0.9)
    with pytest.raises(RunFolderRefused, match=r"cannot be added.*target_accept was 0.8 and is 0.9.*the key"):
        drawn(changed, seed=1, add_to=state)
    with pytest.raises(RunFolderRefused, match="the program of the model and its sampler was"):
        drawn(sampler_of(Nuts, 55), seen=SEEN + 1.0, add_to=state)


def test_a_run_is_resumed_only_with_the_draws_that_it_was_asked_for(tmp_path: Path) -> None:
    state = tmp_path / "state"
    drawn(sampler_of(Nuts, 30), checkpoint=state)
    with pytest.raises(RunFolderRefused, match="draws was 30 and is 55 now"):
        drawn(sampler_of(Nuts, 55), resume_from=state)


def test_an_approximation_has_no_state_to_add_to(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="keeps no state"):
        drawn(Laplace(draws=40), add_to=tmp_path / "state")
