"""What every draw implies: rows expected and replicated, log-likelihoods, loop gains, drug effects."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from windup.fit.design.buckets import Bucket
from windup.fit.posterior.regimens import effects_at_12_weeks
from windup.fit.problem.enrolment import enrolment
from windup.fit.problem.model import Point
from windup.fit.problem.observation import (
    Joint,
    Marginal,
    joint,
    marginal,
    responder_log_likelihood,
    responder_score,
)
from windup.fit.problem.problem import Draw, Problem, values_of
from windup.fit.problem.row_given_others import given_rows
from windup.fit.problem.study_effects import DrawnEffects, drawn_effects, study_effects, study_scale
from windup.models import loop_gains


class Mechanism(NamedTuple):
    """Derived quantities that need parameters only."""

    loop_gain: Float[Array, " loop"]
    total_loop_gain: Float[Array, ""]
    drug_effect_12_weeks: Float[Array, " drug"]
    log_lasting: Float[Array, ""]


class Fitted(NamedTuple):
    """Derived quantities that need the data.

    Attributes
    ----------
    expected, replicated
        Per row: expectation given the study's effects, and a replicate of the row.
    row_log_likelihood
        Per row, given the study's other rows.
    study_log_likelihood
        Joint, per study.
    failed
        Per arm: its solve was not finite.
    """

    expected: Float[Array, " rows"]
    replicated: Float[Array, " rows"]
    row_log_likelihood: Float[Array, " rows"]
    study_log_likelihood: Float[Array, " studies"]
    failed: Float[Array, " arms"]


def mechanism(problem: Problem, draw: Draw) -> Mechanism:
    """Loop gains, drug effects and `windup.fit.problem.enrolment.log_lasting` of one draw."""
    values = values_of(problem, draw)
    gains, total = loop_gains(problem.model, values)
    lasting = enrolment(problem, draw, values).log_lasting
    return Mechanism(gains, total, effects_at_12_weeks(problem.model, values), lasting)


def fitted(problem: Problem, draw: Draw, point: Point, rng_key: Array) -> Fitted:
    """Rows of one draw."""
    count = len(problem.design.rows.study)
    totals = Fitted(
        expected=jnp.zeros(count),
        replicated=jnp.zeros(count),
        row_log_likelihood=jnp.zeros(count),
        study_log_likelihood=jnp.zeros(len(problem.design.studies)),
        failed=_failed(problem, point),
    )
    for number, bucket in enumerate(problem.buckets):
        key = jax.random.fold_in(rng_key, number)
        drawn = drawn_effects(draw, number) if bucket.responder.shape[1] else None
        totals = _add_bucket(problem, bucket, point, drawn, key, totals)
    return totals


def _failed(problem: Problem, point: Point) -> Array:
    bad = ~jnp.isfinite(point.course.pain) | ~jnp.isfinite(point.course.serum_magnesium)
    arms = jnp.zeros(len(problem.design.arms))
    return arms.at[problem.design.visits.arm].max(bad.astype(float))


class GivenRows(NamedTuple):
    """Studies of a bucket given their rows: parts and marginal density, scale of the Student t, effects."""

    parts: Joint
    rows: Marginal
    scale: Float[Array, " studies"]
    effects: Float[Array, "studies columns"]


def given_study_rows(
    problem: Problem, bucket: Bucket, point: Point, drawn: DrawnEffects | None, rng_key: Array
) -> GivenRows:
    """Draw the effects of a bucket's studies given their rows; those that were sampled are as they are."""
    design, observed, nuisance, expected = problem.design, problem.observed, point.nuisance, point.expected
    parts = joint(design, observed, bucket, expected, nuisance, problem.drug_index)
    rows = marginal(parts, nuisance.degrees_of_freedom)
    if drawn is not None:
        scale = study_scale(parts, rows, nuisance, drawn)
        effects, _, _ = study_effects(design, observed, bucket, expected, nuisance, parts, rows, drawn)
        return GivenRows(parts, rows, scale, effects)
    keys = jax.random.split(rng_key, 4)
    degrees = nuisance.degrees_of_freedom + parts.count
    # Scale mixture of the Student t given the rows: the same scale for effects and errors of a study.
    gamma = jax.random.gamma(keys[0], degrees / 2.0)
    scale = jnp.sqrt((nuisance.degrees_of_freedom + rows.distance) / (2.0 * gamma))
    noise = jax.random.normal(keys[1], parts.spread.shape) * scale[:, None]
    return GivenRows(parts, rows, scale, rows.effects + jnp.einsum("scd,sd->sc", rows.effects_root, noise))


def _add_bucket(
    problem: Problem, bucket: Bucket, point: Point, drawn: DrawnEffects | None, rng_key: Array, totals: Fitted
) -> Fitted:
    design, observed, nuisance, expected = problem.design, problem.observed, point.nuisance, point.expected
    parts, rows, scale, effects = given_study_rows(problem, bucket, point, drawn, rng_key)
    keys = jax.random.split(rng_key, 4)
    shift = jnp.einsum("src,sc->sr", parts.loads, effects)
    noise = jax.random.normal(keys[2], parts.residual.shape) * scale[:, None]
    error = jnp.einsum("srt,st->sr", jnp.linalg.cholesky(parts.error), noise)
    mean = expected.mean[bucket.row] + shift

    row_log, _, _ = given_rows(parts, rows, nuisance.degrees_of_freedom)

    index, present = bucket.row[bucket.present], np.nonzero(bucket.present)
    study_log = rows.log_density
    totals = totals._replace(
        expected=totals.expected.at[index].set(mean[present]),
        replicated=totals.replicated.at[index].set((mean + error)[present]),
        row_log_likelihood=totals.row_log_likelihood.at[index].set(row_log[present]),
    )
    if bucket.responder.shape[1]:
        share = responder_log_likelihood(
            design, observed, bucket, expected, effects, nuisance.individual_spread
        )
        score = responder_score(design, bucket, expected, effects, nuisance.individual_spread)
        n = np.where(bucket.responds, design.rows.n[bucket.responder], 1.0)
        probability = ndtr(score)
        replicated = jax.random.binomial(keys[3], np.round(n), probability) / np.round(n)
        where, chosen = bucket.responder[bucket.responds], np.nonzero(bucket.responds)
        totals = totals._replace(
            expected=totals.expected.at[where].set(probability[chosen]),
            replicated=totals.replicated.at[where].set(replicated[chosen]),
            row_log_likelihood=totals.row_log_likelihood.at[where].set(share[chosen]),
        )
        study_log = study_log + jnp.sum(share, axis=1)
    return totals._replace(study_log_likelihood=totals.study_log_likelihood.at[bucket.study].set(study_log))
