"""Claims about a start from an earlier run: it is matched by labels, is quicker, and biases nothing."""

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
import xarray as xr

from windup.fit import Hmc, ManyChains, Nuts, RunFolderRefused, SettingsError
from windup.fit.sampling.chains.labels import labelled_by
from windup.fit.sampling.chains.warm import Earlier, Warm, earlier_of, warm_standing, warm_up_of
from windup.fit.sampling.kernels.nuts import lower_nuts
from windup.fit.sampling.sample_model import sample_model
from windup.fit.sampling.target.target import target_of
from windup.fit.settings.samplers import Laplace, Sampler

# Widths that differ by thousands: what warm-up has to find.
SEEN = {"alpha": 5.0, "beta": -2.0, "gamma": 11.0, "delta": 3.0}
WIDTH = {"alpha": 0.01, "beta": 2.0, "gamma": 0.3, "delta": 20.0}
DIMS = {"effect": ["study"]}


def studies(names: list[str]) -> None:
    effect = numpyro.sample("effect", dist.Normal(0.0, 100.0).expand((len(names),)).to_event(1))
    width = np.array([WIDTH[name] for name in names])
    seen = np.array([SEEN[name] for name in names])
    numpyro.sample("seen", dist.Normal(effect, width), obs=seen)


def drawn(names: list[str], sampler: Sampler, **options: Any) -> xr.DataTree:
    return sample_model(
        jax.random.key(0), studies, names, sampler=sampler, dims=DIMS, coords={"study": names}, **options
    )


FIRST = ["alpha", "beta", "gamma"]
# Another order, one study less and a new one.
SECOND = ["gamma", "delta", "alpha"]


@pytest.fixture(scope="module")
def first() -> xr.DataTree:
    return drawn(FIRST, Nuts(chains=2, warmup=150, draws=300))


def test_chains_start_at_the_draws_and_widths_of_what_has_the_same_label(first: xr.DataTree) -> None:
    target = target_of(studies, SECOND)
    labels = labelled_by(target, DIMS, {"study": SECOND})
    sampler = Nuts(chains=4, warmup=150, draws=10)
    standing = warm_standing(
        jax.random.key(0), target, Warm(earlier_of(first), labels), sampler, lower_nuts(target, sampler)
    )
    width = np.sqrt(np.diag(standing.coordinates.root @ standing.coordinates.root.T))
    np.testing.assert_allclose(width, [WIDTH["gamma"], 100.0, WIDTH["alpha"]], rtol=0.2)
    positions = first["unconstrained_posterior"]["position"].values.reshape(-1, 3)
    for point in standing.points[:, 0]:
        assert any(np.allclose(point[[2, 0]], row[[0, 2]], atol=0.0) for row in positions)
    assert json.loads(standing.begun) == {"matched": 2, "at_prior": ["effect[delta]"], "warmup": 70}


@pytest.mark.parametrize(
    "sampler",
    [
        Nuts(warmup=150, draws=400),
        Hmc(warmup=150, draws=400),
        ManyChains(chains=16, superchains=4, warmup=150, draws=150),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_a_shorter_warm_up_finds_the_posterior_of_the_new_data(first: xr.DataTree, sampler: Sampler) -> None:
    tree = drawn(SECOND, sampler, start=first)
    assert json.loads(tree.attrs["start"])["warmup"] == warm_up_of(sampler) == 70
    effect = tree["posterior"]["effect"]
    for name in SECOND:
        shrunk = SEEN[name] / (1.0 + WIDTH[name] ** 2 / 1e4)
        sd = 1.0 / np.sqrt(1.0 / WIDTH[name] ** 2 + 1e-4)
        assert float(effect.sel(study=name).mean()) == pytest.approx(shrunk, abs=0.25 * sd)
        assert float(effect.sel(study=name).std()) == pytest.approx(sd, rel=0.2)


def test_a_run_of_another_model_is_refused(first: xr.DataTree) -> None:
    def other() -> None:
        numpyro.sample("x", dist.Normal(0.0, 1.0))

    with pytest.raises(SettingsError, match="no parameter of this model"):
        sample_model(jax.random.key(0), other, sampler=Nuts(warmup=20, draws=20), start=first)


def test_an_approximation_does_not_start_from_a_run(first: xr.DataTree) -> None:
    with pytest.raises(SettingsError, match="does not start from a run"):
        drawn(SECOND, Laplace(draws=20), start=first)


def test_a_folder_without_a_run_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(RunFolderRefused, match="give the folder of a finished run"):
        earlier_of(tmp_path)


def test_draws_are_added_without_the_run_that_the_first_ones_started_from(
    first: xr.DataTree, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    drawn(SECOND, Nuts(chains=2, warmup=150, draws=33), start=first, checkpoint=state)
    more = drawn(SECOND, Nuts(chains=2, warmup=150, draws=57), add_to=state)
    whole = drawn(SECOND, Nuts(chains=2, warmup=150, draws=57), start=first)
    xr.testing.assert_equal(more["posterior"].to_dataset(), whole["posterior"].to_dataset())
    assert more.attrs["start"] == whole.attrs["start"]


def test_a_run_that_was_started_from_another_is_resumed_with_the_same_start(
    first: xr.DataTree, tmp_path: Path
) -> None:
    state, sampler = tmp_path / "state", Nuts(chains=2, warmup=20, draws=20)
    drawn(SECOND, sampler, start=first, checkpoint=state)
    with pytest.raises(RunFolderRefused, match=r"the start was .* and is absent now"):
        drawn(SECOND, sampler, resume_from=state)


def test_two_earlier_runs_have_the_same_digest_only_if_they_are_the_same() -> None:
    one = Earlier(("a",), np.zeros((3, 1)), np.eye(1), 0.1)
    assert one.digest == Earlier(("a",), np.zeros((3, 1)), np.eye(1), 0.1).digest
    others = [one._replace(labels=("b",)), one._replace(draws=np.ones((3, 1))), one._replace(step_size=0.2)]
    assert len({one.digest, *(other.digest for other in others)}) == 4
