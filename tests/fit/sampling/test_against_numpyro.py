"""Claims about the survey's priors in one model: `sample_model` and numpyro's own NUTS draw the same ones."""

from typing import Any

import arviz
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.distributions import biject_to
from numpyro.infer import MCMC, NUTS

from windup.fit import Nuts
from windup.fit.sampling.sample_model import sample_model

from .survey import CONTINUOUS, IMPROPER

SAMPLED = {**CONTINUOUS, **IMPROPER}
# Of a power law with this exponent or less, the fourth moment does not exist: an SD has no standard error.
MOMENTS = 4.0
# The exponent is that between these distances in a coordinate in which chains move.
NEAR, FAR = 15.0, 30.0


def drawn_by_numpyro(prior: dist.Distribution) -> bool:
    """Whether numpyro can draw from it, which its own NUTS asks for when it starts."""
    try:
        jax.eval_shape(lambda: prior.sample(jax.random.key(0)))
    except (ImportError, NotImplementedError, ValueError, AttributeError):
        return False
    return True


BOTH = {name: prior for name, prior in SAMPLED.items() if drawn_by_numpyro(prior) or name in IMPROPER}


def model() -> None:
    for name, prior in BOTH.items():
        numpyro.sample(name, prior)


def has_moments(prior: dist.Distribution) -> bool:
    """Whether the density falls fast enough for a fourth moment, in every coordinate."""
    transform = biject_to(prior.support)
    shape = transform.inverse_shape(prior.shape())

    def log_density(free: jax.Array) -> jax.Array:
        value = transform(free)
        volume = jnp.sum(transform.log_abs_det_jacobian(free, value))
        return jnp.sum(prior.log_prob(value)) + volume

    size = int(np.prod(shape))
    along = jnp.concatenate([jnp.eye(size), -jnp.eye(size)]).reshape(-1, *shape)
    near, far = (np.asarray(jax.vmap(log_density)(at * along)) for at in (NEAR, FAR))
    with np.errstate(invalid="ignore"):
        exponent = (near - far) / np.log(FAR / NEAR) - 1.0
    # What is beyond the range of numbers falls faster than any power.
    return bool(np.all(~np.isfinite(exponent) | (exponent > MOMENTS)))


def unconstrained(name: str, draws: Any) -> np.ndarray:
    """Draws ``(chain, draw, coordinate)`` in the coordinates in which chains move."""
    inverse = biject_to(BOTH[name].support).inv
    return np.asarray(jax.vmap(jax.vmap(inverse))(jnp.asarray(draws))).reshape(*np.shape(draws)[:2], -1)


def score(first: np.ndarray, second: np.ndarray) -> float:
    """Difference of two means over its standard error, by effective sample sizes."""
    variances = [draws.var() / float(arviz.ess(draws, method="mean")) for draws in (first, second)]
    return float(abs(first.mean() - second.mean()) / np.sqrt(sum(variances)))


def test_rule_of_moments_knows_powers_from_exponentials() -> None:
    without = (dist.Cauchy(1.0, 0.5), dist.StudentT(3.0, 0.0, 1.0), dist.StudentT(4.0, 0.0, 1.0))
    # Half-Cauchy tails are exponential in the logarithm, in which chains move.
    having = (dist.Normal(0.0, 2.0), dist.Laplace(0.0, 1.0), dist.HalfCauchy(1.0), dist.Beta(2.0, 3.0))
    assert [has_moments(prior) for prior in without] == [False] * 3
    assert [has_moments(prior) for prior in having] == [True] * 4


@pytest.mark.release
# numpyro samples circular sites all the same.
@pytest.mark.filterwarnings("ignore:Continuous inference poorly handles circular")
def test_means_and_sds_of_all_priors_are_those_of_numpyro_itself() -> None:
    tree = sample_model(jax.random.key(0), model, sampler=Nuts(warmup=400, draws=1000))
    reference = MCMC(
        NUTS(model),
        num_warmup=1000,
        num_samples=1000,
        num_chains=4,
        chain_method="vectorized",
        progress_bar=False,
    )
    reference.run(jax.random.key(1))
    theirs = reference.get_samples(group_by_chain=True)
    scores: dict[str, float] = {}
    for name, prior in BOTH.items():
        first, second = (unconstrained(name, draws) for draws in (tree["posterior"][name], theirs[name]))
        for entry in range(first.shape[-1]):
            pair = first[..., entry], second[..., entry]
            if has_moments(prior):
                centre = np.concatenate([each.ravel() for each in pair]).mean()
                scores[f"mean of {name}[{entry}]"] = score(*pair)
                scores[f"SD of {name}[{entry}]"] = score(*((each - centre) ** 2 for each in pair))
                continue
            for level in (0.1, 0.5, 0.9):
                border = np.quantile(np.concatenate([each.ravel() for each in pair]), level)
                scores[f"quantile {level} of {name}[{entry}]"] = score(
                    *((each < border) * 1.0 for each in pair)
                )
    assert len(BOTH) > 0.9 * len(SAMPLED)
    assert len(scores) > 2 * len(BOTH)
    # About 200 comparisons: the largest of as many normals is above 4.5 once in 700 runs.
    assert {name: round(value, 1) for name, value in scores.items() if not value < 4.5} == {}
