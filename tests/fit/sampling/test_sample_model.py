"""Claims that hold for every sampler: one interface, one result."""

import json
import warnings
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

from windup.fit import (
    Hmc,
    Interrupted,
    Laplace,
    ManyChains,
    NestedSampling,
    Nuts,
    Pathfinder,
    RunFolderRefused,
    SequentialMonteCarlo,
    SettingsError,
    Variational,
)
from windup.fit.diagnostics.convergence import check_convergence
from windup.fit.sampling.sample_model import sample_model
from windup.fit.settings.samplers import Sampler

SAMPLERS: tuple[Sampler, ...] = (
    Nuts(warmup=100, draws=300),
    ManyChains(chains=16, superchains=4, warmup=60, draws=60),
    Hmc(warmup=100, draws=300),
    Laplace(draws=1000),
    Pathfinder(paths=4, draws=1000, iterations=50),
    Variational(draws=1000, iterations=1500),
    SequentialMonteCarlo(chains=2, draws=500),
    NestedSampling(chains=2, draws=500, live=200),
)
HAMILTONIAN = [sampler for sampler in SAMPLERS if isinstance(sampler, Nuts | ManyChains | Hmc)]
APPROXIMATIONS = Laplace, Pathfinder, Variational
HEIGHTS = np.array([1.2, -0.4, 2.1, 0.7, 1.6])


def heights(seen: Any) -> None:
    """A normal mean with a normal prior, and a second parameter that the data do not touch."""
    mean = numpyro.sample("mean", dist.Normal(0, 2))
    numpyro.sample("other", dist.Normal(1.0, 0.5).expand((2,)).to_event(1))
    numpyro.sample("seen", dist.Normal(mean, 1.0), obs=seen)


# Conjugate: precision 1/4 + 5.
SD = 1.0 / np.sqrt(0.25 + len(HEIGHTS))
MEAN = HEIGHTS.sum() * SD**2


def two_modes() -> None:
    """Two normals of SD 0.3 at 3 and -3, with 0.7 and 0.3 of the mass."""
    x = numpyro.sample("x", dist.Uniform(-10.0, 10.0).expand((2,)).to_event(1))
    near, far = (-0.5 * jnp.sum((x - centre) ** 2) / 0.09 for centre in (3.0, -3.0))
    numpyro.factor("modes", jnp.logaddexp(jnp.log(0.7) + near, jnp.log(0.3) + far))


@pytest.fixture(scope="module", params=SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def run(request: pytest.FixtureRequest) -> tuple[Sampler, xr.DataTree]:
    return request.param, sample_model(jax.random.key(0), heights, HEIGHTS, sampler=request.param)


def test_every_sampler_gives_the_same_layout(run: tuple[Sampler, xr.DataTree]) -> None:
    _, tree = run
    assert set(tree.children) == {"posterior", "unconstrained_posterior", "sample_stats"}
    posterior = tree["posterior"].to_dataset()
    assert {name: variable.dims for name, variable in posterior.data_vars.items()} == {
        "mean": ("chain", "draw"),
        "other": ("chain", "draw", "other_dim_0"),
    }
    statistics = tree["sample_stats"].to_dataset()
    assert {"lp", "energy", "diverging"} <= set(statistics.data_vars)
    assert {variable.dims for variable in statistics.data_vars.values()} == {("chain", "draw")}
    assert tree["unconstrained_posterior"].to_dataset()["coordinate"].values.tolist() == [
        "mean",
        "other[0]",
        "other[1]",
    ]


def test_every_sampler_finds_a_conjugate_posterior(run: tuple[Sampler, xr.DataTree]) -> None:
    _, tree = run
    draws = np.asarray(tree["posterior"]["mean"])
    size = min(float(arviz.ess(draws)), draws.size)
    assert size > 150.0
    # Four standard errors; an evidence lower bound leaves a hundredth of an SD besides.
    assert draws.mean() == pytest.approx(MEAN, abs=SD * (4.0 / np.sqrt(size) + 0.05))
    assert draws.std() == pytest.approx(SD, rel=4.0 / np.sqrt(2.0 * size) + 0.05)


def test_log_density_of_every_draw_is_that_of_the_model(run: tuple[Sampler, xr.DataTree]) -> None:
    _, tree = run
    posterior = tree["posterior"].to_dataset()
    mean, other = (np.asarray(posterior[name]) for name in ("mean", "other"))
    normal = dist.Normal(0.0, 1.0).log_prob
    expected = normal(mean / 2.0) - np.log(2.0) + jnp.sum(normal((other - 1.0) / 0.5) - np.log(0.5), axis=-1)
    expected = expected + jnp.sum(normal(HEIGHTS - mean[..., None]), axis=-1)
    np.testing.assert_allclose(tree["sample_stats"]["lp"], expected, atol=1e-6)


@pytest.mark.parametrize("sampler", HAMILTONIAN, ids=lambda sampler: type(sampler).__name__)
def test_energy_of_a_draw_is_that_of_where_the_chain_stands(sampler: Sampler) -> None:
    def cliff() -> None:
        x = numpyro.sample("x", dist.Normal(0.0, 1.0).expand((4,)).to_event(1))
        # What is proposed beyond is refused, and its energy has no bound.
        numpyro.factor("edge", jnp.where(x[0] > 0.5, -jnp.inf, 0.0))

    statistics = sample_model(jax.random.key(0), cliff, sampler=sampler)["sample_stats"].to_dataset()
    kinetic = np.asarray(statistics["energy"] + statistics["lp"])
    assert statistics["diverging"].any()
    assert np.all((kinetic >= 0.0) & (kinetic < 30.0))
    # Half a chi-squared of four degrees, whose mean is 2 and whose SD is 1.4.
    assert kinetic.mean() == pytest.approx(2.0, abs=0.5)


def test_same_key_gives_the_same_draws(run: tuple[Sampler, xr.DataTree]) -> None:
    sampler, tree = run
    again = sample_model(jax.random.key(0), heights, HEIGHTS, sampler=sampler)
    xr.testing.assert_equal(again["posterior"].to_dataset(), tree["posterior"].to_dataset())


def test_only_approximations_say_that_they_are_no_posterior(run: tuple[Sampler, xr.DataTree]) -> None:
    sampler, tree = run
    said = [sentence for sentence in check_convergence(tree).failures if "approximation" in sentence]
    assert bool(said) == isinstance(sampler, APPROXIMATIONS)


def test_pareto_k_of_an_exact_approximation_is_small(run: tuple[Sampler, xr.DataTree]) -> None:
    sampler, tree = run
    if isinstance(sampler, APPROXIMATIONS):
        assert json.loads(tree.attrs["pareto_k"]) < 0.7
    else:
        assert "pareto_k" not in tree.attrs


def test_pareto_k_of_a_normal_approximation_to_heavy_tails_is_large() -> None:
    def cauchy() -> None:
        numpyro.sample("x", dist.Cauchy(0.0, 1.0).expand((5,)).to_event(1))

    tree = sample_model(jax.random.key(0), cauchy, sampler=Laplace())
    assert json.loads(tree.attrs["pareto_k"]) > 0.7


@pytest.mark.parametrize("sampler", [Nuts(warmup=50, draws=50), Laplace(draws=40)], ids=["nuts", "laplace"])
def test_separate_modes_are_noticed_with_their_shares(sampler: Sampler) -> None:
    tree = sample_model(jax.random.key(0), two_modes, sampler=sampler)
    first, second = json.loads(tree.attrs["modes"])
    np.testing.assert_allclose([first["share"], second["share"]], [0.7, 0.3], atol=0.01)
    np.testing.assert_allclose(first["at"]["x"], [3.0, 3.0], atol=0.01)
    assert any("2 separate modes" in sentence for sentence in check_convergence(tree).failures)


def test_chains_begin_at_each_of_several_modes() -> None:
    tree = sample_model(jax.random.key(0), two_modes, sampler=Nuts(warmup=50, draws=50))
    signs = np.sign(np.asarray(tree["posterior"]["x"])[:, :, 0]).mean(axis=1)
    assert sorted(signs) == [-1.0, -1.0, 1.0, 1.0]


def test_sequential_monte_carlo_weighs_separate_modes() -> None:
    sampler = SequentialMonteCarlo(chains=2, draws=2000)
    tree = sample_model(jax.random.key(0), two_modes, sampler=sampler)
    share = float((tree["posterior"]["x"].isel(x_dim_0=0) > 0.0).mean())
    assert share == pytest.approx(0.7, abs=0.08)
    # Both normals have the same width: the mass is their sum, over the volume of the prior.
    evidence = np.log(2.0 * np.pi * 0.09 / 400.0)
    np.testing.assert_allclose(tree["sample_stats"]["log_evidence"], evidence, atol=0.2)


def test_a_single_mode_is_no_news() -> None:
    tree = sample_model(jax.random.key(0), heights, HEIGHTS, sampler=Nuts(warmup=20, draws=20))
    assert "modes" not in tree.attrs


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: ManyChains(chains=10, superchains=4), "superchains"),
        (lambda: Pathfinder(paths=0), "paths"),
        (lambda: Variational(iterations=0), "iterations"),
        (lambda: SequentialMonteCarlo(moves=0), "moves"),
        (lambda: ManyChains(target_accept=1.0), "target_accept"),
        (lambda: Hmc(trajectory_length=0.0), "trajectory_length"),
    ],
)
def test_a_sampler_refuses_settings_that_cannot_work(make: Any, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        make()


def test_an_approximation_keeps_no_state_to_go_on_from(tmp_path: Any) -> None:
    with pytest.raises(SettingsError, match="start again"):
        sample_model(
            jax.random.key(0), heights, HEIGHTS, sampler=Laplace(), resume_from=tmp_path / "checkpoint"
        )


@pytest.mark.parametrize("sampler", SAMPLERS[:3], ids=["nuts", "many", "hmc"])
@pytest.mark.parametrize("cut_at", [1, 40])
def test_a_run_that_was_cut_off_goes_on_to_the_same_draws(
    sampler: Sampler, cut_at: int, tmp_path: Path
) -> None:
    calls = iter(range(10**6))

    def cut(phase: str, done: int, total: int, note: str = "") -> None:
        if phase in ("warm-up", "sample") and next(calls) == cut_at:
            raise KeyboardInterrupt

    path = tmp_path / "checkpoint"
    with pytest.raises(Interrupted):
        sample_model(jax.random.key(0), heights, HEIGHTS, sampler=sampler, checkpoint=path, progress=cut)
    resumed = sample_model(jax.random.key(0), heights, HEIGHTS, sampler=sampler, resume_from=path)
    whole = sample_model(jax.random.key(0), heights, HEIGHTS, sampler=sampler)
    xr.testing.assert_equal(resumed["posterior"].to_dataset(), whole["posterior"].to_dataset())


def test_another_sampler_does_not_go_on_where_one_was_cut_off(tmp_path: Path) -> None:
    path, few = tmp_path / "checkpoint", Nuts(chains=2, warmup=20, draws=20)
    sample_model(jax.random.key(0), heights, HEIGHTS, sampler=few, checkpoint=path)
    other = ManyChains(chains=2, superchains=2, warmup=20, draws=20)
    with pytest.raises(RunFolderRefused, match="the sampler was Nuts and is ManyChains now"):
        sample_model(jax.random.key(0), heights, HEIGHTS, sampler=other, resume_from=path)


def test_more_chains_than_draws_are_no_reason_to_warn() -> None:
    sampler = ManyChains(chains=16, superchains=4, warmup=20, draws=8)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        tree = sample_model(jax.random.key(0), heights, HEIGHTS, sampler=sampler)
    assert tree["posterior"].sizes["chain"] > tree["posterior"].sizes["draw"]
    assert [str(each.message) for each in told if "dimension" in str(each.message)] == []


IN_SINGLE: tuple[Sampler, ...] = (
    Nuts(warmup=100, draws=200, precision="float32"),
    ManyChains(chains=16, superchains=4, warmup=60, draws=50, precision="float32"),
    Hmc(warmup=100, draws=200, precision="float32"),
)


@pytest.mark.parametrize("sampler", IN_SINGLE, ids=["nuts", "many", "hmc"])
def test_chains_in_single_precision_find_the_posterior_and_say_their_error(sampler: Sampler) -> None:
    tree = sample_model(jax.random.key(0), heights, HEIGHTS, sampler=sampler)
    draws = np.asarray(tree["posterior"]["mean"])
    assert draws.mean() == pytest.approx(MEAN, abs=SD * (4.0 / np.sqrt(float(arviz.ess(draws))) + 0.05))
    said = json.loads(tree.attrs["single_precision"])
    # Of a log density of about ten, single precision keeps six digits.
    assert 0.0 < said["largest"] < 1e-4
    assert check_convergence(tree).failures == () or "Single" not in " ".join(
        check_convergence(tree).failures
    )


def test_double_precision_has_no_such_error(run: tuple[Sampler, xr.DataTree]) -> None:
    assert "single_precision" not in run[1].attrs


# Single precision keeps such densities to 8 and 64 nats; errors of the second have a border, and so no tail.
@pytest.mark.parametrize("offset", [1e8, 1e9])
def test_single_precision_that_spoils_the_density_is_said(offset: float) -> None:
    def far_away(seen: Any) -> None:
        heights(seen)
        numpyro.factor("offset", offset)

    sampler = Nuts(warmup=20, draws=100, max_tree_depth=3, precision="float32")
    tree = sample_model(jax.random.key(0), far_away, HEIGHTS, sampler=sampler)
    assert any("Single precision" in sentence for sentence in check_convergence(tree).failures)
