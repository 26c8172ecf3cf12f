"""Claims about where chains may begin, and about what is named where they cannot."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints

from windup.fit import NoStart
from windup.fit.sampling.target.density import compile_density
from windup.fit.sampling.target.starts import Starts, usable_starts
from windup.fit.sampling.target.target import prior_draws, target_of


def starts_of(model: Callable[..., Any], *arguments: Any, draws: int = 7) -> Starts:
    target = target_of(model, *arguments)
    drawn = prior_draws(jax.random.key(0), target, draws)
    points = np.concatenate([np.asarray(target.initial)[None], drawn])
    return usable_starts(target, compile_density(target), points)


def faults_of(model: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(NoStart) as refused:
        starts_of(model, *arguments)
    return str(refused.value)


@pytest.mark.parametrize(
    ("prior", "middle"),
    [
        # No quantile function, and no mean.
        (dist.InverseGamma(0.001, 0.001), 1.0),
        (dist.StudentT(1.0, 3.0, 10.0), 3.0),
        (dist.ImproperUniform(constraints.real, (), ()), 0.0),
        (dist.ImproperUniform(constraints.interval(2.0, 4.0), (), ()), 3.0),
        # A quantile function.
        (dist.HalfCauchy(5.0), 5.0),
        (dist.Cauchy(2.0, 3.0), 2.0),
        # A mean.
        (dist.Beta(2.0, 6.0), 0.25),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, dist.Distribution) else "",
)
def test_every_prior_has_a_middle(prior: dist.Distribution, middle: float) -> None:
    target = target_of(lambda: numpyro.sample("x", prior))
    value = float(target.constrain(target.initial)["x"])
    if isinstance(prior, dist.StudentT):
        # Its median is its location; where it has neither quantile nor mean, 0 stands for it.
        assert value in (0.0, 3.0)
    else:
        assert value == pytest.approx(middle)


def test_prior_draws_that_are_no_numbers_are_replaced_and_named() -> None:
    target = target_of(lambda: numpyro.sample("rate", dist.Gamma(1e-3, 1e-3)))
    x, missing = jax.vmap(target.draw_prior)(jax.random.split(jax.random.key(0), 200))
    # Below the smallest double: P(Gamma(a, a) < 1e-308) is about exp(-709 a).
    assert missing.mean() > 0.2
    assert np.all(np.abs(x[missing]) <= 2.0)


def test_flat_priors_begin_anywhere() -> None:
    flat = dist.ImproperUniform(constraints.real, (), ())
    target = target_of(lambda: numpyro.sample("x", flat.expand((3,))))
    x, missing = target.draw_prior(jax.random.key(0))
    assert missing.all()
    assert len(np.unique(x)) == 3


def test_starts_without_a_density_are_left() -> None:
    def model() -> None:
        x = numpyro.sample("x", dist.Normal(0.0, 1.0))
        numpyro.factor("half", jnp.where(x > 0.0, 0.0, -jnp.inf))

    assert (starts_of(model, draws=20).points > 0.0).all()
    assert 0 < len(starts_of(model, draws=20).points) < 20


def test_where_all_starts_fail_others_are_tried() -> None:
    def model() -> None:
        x = numpyro.sample("x", dist.Normal(0.0, 1.0))
        numpyro.factor("tail", jnp.where(x > 1.5, 0.0, -jnp.inf))

    assert (starts_of(model, draws=1).points > 1.5).all()


def test_site_that_loses_its_gradient_at_some_starts_is_named() -> None:
    def model() -> None:
        x, _ = (numpyro.sample(name, dist.Normal(0.0, 1.0)) for name in ("x", "other"))
        numpyro.sample("y", dist.Normal(jnp.where(x > 0.0, jnp.sqrt(x), 0.0), 0.5), obs=0.9)

    starts = starts_of(model)
    assert starts.cut == ("x",)
    assert (starts.points[:, 1] > 0.0).all()


def test_observations_that_are_not_finite_are_named_by_index() -> None:
    def model(y: Any, z: Any) -> None:
        mean = numpyro.sample("mean", dist.Normal(0.0, 1.0))
        numpyro.sample("y", dist.Normal(mean, 1.0), obs=y)
        numpyro.sample("z", dist.LogNormal(mean, 1.0), obs=z)

    with numpyro.validation_enabled(False):
        text = faults_of(model, np.array([0.1, np.nan, 0.3, np.inf]), np.array([1.0, 0.0, -2.0]))
    assert "Of the values of 'y', 2 are not finite: nan at [1], inf at [3]" in text
    assert "Of the values of 'z', 2 are outside the support of LogNormal: 0 at [1], -2 at [2]" in text


def test_argument_of_a_distribution_that_is_not_allowed_is_named() -> None:
    def model(sd: Any) -> None:
        mean = numpyro.sample("mean", dist.Normal(0.0, 1.0))
        numpyro.sample("y", dist.Normal(mean, sd * jnp.exp(0.0 * mean)), obs=np.zeros(3))

    text = faults_of(model, np.array([1.0, np.nan, 1.0]))
    assert "Of 3 observations of 'y' (Normal), 1 have a log density that is not finite: nan at [1]" in text
    assert "because its scale is nan at [1]" in text


def test_factor_that_is_not_finite_is_named() -> None:
    def model() -> None:
        x = numpyro.sample("x", dist.Normal(0.0, 1.0))
        numpyro.factor("limit", jnp.log(-jnp.abs(x) - 1.0))

    assert "The factor 'limit' is nan" in faults_of(model)


def test_site_without_a_gradient_anywhere_is_named() -> None:
    def model(dose: Any) -> None:
        base = numpyro.sample("base", dist.Normal(0.0, 1.0))
        slope = numpyro.sample("slope", dist.HalfNormal(1.0))
        effect = jnp.where(dose > 0.0, jnp.sqrt(slope * dose), 0.0)
        numpyro.sample("y", dist.Normal(base + effect, 1.0), obs=dose)

    text = faults_of(model, np.array([0.0, 1.0, 4.0]))
    assert "of 108 starts none" in text
    assert "its gradient is not a number in slope." in text
