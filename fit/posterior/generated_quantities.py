"""What every draw implies: rows expected and replicated, log-likelihoods, loop gains, drug effects."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from windup.fit.design.arrays import Design
from windup.fit.posterior.regimens import effects_at_12_weeks
from windup.fit.problem.errors.error_model import Studies, Suspicion
from windup.fit.problem.errors.responders import responder_log_likelihood, responder_score
from windup.fit.problem.model import Point, enrolment, studies_of
from windup.fit.problem.people.visit_spreads import expected_visit_spreads
from windup.fit.problem.problem import Draw, Problem, completed, values_of
from windup.models import loop_gains


class Mechanism(NamedTuple):
    """Derived quantities that need parameters only."""

    loop_gain: Float[Array, " loop"]
    total_loop_gain: Float[Array, ""]
    drug_effect_12_weeks: Float[Array, " drug"]
    log_lasting: Float[Array, ""]
    lasting_share: Float[Array, "causes conditions"]


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
    suspicion
        Which rows and studies are suspect, by row and by study; None where the error model has no such thing.
    visit_sd, replicated_visit_sd
        SD between patients at every visit with a printed one, points: expectation and a replicate of what is
        printed; None where an arm is one patient.
    """

    expected: Float[Array, " rows"]
    replicated: Float[Array, " rows"]
    row_log_likelihood: Float[Array, " rows"]
    study_log_likelihood: Float[Array, " studies"]
    failed: Float[Array, " arms"]
    suspicion: Suspicion | None = None
    visit_sd: Float[Array, " spreads"] | None = None
    replicated_visit_sd: Float[Array, " spreads"] | None = None


def mechanism(problem: Problem, draw: Draw) -> Mechanism:
    """Loop gains, drug effects, and what would last, of one draw."""
    values = values_of(problem, draw)
    gains, total = loop_gains(problem.model, values)
    lasting = enrolment(problem, draw, values).log_lasting
    conditions = lasting_conditions(problem.design)
    share = problem.people.lasting_share(
        problem.model, np.array(list(conditions.values())), completed(problem, draw), values
    )
    return Mechanism(gains, total, effects_at_12_weeks(problem.model, values), lasting, share)


def lasting_conditions(design: Design) -> dict[str, float]:
    """Conditions of the studies with pain, and the share of their drive that has no peripheral cause."""
    each = zip(design.conditions, design.central_share, design.painful, strict=True)
    return {condition: float(share) for condition, share, painful in each if painful}


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
    for studies in studies_of(problem, point):
        if problem.errors.suspicion(studies) is not None and totals.suspicion is None:
            nothing = jnp.zeros(count), jnp.zeros(len(problem.design.studies))
            totals = totals._replace(suspicion=Suspicion(*nothing))
        key = jax.random.fold_in(rng_key, studies.number)
        totals = _add_bucket(problem, studies, draw, key, totals)
    spreads = expected_visit_spreads(problem.design, point.spread, completed(problem, draw))
    if spreads is not None:
        noise = jax.random.normal(jax.random.fold_in(rng_key, len(problem.buckets)), spreads.log_sd.shape)
        totals = totals._replace(
            visit_sd=jnp.exp(spreads.log_sd),
            replicated_visit_sd=jnp.exp(spreads.log_sd + spreads.error * noise),
        )
    published = problem.errors.published
    return totals._replace(
        expected=published(problem.design, totals.expected),
        replicated=published(problem.design, totals.replicated),
    )


def _failed(problem: Problem, point: Point) -> Array:
    bad = ~jnp.isfinite(point.course.pain) | ~jnp.isfinite(point.course.serum_magnesium)
    arms = jnp.zeros(len(problem.design.arms))
    return arms.at[problem.design.visits.arm].max(bad.astype(float))


def _add_bucket(problem: Problem, studies: Studies, draw: Draw, rng_key: Array, totals: Fitted) -> Fitted:
    _, design, bucket, nuisance, observed, expected, parts = studies
    errors = problem.errors
    effects, scale = errors.effects_given_rows(rng_key, studies, draw)
    keys = jax.random.split(rng_key, 4)
    shift = jnp.einsum("src,sc->sr", parts.loads, effects)
    error = errors.error(keys[2], studies, scale)
    mean = expected.mean[bucket.row] + shift

    row_log, _, _ = errors.given_others(studies)

    index, present = bucket.row[bucket.present], np.nonzero(bucket.present)
    study_log = errors.study_log_density(studies)
    totals = totals._replace(
        expected=totals.expected.at[index].set(mean[present]),
        replicated=totals.replicated.at[index].set((mean + error)[present]),
        row_log_likelihood=totals.row_log_likelihood.at[index].set(row_log[present]),
    )
    suspicion = errors.suspicion(studies)
    if totals.suspicion is not None and suspicion is not None:
        of_rows = totals.suspicion.row.at[index].set(suspicion.row[present])
        of_studies = totals.suspicion.study.at[bucket.study].set(suspicion.study)
        totals = totals._replace(suspicion=Suspicion(of_rows, of_studies))
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
