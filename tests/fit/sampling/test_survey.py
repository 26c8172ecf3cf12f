"""Claims about all distributions of numpyro as priors: each is sampled and right, or refused by name."""

import arviz
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.distributions import biject_to

from windup.fit import ModelFaults, Nuts
from windup.fit.sampling.sample_model import sample_model
from windup.fit.sampling.target.inspected import inspect_model
from windup.fit.sampling.target.target import target_of

from .survey import ABSTRACT, CONTINUOUS, DISCRETE, IMPROPER, OTHERS, classes, direct_draws

SAMPLED = {**CONTINUOUS, **IMPROPER}


def test_survey_has_every_distribution_of_numpyro() -> None:
    assert {*SAMPLED, *DISCRETE, *OTHERS, *ABSTRACT} == classes()


@pytest.mark.parametrize("name", [*DISCRETE, *OTHERS])
def test_prior_that_is_not_sampled_is_refused_by_the_name_of_its_site(name: str) -> None:
    prior = {**DISCRETE, **OTHERS}[name]
    # Not to be listed, whatever is installed: what is listed is a claim of its own.
    if prior.has_enumerate_support:
        pytest.importorskip("funsor")
        with pytest.raises(ModelFaults, match="All its sites to sample are discrete"):
            inspect_model(lambda: numpyro.sample("kind", prior), (), {})
        return
    with pytest.raises(ModelFaults, match="site 'kind'"):
        inspect_model(lambda: numpyro.sample("kind", prior), (), {})


def all_at_once() -> None:
    for name, prior in SAMPLED.items():
        numpyro.sample(name, prior)


def test_density_of_every_other_prior_is_its_own_with_its_change_of_variable() -> None:
    target = target_of(all_at_once)
    x = target.initial + 0.3 * jnp.asarray(np.random.default_rng(0).normal(size=len(target.initial)))

    def expected(x: jax.Array) -> jax.Array:
        start, total = 0, jnp.zeros(())
        for name in sorted(SAMPLED):
            transform = biject_to(SAMPLED[name].support)
            shape = transform.inverse_shape(SAMPLED[name].shape())
            free = x[start : start + int(np.prod(shape))].reshape(shape)
            value = transform(free)
            volume = jnp.sum(transform.log_abs_det_jacobian(free, value))
            total = total + jnp.sum(SAMPLED[name].log_prob(value)) + volume
            start += int(np.prod(shape))
        return total

    assert float(jax.jit(target.potential)(x, ())) == pytest.approx(-float(jax.jit(expected)(x)), rel=1e-10)


# Where numpyro cannot draw itself, or needs another package: the same distribution by another name.
DIRECT = {
    "ImproperUniform": dist.Uniform(0.0, 2.0),
    "GaussianCopula": dist.Gamma(2.0, 1.0).expand((2,)),
    "GaussianCopulaBeta": dist.Beta(jnp.array([2.0, 3.0]), jnp.array([3.0, 2.0])),
}


def independent(name: str) -> np.ndarray:
    if name == "TruncatedPolyaGamma":
        # numpyro draws it by a series that it cuts off; the density is exact.
        grid = np.linspace(1e-4, 2.5, 100_001)
        share = np.cumsum(np.exp(np.asarray(SAMPLED[name].log_prob(grid))))
        levels = np.random.default_rng(0).uniform(size=40_000)
        return grid[np.searchsorted(share / share[-1], levels)][:, None]
    if name == "LeftTruncatedDistribution":
        draws = direct_draws(dist.StudentT(3.0, 0.0, 1.0), 200_000, 1)
        return draws[draws > 0.5][:, None]
    draws = direct_draws(DIRECT.get(name, SAMPLED[name]), 40_000, 1)
    return draws.reshape(len(draws), -1)


DRAWS = 500


@pytest.mark.release
def test_quantiles_of_every_prior_are_those_of_independent_draws() -> None:
    tree = sample_model(jax.random.key(0), all_at_once, sampler=Nuts(warmup=400, draws=DRAWS))
    scores: dict[str, float] = {}
    for name in SAMPLED:
        exact, draws = independent(name), np.asarray(tree["posterior"][name]).reshape(4, DRAWS, -1)
        for entry in np.flatnonzero(exact.std(axis=0) > 1e-9):
            for level in (0.1, 0.5, 0.9):
                below = draws[..., entry] <= np.quantile(exact[:, entry], level)
                size = 1.0 / (1.0 / float(arviz.ess(below.astype(float))) + 1.0 / len(exact))
                scores[f"{name}[{entry}] {level}"] = abs(below.mean() - level) / np.sqrt(
                    level * (1.0 - level) / size
                )
    # About 500 comparisons: the largest of as many normals is above 4.5 once in 300 runs.
    assert {name: score for name, score in scores.items() if score > 4.5} == {}
