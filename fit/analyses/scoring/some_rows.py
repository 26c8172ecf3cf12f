"""Log density of some rows of each study: the marginal of the density of all its rows.

Normal and Student t rows are those of the covariance of these rows alone; of a mixture every component is.
The others are integrated out exactly, so that a difference of two such densities is one of these rows given
those (:math:`\\log p(y_A \\mid y_B) = \\log p(y_A, y_B) - \\log p(y_B)`). Binomial shares, which only the
errors ``student_t`` have, are independent given the effects of their study, and so every subset of them has a
density too: that of effects given the other rows of the subset, averaged over draws.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Bool, Float

from windup.fit.problem.errors.error_model import Studies
from windup.fit.problem.errors.responders import responder_log_likelihood
from windup.fit.problem.errors.study_effects import DrawnEffects, study_effects
from windup.fit.problem.observation import marginal
from windup.fit.problem.problem import Problem


def log_density_of_rows(
    rng_key: Array, problem: Problem, studies: Studies, some: Bool[np.ndarray, " rows"]
) -> Float[Array, " studies"]:
    """Log density of some rows of each study of a bucket at one draw; shares up to the average over draws.

    Parameters
    ----------
    rng_key
        Key of the effects, where shares need them.
    problem
        Whose errors the rows have.
    studies
        Of a bucket.
    some
        Which rows of the design count.
    """
    bucket = studies.bucket
    mine = some[bucket.row] & bucket.present
    density = problem.errors.log_density_of_some(studies, studies.parts.residual[None], mine)[0]
    if (some[bucket.responder] & bucket.responds).any():
        density = density + log_shares(rng_key, _only(studies, some))
    return density


def log_shares(rng_key: Array, studies: Studies) -> Float[Array, " studies"]:
    """Log density of the shares of responders given the other rows, up to the average over draws.

    By importance: effects are drawn where rows and shares together put them, as the sampler does
    (`windup.fit.problem.errors.responders.given_shares`). Drawn given the rows alone, most would have next to
    no density.
    """
    _, design, bucket, nuisance, observed, expected, parts = studies
    rows = marginal(parts, nuisance.degrees_of_freedom)
    z_key, precision_key = jax.random.split(rng_key)
    half = (nuisance.degrees_of_freedom + parts.count) / 2.0
    drawn = DrawnEffects(
        z=jax.random.normal(z_key, parts.spread.shape),
        precision=jax.random.gamma(precision_key, half) / half,
    )
    effects, w, log_det = study_effects(design, observed, bucket, expected, nuisance, parts, rows, drawn)
    weight = jnp.sum(norm.logpdf(w) - norm.logpdf(drawn.z), axis=1) + log_det
    spread = nuisance.individual_spread
    shares = responder_log_likelihood(design, observed, bucket, expected, effects, spread)
    return weight + jnp.sum(shares, axis=1)


def _only(studies: Studies, some: Bool[np.ndarray, " rows"]) -> Studies:
    """The same studies with these rows alone; the others become padding, which is exact."""
    bucket, parts = studies.bucket, studies.parts
    mine = some[bucket.row] & bucket.present
    both = mine[:, :, None] & mine[:, None, :]
    return studies._replace(
        bucket=bucket._replace(present=mine, responds=some[bucket.responder] & bucket.responds),
        parts=parts._replace(
            residual=parts.residual * mine,
            loads=parts.loads * mine[:, :, None],
            error=jnp.where(both, parts.error, jnp.eye(mine.shape[1])),
            count=jnp.asarray(mine.sum(axis=1), float),
        ),
    )
