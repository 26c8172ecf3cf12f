"""Claims about predictions of trials that no fit has seen: those of the model that made the trials."""

from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp

from windup.datasets import packaged_trials
from windup.fit.analyses.calibration.uniformity import p_value
from windup.fit.analyses.scoring.held_out import (
    Seen,
    _effects,
    baseline_rows,
    named_of_trials,
    predict_trials,
    seen_by,
)
from windup.fit.analyses.scoring.scores import elpd_of, row_scores
from windup.fit.design.subset import only, some_studies
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.errors.responders import responder_log_likelihood
from windup.fit.problem.model import enrolment, evaluate, evaluate_sites
from windup.fit.problem.observation import joint, marginal
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.problem import values_of

TRIALS, REPLICATES = 120, 63


@cache
def problem_of(count: int) -> Any:
    # A few studies with all kinds of rows need not have a baseline; this one has.
    few = {*some_studies(packaged_trials(blocks=()), count - 1).studies["study_id"], "backonja1998"}
    return build_problem(only(packaged_trials(), few), model_named("time_course"))


@cache
def simulated_trials() -> tuple[Any, Any]:
    """Parameters of a draw from the prior, and the problem of `problem_of` with the data that it gave."""
    problem = problem_of(8)

    @jax.jit
    def drawn(key: Any) -> Any:
        found = simulate(key, problem)
        return evaluate_sites(problem, found.sites)[0], found.observed

    draw, observed = drawn(jax.random.key(5))
    return draw, problem._replace(observed=jax.tree.map(np.asarray, observed))


class Ranked(NamedTuple):
    """Share of replicates below each row of simulated trials, ties broken at random; what rows these are."""

    share: np.ndarray
    kinds: np.ndarray
    known: np.ndarray


@pytest.fixture(scope="module")
def ranked() -> Ranked:
    problem = problem_of(8)

    def one(key: Any) -> Any:
        simulated = simulate(jax.random.fold_in(key, 0), problem)
        draw, _ = evaluate_sites(problem, simulated.sites)
        trial = problem._replace(observed=simulated.observed)
        keys = jax.random.split(jax.random.fold_in(key, 1), REPLICATES)
        found = jax.vmap(lambda k: predict_trials(k, draw, trial, seen_by(problem)))(keys).replicated
        truth = simulated.observed.estimate
        ties = jax.random.uniform(jax.random.fold_in(key, 2), truth.shape)
        below, equal = (found < truth).sum(axis=0), (found == truth).sum(axis=0)
        return (below + ties * (equal + 1)) / (REPLICATES + 1)

    share = jax.jit(lambda keys: jax.lax.map(one, keys))(jax.random.split(jax.random.key(3), TRIALS))
    return Ranked(np.asarray(share), np.array(problem.design.rows.kind), baseline_rows(problem))


@pytest.mark.parametrize(
    "kind", ["baseline", "mean", "change", "percent_change", "responder_50", "contrast", "serum_mg"]
)
def test_ranks_of_simulated_rows_among_their_predictions_are_uniform(ranked: Ranked, kind: str) -> None:
    rows = ranked.known if kind == "baseline" else (ranked.kinds == kind) & ~ranked.known
    # One row of each trial: rows of one study are not independent.
    assert p_value(ranked.share[:, np.flatnonzero(rows)[-1]]) > 0.01


def test_ranks_of_other_rows_than_predicted_are_not_uniform(ranked: Ranked) -> None:
    rows = np.flatnonzero((ranked.kinds == "mean") & ~ranked.known)
    narrow = 0.5 + (ranked.share[:, rows[-1]] - 0.5) / 2.0
    assert p_value(narrow) < 0.01


def test_log_density_is_the_average_over_patients_of_the_prior() -> None:
    """The chain rule through the baseline rows against the plain average over what belongs to a study."""
    draw, problem = simulated_trials()
    missing, painful = draw["missing_sd_by_study"].shape, draw["enrolment_by_study"].shape

    def plain(key: Any) -> Any:
        sd_key, pain_key = jax.random.split(key)
        new = {
            "missing_sd_by_study": jax.random.normal(sd_key, missing),
            "enrolment_by_study": jax.random.normal(pain_key, painful),
        }
        people = enrolment(problem, {**draw, **new}, values_of(problem, draw))
        point = evaluate(problem, {**draw, **new}, people)
        found = jnp.zeros(len(problem.design.studies))
        for number, bucket in enumerate(problem.buckets):
            about = problem.design, problem.observed, bucket, point.expected
            parts = joint(*about, point.nuisance, problem.drug_index)
            degrees = point.nuisance.degrees_of_freedom
            found = found.at[bucket.study].set(marginal(parts, degrees).log_density)
            if bucket.responder.shape[1]:
                effects = _effects(jax.random.fold_in(key, number), parts, bucket.present, degrees)
                shares = responder_log_likelihood(*about, effects, point.nuisance.individual_spread)
                found = found.at[bucket.study].add(jnp.sum(shares, axis=1))
        return found

    def averaged(program: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
        keys = jax.random.split(jax.random.key(6), count)
        draws = np.asarray(jax.jit(lambda keys: jax.lax.map(program, keys, batch_size=100))(keys))
        weight = np.exp(draws - logsumexp(draws, axis=0))
        return logsumexp(draws, axis=0) - np.log(count), np.sqrt(np.sum(weight**2, axis=0))

    by_rule = partial(predict_trials, draw=draw, problem=problem, seen=seen_by(problem))
    found, error = averaged(lambda key: by_rule(key).log_density, 2000)
    expected, plain_error = averaged(plain, 20000)
    known = np.isfinite(expected) & (plain_error < 0.1)
    assert known.sum() >= 3
    difference = np.abs(found - expected)[known]
    assert np.all(difference < 4.0 * np.hypot(error, plain_error)[known])
    # By the rule no draw is wasted on patients with another pain.
    assert np.median(error[known] * np.sqrt(2000)) < np.median(plain_error[known] * np.sqrt(20000))


def test_drugs_that_the_fit_did_not_know_have_a_spread_of_the_prior() -> None:
    draw, problem = simulated_trials()
    known = problem.drugs[:1]
    fewer = {**draw, "drug_spread_by_drug": draw["drug_spread_by_drug"][:1]}
    found = predict_trials(jax.random.key(0), fewer, problem, seen_by(problem)._replace(drugs=known))
    assert np.isfinite(found.log_density).all()
    assert np.isfinite(found.replicated).all()


def test_links_and_placebo_groups_of_other_trials_are_found_by_their_names() -> None:
    problem = build_problem(packaged_trials(), model_named("placebo_only"))
    links = problem.design.links
    groups = tuple(group.name for group in problem.design.catalogue.placebo_groups)
    seen = Seen((), links[::-1][:3], groups[::-1][:2])
    draw = {
        "instrument_shift": jnp.asarray([10.0, 11.0, 12.0]),
        "instrument_slope": jnp.asarray([20.0, 21.0, 22.0]),
        "instrument_spread": jnp.asarray(0.3),
        "placebo_response": jnp.asarray([30.0, 31.0]),
    }
    found = named_of_trials(jax.random.key(0), draw, problem, seen)
    np.testing.assert_array_equal(found["instrument_shift"][-3:], [12.0, 11.0, 10.0])
    np.testing.assert_array_equal(found["instrument_slope"][-3:], [22.0, 21.0, 20.0])
    np.testing.assert_array_equal(found["placebo_response"][-2:], [31.0, 30.0])
    assert found["instrument_spread"] == 0.3
    # What the fit had not seen is of the prior.
    assert np.all(np.abs(found["instrument_shift"][:-3]) < 6.0)
    assert np.isfinite(found["episode_spread"])


def test_trials_on_another_instrument_are_predicted_by_a_fit_that_has_none() -> None:
    draw, fitted = simulated_trials()
    assert fitted.design.links == ()
    other = only(packaged_trials(), {"ukbeam2004"})
    problem = build_problem(other, model_named("time_course"))
    assert problem.design.links
    found = predict_trials(jax.random.key(0), draw, problem, seen_by(fitted))
    assert np.isfinite(found.replicated).all()
    assert np.isfinite(found.log_density).all()


def test_scores_of_a_normal_prediction_are_the_published_ones() -> None:
    problem = problem_of(8)
    rows = len(problem.design.rows.study)
    noise = np.random.default_rng(0).normal(size=(20000, rows))
    table = row_scores(problem.design, problem.design.rows.estimate + noise)
    # A standard normal at its centre, (sqrt(2) - 1) / sqrt(pi): Gneiting and Raftery 2007, section 4.2.
    np.testing.assert_allclose(table["crps"], (np.sqrt(2.0) - 1.0) / np.sqrt(np.pi), rtol=0.05)
    assert table["covered_50"].all()
    np.testing.assert_allclose(table["high_95"] - table["low_95"], 2.0 * 1.96, rtol=0.05)


def test_a_failed_solve_counts_as_impossible() -> None:
    log_density = np.log([[0.2], [np.nan]])
    np.testing.assert_allclose(elpd_of(log_density), np.log(0.1))
