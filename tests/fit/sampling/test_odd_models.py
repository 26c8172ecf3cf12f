"""Claims about models that other engines or other versions got wrong, against closed forms."""

import json
from typing import Any

import arviz
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints
from scipy import integrate, stats

from windup.fit import (
    DrawsOnly,
    Hmc,
    Laplace,
    ManyChains,
    ModelFaults,
    NestedSampling,
    NoStart,
    Nuts,
    Pathfinder,
    SequentialMonteCarlo,
    SettingsError,
    Variational,
)
from windup.fit.diagnostics.convergence import check_convergence
from windup.fit.sampling.sample_model import sample_model
from windup.fit.settings.samplers import Sampler

SEEN = np.array([2.1, 2.9, 2.4, 3.3])
FEW = Nuts(chains=2, warmup=20, draws=20)


def below(seen: Any) -> None:
    """A number that is uniform below another, and observed."""
    top = numpyro.sample("top", dist.Uniform(0.0, 10.0))
    low = numpyro.sample("low", dist.Uniform(0.0, top))
    numpyro.sample("seen", dist.Normal(low, 1.0), obs=seen)


def below_exactly() -> tuple[float, float]:
    """Posterior means of both, by quadrature: the marginal of ``low`` is its normal times log(10 / low)."""
    normal = stats.norm(SEEN.mean(), 0.5).pdf
    mass = integrate.quad(lambda low: normal(low) * np.log(10.0 / low), 0.0, 10.0, points=[3.0])[0]
    of_low = integrate.quad(lambda low: low * normal(low) * np.log(10.0 / low), 0.0, 10.0, points=[3.0])[0]
    of_top = integrate.quad(lambda low: normal(low) * (10.0 - low), 0.0, 10.0, points=[3.0])[0]
    return of_top / mass, of_low / mass


def error_of_mean(draws: Any) -> float:
    """Four Monte Carlo standard errors of a mean."""
    return float(4.0 * draws.std() / np.sqrt(float(arviz.ess(np.asarray(draws)))))


def test_posterior_below_another_site_is_that_of_quadrature() -> None:
    posterior = sample_model(jax.random.key(0), below, SEEN)["posterior"]
    assert bool((posterior["low"] < posterior["top"]).all())
    for name, mean in zip(("top", "low"), below_exactly(), strict=True):
        assert float(posterior[name].mean()) == pytest.approx(mean, abs=error_of_mean(posterior[name]))


def line(x: Any, y: Any) -> None:
    """A regression with flat priors, whose scales are five powers of ten apart."""
    flat = dist.ImproperUniform(constraints.real, (), ())
    level, slope = numpyro.sample("level", flat), numpyro.sample("slope", flat)
    sd = numpyro.sample("sd", dist.ImproperUniform(constraints.positive, (), ()))
    numpyro.sample("y", dist.Normal(level + slope * x, sd), obs=y)


def test_flat_priors_of_far_apart_scales_give_the_least_squares_line() -> None:
    x = np.linspace(60.0, 75.0, 40)
    y = -60_000.0 + 1300.0 * x + 19_000.0 * np.random.default_rng(0).normal(size=40)
    tree = sample_model(jax.random.key(0), line, x, y, sampler=Nuts(warmup=300, draws=500))
    exact = stats.linregress(x, y)
    slope = tree["posterior"]["slope"]
    assert float(slope.mean()) == pytest.approx(exact.slope, abs=error_of_mean(slope))
    # With a flat prior on sd, the slope has a t of n - 3 degrees of freedom.
    sd = exact.stderr * np.sqrt(38.0 / 37.0) * np.sqrt(37.0 / 35.0)
    assert float(slope.std()) == pytest.approx(sd, rel=0.15)
    assert check_convergence(tree).failures == ()


def steady(y: Any) -> None:
    """A steady state by a loop of open length: a = 1 / k."""
    k = numpyro.sample("k", dist.LogNormal(-0.5, 0.3))

    def unfinished(state: Any) -> Any:
        # Far from the posterior, where k is next to 0, it would hardly end.
        return (jnp.abs(state[0] - state[1]) > 1e-9) & (state[2] < 1000)

    def onward(state: Any) -> Any:
        return state[0] + 0.3 * (1.0 - k * state[0]), state[0], state[2] + 1

    first = jnp.asarray(1.0, float), jnp.asarray(0.0, float), 0
    level = jax.lax.while_loop(unfinished, onward, first)[0]
    numpyro.sample("y", dist.Normal(level, 0.1), obs=y)


LEVELS = np.array([2.0, 2.1, 1.9])


def steady_exactly() -> float:
    def density(k: float) -> float:
        likelihood = np.prod(stats.norm.pdf(LEVELS, 1.0 / k, 0.1))
        return float(stats.lognorm.pdf(k, 0.3, scale=np.exp(-0.5)) * likelihood)

    mass = integrate.quad(density, 0.3, 0.8)[0]
    return float(integrate.quad(lambda k: k * density(k), 0.3, 0.8)[0] / mass)


def test_loop_of_open_length_needs_forward_gradients_and_says_so() -> None:
    with pytest.raises(ModelFaults, match="pass gradient='forward'"):
        sample_model(jax.random.key(0), steady, LEVELS)


SAMPLERS: tuple[Sampler, ...] = (
    Nuts(warmup=100, draws=300),
    Hmc(warmup=100, draws=300),
    ManyChains(chains=16, superchains=4, warmup=60, draws=60),
    Laplace(draws=400),
    Pathfinder(paths=4, draws=400, iterations=50),
    Variational(draws=400, iterations=500),
    SequentialMonteCarlo(chains=2, draws=300),
    NestedSampling(chains=2, draws=300, live=200),
)
# One of each way to move: a chain, many chains, populations of particles. The others before a release.
MARKS: dict[type[Sampler], Any] = {
    Nuts: (),
    ManyChains: pytest.mark.slow,
    SequentialMonteCarlo: pytest.mark.slow,
}
ALL = pytest.mark.parametrize(
    "sampler",
    [
        pytest.param(each, marks=MARKS.get(type(each), pytest.mark.release), id=type(each).__name__)
        for each in SAMPLERS
    ],
)


@ALL
def test_forward_gradients_find_the_posterior_of_quadrature(sampler: Sampler) -> None:
    tree = sample_model(jax.random.key(0), steady, LEVELS, sampler=sampler, gradient="forward")
    mean, sd = steady_exactly(), float(tree["posterior"]["k"].std())
    assert float(tree["posterior"]["k"].mean()) == pytest.approx(mean, abs=0.5 * sd)


@ALL
def test_every_sampler_keeps_to_supports_that_depend_on_other_sites(sampler: Sampler) -> None:
    posterior = sample_model(jax.random.key(0), below, SEEN, sampler=sampler)["posterior"]
    assert bool((posterior["low"] < posterior["top"]).all())
    # Approximations are quick looks: within an SD.
    assert float(posterior["low"].mean()) == pytest.approx(below_exactly()[1], abs=0.5)


@ALL
def test_every_sampler_samples_or_refuses_flat_priors(sampler: Sampler) -> None:
    x = np.linspace(-1.0, 1.0, 30)
    y = 1.5 + 0.7 * x + 0.3 * np.sin(17.0 * x)
    if isinstance(sampler, SequentialMonteCarlo | NestedSampling):
        with pytest.raises(SettingsError, match=r"(\d+) of \1 draws of 'level'"):
            sample_model(jax.random.key(0), line, x, y, sampler=sampler)
        return
    slope = sample_model(jax.random.key(0), line, x, y, sampler=sampler)["posterior"]["slope"]
    assert float(slope.mean()) == pytest.approx(stats.linregress(x, y).slope, abs=0.05)


@ALL
@pytest.mark.filterwarnings("ignore:Out-of-support")
def test_every_sampler_names_an_observation_that_is_not_finite(sampler: Sampler) -> None:
    with pytest.raises(NoStart, match=r"'seen', 1 are not finite: nan at \[1\]"):
        sample_model(jax.random.key(0), below, np.array([2.0, np.nan]), sampler=sampler)


def correlated() -> None:
    """A correlation matrix, whose one correlation is uniform for a concentration of 1."""
    root = numpyro.sample("root", dist.LKJCholesky(2, 1.0))
    numpyro.deterministic("correlation", (root @ root.T)[0, 1])


@ALL
def test_every_sampler_samples_correlation_matrices(sampler: Sampler) -> None:
    correlation = sample_model(jax.random.key(0), correlated, sampler=sampler)["posterior"]["correlation"]
    assert float(correlation.mean()) == pytest.approx(0.0, abs=0.2)
    if not isinstance(sampler, Laplace | Pathfinder | Variational):
        assert float(correlation.std()) == pytest.approx(1.0 / np.sqrt(3.0), abs=0.1)


GROUPED = np.array([0.1, -0.2, 3.1, 2.8, 0.0, 1.6])


def groups(y: Any) -> None:
    """Two known groups, and which one each patient is of."""
    shift = numpyro.sample("shift", dist.Normal(3.0, 0.1))
    with numpyro.plate("patient", len(y)):
        kind = numpyro.sample("kind", dist.Bernoulli(0.4))
        mean = numpyro.deterministic("mean", shift * kind)
        numpyro.sample("y", dist.Normal(mean, 1.0), obs=y)


def test_discrete_sites_are_drawn_with_their_probabilities() -> None:
    pytest.importorskip("funsor")
    tree = sample_model(jax.random.key(0), groups, GROUPED, sampler=Nuts(chains=2, warmup=50, draws=500))
    posterior = tree["posterior"]
    low, high = (w * stats.norm.pdf(GROUPED, m, 1.0) for w, m in ((0.6, 0.0), (0.4, 3.0)))
    # The shift is known to 0.1, so that these are exact to a few thousandths.
    np.testing.assert_allclose(posterior["kind"].mean(("chain", "draw")), high / (low + high), atol=0.05)
    product = posterior["shift"] * posterior["kind"].values.transpose(2, 0, 1)[3]
    np.testing.assert_allclose(product, posterior["mean"].values[..., 3])
    assert json.loads(tree.attrs["enumerated_sites"]) == ["kind"]


def test_log_densities_without_discrete_sites_are_refused() -> None:
    pytest.importorskip("funsor")
    with pytest.raises(ModelFaults, match="without the discrete sites"):
        sample_model(jax.random.key(0), groups, GROUPED, sampler=FEW, log_likelihood=True)


def test_draws_outlive_an_error_in_what_is_computed_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise MemoryError("not enough memory")

    monkeypatch.setattr("windup.fit.sampling.sample_model.traced_sites", full)
    with pytest.raises(DrawsOnly, match="not enough memory") as lost:
        sample_model(jax.random.key(0), below, SEEN, sampler=FEW)
    assert lost.value.tree["posterior"]["low"].shape == (2, 20)


def test_arviz_scales_prior_and_likelihood_by_their_groups() -> None:
    def model(seen: Any) -> None:
        mean = numpyro.sample("mean", dist.Normal(0.0, 0.5))
        sd = numpyro.sample("sd", dist.HalfNormal(1.0).expand([2]).to_event(1))
        numpyro.sample("seen", dist.Normal(mean, jnp.sum(sd)), obs=seen)

    tree = sample_model(
        jax.random.key(0),
        model,
        SEEN,
        sampler=Nuts(chains=2, warmup=100, draws=500),
        log_likelihood=True,
        log_prior=True,
    )
    prior, posterior = tree["log_prior"], tree["posterior"]
    np.testing.assert_allclose(prior["mean"], stats.norm.logpdf(posterior["mean"], 0.0, 0.5))
    np.testing.assert_allclose(prior["sd"], stats.halfnorm.logpdf(posterior["sd"]).sum(axis=-1))
    found = arviz.psense_summary(tree, var_names=["mean"])
    # A prior that is far from four observations near 2.7 is in conflict with them.
    assert float(found.loc["mean", "prior"]) > 0.05
    assert float(found.loc["mean", "likelihood"]) > 0.05
