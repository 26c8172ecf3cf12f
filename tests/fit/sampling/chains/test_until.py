"""Claims about sampling until convergence: when it ends, what it records, and that draws stay the same."""

import json
from pathlib import Path
from typing import Any

import arviz
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
import xarray as xr

from windup.fit import Hmc, Interrupted, ManyChains, Nuts, SettingsError, UntilConverged
from windup.fit.diagnostics.convergence import check_convergence
from windup.fit.sampling.sample_model import sample_model
from windup.fit.sampling.target.quantities import quantities_of
from windup.fit.sampling.target.target import target_of
from windup.fit.settings.samplers import Laplace, Sampler

LIMIT = UntilConverged(draws=3000)


def normal() -> None:
    numpyro.sample("x", dist.Normal(0.0, 1.0).expand((3,)).to_event(1))


def two_modes() -> None:
    x = numpyro.sample("x", dist.Uniform(-10.0, 10.0))
    numpyro.factor("modes", jnp.logaddexp(-0.5 * (x - 3.0) ** 2 / 0.09, -0.5 * (x + 3.0) ** 2 / 0.09))


SAMPLERS: tuple[Sampler, ...] = (
    Nuts(warmup=50, draws=30),
    Hmc(warmup=50, draws=30),
    ManyChains(chains=16, superchains=4, warmup=50, draws=30),
)


def drawn(sampler: Sampler, model: Any = normal, **options: Any) -> xr.DataTree:
    return sample_model(jax.random.key(0), model, sampler=sampler, **options)


def stop_of(tree: xr.DataTree) -> dict[str, Any]:
    return json.loads(tree.attrs["stop"])


@pytest.fixture(scope="module", params=SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def ended(request: pytest.FixtureRequest) -> tuple[Sampler, xr.DataTree]:
    return request.param, drawn(request.param, until_converged=LIMIT)


def test_chains_end_when_their_checks_hold_with_margin(ended: tuple[Sampler, xr.DataTree]) -> None:
    _, tree = ended
    stop, count = stop_of(tree), tree["posterior"].sizes["draw"]
    assert (stop["reason"], stop["draws"]) == ("converged", count)
    assert 30 < count < LIMIT.draws
    assert max(stop["first_held"].values()) <= count
    assert check_convergence(tree).converged
    for method in ("bulk", "tail"):
        assert float(arviz.ess(tree["posterior"].to_dataset(), method=method)["x"].min()) >= 600.0


def test_draws_until_convergence_are_the_first_of_a_longer_run(ended: tuple[Sampler, xr.DataTree]) -> None:
    sampler, tree = ended
    count = tree["posterior"].sizes["draw"]
    longer = drawn(type(sampler)(**{**vars(sampler), "draws": count + 20}))
    first = longer["posterior"].to_dataset().isel(draw=slice(count))
    xr.testing.assert_equal(first, tree["posterior"].to_dataset())
    assert "stop" not in longer.attrs


def test_limit_of_draws_ends_chains_that_have_not_converged() -> None:
    tree = drawn(SAMPLERS[0], until_converged=UntilConverged(draws=47))
    stop = stop_of(tree)
    assert (stop["reason"], stop["draws"], tree["posterior"].sizes["draw"]) == ("draws", 47, 47)
    assert stop["first_held"]["bulk ESS"] is None
    assert not check_convergence(tree).converged


def test_limit_of_time_ends_chains_after_their_first_draws() -> None:
    tree = drawn(SAMPLERS[0], until_converged=UntilConverged(draws=3000, minutes=1e-6))
    assert stop_of(tree)["reason"] == "minutes"
    assert tree["posterior"].sizes["draw"] == 10


def test_separate_modes_are_not_waited_for() -> None:
    tree = drawn(Nuts(warmup=50, draws=300), two_modes, until_converged=LIMIT)
    assert (stop_of(tree)["reason"], tree["posterior"].sizes["draw"]) == ("modes", 300)


def test_run_that_was_cut_off_ends_at_the_same_draw(tmp_path: Path) -> None:
    path, calls = tmp_path / "checkpoint", iter(range(10**6))

    def cut(phase: str, done: int, total: int, note: str = "") -> None:
        if phase == "sample" and next(calls) == 40:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        drawn(SAMPLERS[0], until_converged=LIMIT, checkpoint=path, progress=cut)
    resumed = drawn(SAMPLERS[0], until_converged=LIMIT, resume_from=path)
    whole = drawn(SAMPLERS[0], until_converged=LIMIT)
    xr.testing.assert_equal(resumed["posterior"].to_dataset(), whole["posterior"].to_dataset())
    assert stop_of(resumed) == stop_of(whole)


def test_a_run_that_ended_at_its_limit_goes_on_until_convergence(tmp_path: Path) -> None:
    path = tmp_path / "state"
    drawn(SAMPLERS[0], until_converged=UntilConverged(draws=47), checkpoint=path)
    more = drawn(SAMPLERS[0], until_converged=LIMIT, add_to=path)
    whole = drawn(SAMPLERS[0], until_converged=LIMIT)
    xr.testing.assert_equal(more["posterior"].to_dataset(), whole["posterior"].to_dataset())
    assert stop_of(more)["reason"] == "converged"


def test_an_approximation_has_no_convergence_to_wait_for() -> None:
    with pytest.raises(SettingsError, match="no chains that converge"):
        drawn(Laplace(draws=40), until_converged=LIMIT)


@pytest.mark.parametrize("limits", [{"draws": 3}, {"minutes": -1.0}, {"minutes": float("nan")}])
def test_limits_that_cannot_be_meant_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        UntilConverged(**limits)


def test_elements_that_are_no_coordinate_are_looked_at_too() -> None:
    def model() -> None:
        numpyro.sample("scale", dist.LogNormal(0.0, 1.0))
        numpyro.sample("share", dist.Beta(2.0, 2.0).expand((2,)).to_event(1))
        numpyro.sample("parts", dist.Dirichlet(jnp.ones(3)))

    target = target_of(model)
    x = np.random.default_rng(0).normal(size=(2, 50, len(target.coordinates)))
    others = quantities_of(target)(x)
    parts = jax.vmap(jax.vmap(target.constrain))(x)["parts"]
    np.testing.assert_allclose(others, parts)
