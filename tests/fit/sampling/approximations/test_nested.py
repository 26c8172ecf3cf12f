"""Claims about nested sampling: shares and evidences in closed form, and what it refuses or doubts."""

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
import xarray as xr
from scipy import integrate, stats

from windup.fit import Interrupted, NestedSampling, SettingsError
from windup.fit.diagnostics.convergence import check_convergence
from windup.fit.diagnostics.nested import nested_failures
from windup.fit.sampling.sample_model import sample_model

WIDTH = 20.0


def two_normals(size: int, near: float, far: float) -> None:
    """Normals of SDs ``near`` and ``far`` at 3 and -3, with 0.7 and 0.3 of the mass; a uniform prior."""
    x = numpyro.sample("x", dist.Uniform(-WIDTH / 2.0, WIDTH / 2.0).expand((size,)).to_event(1))
    of_near, of_far = (dist.Normal(at, sd).log_prob(x).sum() for at, sd in ((3.0, near), (-3.0, far)))
    numpyro.factor("modes", jnp.logaddexp(jnp.log(0.7) + of_near, jnp.log(0.3) + of_far))


def evidence(tree: xr.DataTree) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tree.attrs["evidence"])
    return found


def mean_and_error(draws: Any) -> tuple[float, float]:
    """Mean of independent runs, and its standard error by the differences between them."""
    by_run = np.asarray(draws, float).mean(axis=1)
    return float(by_run.mean()), float(by_run.std(ddof=1) / np.sqrt(len(by_run)))


@pytest.mark.parametrize(
    ("size", "far"),
    [
        pytest.param(2, 0.3, id="two dimensions"),
        pytest.param(2, 0.6, id="two dimensions, unequal widths"),
        pytest.param(5, 0.3, id="five dimensions", marks=pytest.mark.release),
    ],
)
def test_shares_of_two_normals_and_their_evidence_are_those_in_closed_form(size: int, far: float) -> None:
    tree = sample_model(jax.random.key(0), two_normals, size, 0.3, far, sampler=NestedSampling(chains=6))
    share, error = mean_and_error(tree["posterior"]["x"].isel(x_dim_0=0) > 0.0)
    # An error that is too large would let any share pass.
    assert error < 0.05
    assert share == pytest.approx(0.7, abs=4.0 * error)
    found = evidence(tree)
    assert found["standard_error"] < 0.1
    # Both have a mass of 1 but for tails of ten SDs; the prior has 1 over its volume.
    assert found["log_evidence"] == pytest.approx(-size * np.log(WIDTH), abs=4.0 * found["standard_error"])


SEEN = np.array([1.2, -0.4, 2.1, 0.7, 1.6])


def conjugate(seen: Any) -> None:
    mean = numpyro.sample("mean", dist.Normal(0.0, 2.0))
    numpyro.sample("seen", dist.Normal(mean, 1.0), obs=seen)


@pytest.fixture(scope="module")
def normal() -> xr.DataTree:
    tree: xr.DataTree = sample_model(
        jax.random.key(0), conjugate, SEEN, sampler=NestedSampling(), log_likelihood=True, log_prior=True
    )
    return tree


def test_evidence_and_moments_of_a_conjugate_normal_are_those_in_closed_form(normal: xr.DataTree) -> None:
    found = evidence(normal)
    exact = stats.multivariate_normal.logpdf(SEEN, np.zeros(5), np.eye(5) + 4.0)
    assert found["log_evidence"] == pytest.approx(exact, abs=4.0 * found["standard_error"])
    assert found["standard_error"] < 0.1
    variance = 1.0 / (0.25 + len(SEEN))
    centre = SEEN.sum() * variance
    draws = normal["posterior"]["mean"]
    for moment, value in ((draws, centre), ((draws - centre) ** 2, variance)):
        mean, error = mean_and_error(moment)
        assert mean == pytest.approx(value, abs=4.0 * error)
        assert error < 0.2 * np.sqrt(variance)


def test_tree_has_the_pointwise_densities_and_passes_its_checks(normal: xr.DataTree) -> None:
    at = np.asarray(normal["posterior"]["mean"])
    np.testing.assert_allclose(normal["log_prior"]["mean"], stats.norm.logpdf(at, 0.0, 2.0))
    np.testing.assert_allclose(normal["log_likelihood"]["seen"], stats.norm.logpdf(SEEN, at[..., None]))
    assert check_convergence(normal).failures == ()


def test_runs_say_their_effective_draws_evaluations_and_what_remained(normal: xr.DataTree) -> None:
    runs = evidence(normal)["runs"]
    assert len(runs) == 4
    for run in runs:
        assert run["remaining"] <= 0.01
        # Of about 500 live points and the ones before them; none counts for more than one.
        assert 500 < run["effective_draws"] < 10_000
        # Each of them was found by five slices, which look at four points and more.
        assert run["evaluations"] > 20 * run["effective_draws"] / 10
    np.testing.assert_allclose(
        normal["sample_stats"]["log_evidence"].isel(draw=0), [run["log_evidence"] for run in runs]
    )


def test_order_of_draws_says_nothing(normal: xr.DataTree) -> None:
    order, densities = np.arange(500), np.asarray(normal["sample_stats"]["lp"])
    for row in densities:
        assert abs(stats.spearmanr(order, row).statistic) < 4.0 / np.sqrt(500.0)


def test_flat_likelihood_leaves_the_prior_and_an_evidence_of_one() -> None:
    def flat() -> None:
        numpyro.sample("x", dist.Normal(1.0, 2.0))
        numpyro.factor("nothing", -3.0)

    tree = sample_model(jax.random.key(0), flat, sampler=NestedSampling(live=1000))
    assert evidence(tree)["log_evidence"] == pytest.approx(-3.0, abs=0.01)
    assert stats.kstest(np.asarray(tree["posterior"]["x"]).ravel(), stats.norm(1.0, 2.0).cdf).pvalue > 1e-4


def test_impossible_half_of_the_prior_halves_the_evidence() -> None:
    def half() -> None:
        x = numpyro.sample("x", dist.Uniform(0.0, 1.0))
        numpyro.factor("edge", jnp.where(x < 0.5, -jnp.inf, 0.0))

    tree = sample_model(jax.random.key(0), half, sampler=NestedSampling(live=1000))
    found = evidence(tree)
    assert found["log_evidence"] == pytest.approx(np.log(0.5), abs=4.0 * found["standard_error"])
    assert float(tree["posterior"]["x"].min()) >= 0.5


@pytest.mark.release
def test_mode_that_some_runs_miss_is_noticed() -> None:
    # Where the narrow normal rises above the wide one, it is a thousandth of what is left of the prior.
    sampler = NestedSampling(live=50, draws=200)
    tree = sample_model(jax.random.key(0), two_normals, 5, 0.3, 0.9, sampler=sampler)
    failures = check_convergence(tree).failures
    assert any("the runs disagree" in sentence for sentence in failures)
    assert any("R-hat" in sentence and "live points" in sentence for sentence in failures)


def run_of(**changes: float) -> dict[str, float]:
    whole = {"log_evidence": -3.0, "standard_error": 0.1, "effective_draws": 1000.0, "insertion_p": 0.5}
    return whole | changes


@pytest.mark.parametrize(
    ("runs", "sentences"),
    [
        ([run_of(), run_of(log_evidence=-3.2)], 0),
        ([run_of(), run_of(log_evidence=-3.6)], 1),
        ([run_of(), run_of(insertion_p=1e-6)], 1),
        ([run_of(standard_error=0.0), run_of(standard_error=0.0)], 0),
    ],
)
def test_checks_of_runs_fail_where_they_should(runs: list[dict[str, float]], sentences: int) -> None:
    assert len([*nested_failures({"runs": runs})]) == sentences


def test_draws_beyond_the_points_behind_them_count_for_nothing() -> None:
    few = NestedSampling(chains=2, live=20, draws=2000)
    tree = sample_model(jax.random.key(0), conjugate, SEEN, sampler=few)
    points = sum(run["effective_draws"] for run in evidence(tree)["runs"])
    assert points < 400.0
    assert any("bulk effective sample size" in sentence for sentence in check_convergence(tree).failures)


def waiting(seen: Any) -> None:
    """Observations of 1 / k, by a loop of open length."""
    k = numpyro.sample("k", dist.LogNormal(-0.5, 0.3))

    def unfinished(state: Any) -> Any:
        return (jnp.abs(state[0] - state[1]) > 1e-9) & (state[2] < 1000)

    def onward(state: Any) -> Any:
        return state[0] + 0.3 * (1.0 - k * state[0]), state[0], state[2] + 1

    first = jnp.asarray(1.0, float), jnp.asarray(0.0, float), 0
    numpyro.sample("seen", dist.Normal(jax.lax.while_loop(unfinished, onward, first)[0], 0.1), obs=seen)


def test_model_without_a_gradient_is_sampled() -> None:
    levels = np.array([2.0, 2.1, 1.9])

    def density(k: float) -> float:
        prior = stats.lognorm.pdf(k, 0.3, scale=np.exp(-0.5))
        return float(prior * np.prod(stats.norm.pdf(levels, 1.0 / k, 0.1)))

    mass = integrate.quad(density, 0.3, 0.8)[0]
    tree = sample_model(jax.random.key(0), waiting, levels, sampler=NestedSampling(live=200, draws=200))
    found = evidence(tree)
    assert found["log_evidence"] == pytest.approx(np.log(mass), abs=4.0 * found["standard_error"])
    mean, error = mean_and_error(tree["posterior"]["k"])
    assert mean == pytest.approx(
        integrate.quad(lambda k: k * density(k), 0.3, 0.8)[0] / mass, abs=4.0 * error
    )


def test_likelihood_that_outgrows_its_prior_is_refused() -> None:
    def outgrown() -> None:
        x = numpyro.sample("x", dist.Normal(0.0, 1.0))
        numpyro.factor("growth", x**2)

    with pytest.raises(SettingsError, match="the likelihood still rises"):
        sample_model(jax.random.key(0), outgrown, sampler=NestedSampling(live=50))


def test_live_points_too_few_for_their_covariance_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"live is 20 for 12 parameters.*at least 25"):
        sample_model(jax.random.key(0), two_normals, 12, 0.3, 0.3, sampler=NestedSampling(live=20))


def test_run_that_its_user_stops_ends_without_draws() -> None:
    def stop(phase: str, done: int, total: int, note: str = "") -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stopped:
        sample_model(jax.random.key(0), conjugate, SEEN, sampler=NestedSampling(), progress=stop)
    assert stopped.value.tree is None


def test_progress_names_the_run_and_what_remains() -> None:
    notes: list[str] = []

    def note(phase: str, done: int, total: int, text: str = "") -> None:
        notes.append(f"{phase} {done} of {total}: {text}")

    few = NestedSampling(chains=2, live=50, draws=50)
    sample_model(jax.random.key(0), conjugate, SEEN, sampler=few, progress=note)
    assert any(line.startswith("sample 1 of 2: run 2: exp(-") for line in notes)
    assert all("nats remain" in line for line in notes)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"live": 10}, "live"),
        ({"moves_per_parameter": 0}, "moves_per_parameter"),
        ({"remaining": 0.0}, "remaining"),
        ({"remaining": float("nan")}, "remaining"),
        ({"chains": 1}, "chains"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        NestedSampling(**changes)
