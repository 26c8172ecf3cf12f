"""Every row of one draw, given the other rows of its study: its density, and where it lies in it."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
from jax.scipy.special import ndtr
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from windup.fit.design.buckets import Bucket
from windup.fit.problem.enrolment import enrolment
from windup.fit.problem.model import Point, evaluate
from windup.fit.problem.observation import (
    Joint,
    Marginal,
    joint,
    marginal,
    responder_log_likelihood,
    responder_score,
    student_t,
)
from windup.fit.problem.problem import Draw, Problem, values_of
from windup.fit.problem.study_effects import drawn_effects, study_effects, study_scale


class RowGivenOthers(NamedTuple):
    """Every row of one draw given the other rows of its study, and given its effects where they are drawn.

    Attributes
    ----------
    log_density
        Of the observed value.
    score, degrees_of_freedom
        Where it lies: a standard Student t, normal where the degrees of freedom are infinite.
    share
        Probability to respond, of rows that are shares.
    """

    log_density: Float[Array, " rows"]
    score: Float[Array, " rows"]
    degrees_of_freedom: Float[Array, " rows"]
    share: Float[Array, " rows"]


def row_given_others(problem: Problem, draw: Draw) -> RowGivenOthers:
    """Rows of one draw."""
    point = evaluate(problem, draw, enrolment(problem, draw, values_of(problem, draw)))
    count = len(problem.design.rows.study)
    rows = RowGivenOthers(jnp.zeros(count), jnp.zeros(count), jnp.full(count, jnp.inf), jnp.zeros(count))
    for number, bucket in enumerate(problem.buckets):
        rows = _add_bucket(problem, bucket, number, draw, point, rows)
    return rows


def _add_bucket(
    problem: Problem, bucket: Bucket, number: int, draw: Draw, point: Point, so_far: RowGivenOthers
) -> RowGivenOthers:
    design, observed, nuisance = problem.design, problem.observed, point.nuisance
    parts = joint(design, observed, bucket, point.expected, nuisance, problem.drug_index)
    rows = marginal(parts, nuisance.degrees_of_freedom)
    if not bucket.responder.shape[1]:
        return _placed(so_far, bucket, *given_rows(parts, rows, nuisance.degrees_of_freedom))
    drawn = drawn_effects(draw, number)
    effects, _, _ = study_effects(design, observed, bucket, point.expected, nuisance, parts, rows, drawn)
    scale = study_scale(parts, rows, nuisance, drawn)
    so_far = _placed(so_far, bucket, *given_effects(parts, effects, scale))
    spread = nuisance.individual_spread
    log_share = responder_log_likelihood(design, observed, bucket, point.expected, effects, spread)
    share = ndtr(responder_score(design, bucket, point.expected, effects, spread))
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


def given_rows(parts: Joint, rows: Marginal, degrees_of_freedom: Array) -> tuple[Array, Array, Array]:
    """Log density, score and degrees of freedom of every row given the others (meaningless where padded).

    One row given the others of a Student t is a Student t again (Ding 2016, Am Stat 70:293,
    arXiv 1604.00561).
    """
    solved, own = _residual_given_others(rows.root, parts.residual)
    z_squared = solved**2 / own
    others = degrees_of_freedom + parts.count - 1.0
    scale = (degrees_of_freedom + rows.distance[:, None] - z_squared) / others[:, None]
    log_density = student_t(z_squared / scale, jnp.ones(()), others[:, None]) - 0.5 * jnp.log(scale / own)
    score = solved / jnp.sqrt(own * scale)
    return log_density, score, jnp.broadcast_to(others[:, None], score.shape)


def given_effects(parts: Joint, effects: Array, scale: Array) -> tuple[Array, Array, Array]:
    """One row given the others, the study's effects and its scale is normal."""
    residual = parts.residual - jnp.einsum("src,sc->sr", parts.loads, effects)
    solved, own = _residual_given_others(jnp.linalg.cholesky(parts.error), residual)
    score = solved / jnp.sqrt(own) / scale[:, None]
    deviation = scale[:, None] / jnp.sqrt(own)
    log_density = norm.logpdf(score) - jnp.log(deviation)
    return log_density, score, jnp.full(score.shape, jnp.inf)


def _residual_given_others(root: Array, residual: Array) -> tuple[Array, Array]:
    r"""Of a covariance :math:`\Sigma = L L^T`: :math:`\Sigma^{-1} r` and the diagonal of :math:`\Sigma^{-1}`.

    The residual of a row given the others is the first over the second, its variance one over the second.
    """
    identity = jnp.broadcast_to(jnp.eye(root.shape[1]), root.shape)
    solved = cho_solve((root, True), residual[..., None])[..., 0]
    own = jnp.diagonal(cho_solve((root, True), identity), axis1=1, axis2=2)
    return solved, own
