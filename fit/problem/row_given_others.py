"""Every row of one draw, given the other rows of its study: its density, and where it lies in it."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from windup.fit.design.buckets import Bucket
from windup.fit.problem.errors.error_model import Studies
from windup.fit.problem.errors.responders import responder_log_likelihood, responder_score
from windup.fit.problem.errors.student_t import residual_given_others
from windup.fit.problem.errors.study_effects import drawn_effects, study_effects, study_scale
from windup.fit.problem.model import enrolment, evaluate, studies_of
from windup.fit.problem.observation import Joint, marginal
from windup.fit.problem.problem import Draw, Problem, values_of


class RowGivenOthers(NamedTuple):
    """Every row of one draw given the other rows of its study, and given its effects where they are drawn.

    Attributes
    ----------
    log_density
        Of the observed value.
    score, degrees_of_freedom
        Where it lies: a standard Student t, normal where the degrees of freedom are infinite.
    share
        Probability to respond, of rows that are binomial; NaN for the others.
    """

    log_density: Float[Array, " rows"]
    score: Float[Array, " rows"]
    degrees_of_freedom: Float[Array, " rows"]
    share: Float[Array, " rows"]


def row_given_others(problem: Problem, draw: Draw) -> RowGivenOthers:
    """Rows of one draw."""
    point = evaluate(problem, draw, enrolment(problem, draw, values_of(problem, draw)))
    count = len(problem.design.rows.study)
    rows = RowGivenOthers(
        jnp.zeros(count), jnp.zeros(count), jnp.full(count, jnp.inf), jnp.full(count, jnp.nan)
    )
    for studies in studies_of(problem, point):
        rows = _add_bucket(problem, studies, draw, rows)
    return rows


def _add_bucket(problem: Problem, studies: Studies, draw: Draw, so_far: RowGivenOthers) -> RowGivenOthers:
    number, design, bucket, nuisance, observed, expected, parts = studies
    if not bucket.responder.shape[1]:
        return _placed(so_far, bucket, *problem.errors.given_others(studies))
    rows = marginal(parts, nuisance.degrees_of_freedom)
    drawn = drawn_effects(draw, number)
    effects, _, _ = study_effects(design, observed, bucket, expected, nuisance, parts, rows, drawn)
    scale = study_scale(parts, rows, nuisance, drawn)
    so_far = _placed(so_far, bucket, *given_effects(parts, effects, scale))
    spread = nuisance.individual_spread
    log_share = responder_log_likelihood(design, observed, bucket, expected, effects, spread)
    share = ndtr(responder_score(design, bucket, expected, effects, spread))
    where, chosen = bucket.responder[bucket.responds], np.nonzero(bucket.responds)
    return so_far._replace(
        log_density=so_far.log_density.at[where].set(log_share[chosen]),
        share=so_far.share.at[where].set(share[chosen]),
    )


def _placed(
    so_far: RowGivenOthers, bucket: Bucket, log_density: Array, score: Array, degrees: Array
) -> RowGivenOthers:
    index, present = bucket.row[bucket.present], np.nonzero(bucket.present)
    return so_far._replace(
        log_density=so_far.log_density.at[index].set(log_density[present]),
        score=so_far.score.at[index].set(score[present]),
        degrees_of_freedom=so_far.degrees_of_freedom.at[index].set(degrees[present]),
    )


def given_effects(parts: Joint, effects: Array, scale: Array) -> tuple[Array, Array, Array]:
    """One row given the others, the study's effects and its scale is normal."""
    residual = parts.residual - jnp.einsum("src,sc->sr", parts.loads, effects)
    solved, own = residual_given_others(jnp.linalg.cholesky(parts.error), residual)
    score = solved / jnp.sqrt(own) / scale[:, None]
    deviation = scale[:, None] / jnp.sqrt(own)
    log_density = norm.logpdf(score) - jnp.log(deviation)
    return log_density, score, jnp.full(score.shape, jnp.inf)
