r"""Predictive density of held-out studies, given their design and their patients' pain at baseline.

Parameters that all studies share come from the posterior; what belongs to one study (its patients' pain, its
deviations, its precision) is drawn again. A trial reports the pain of its patients at baseline before its
result, so the other rows are predicted given these (:math:`B`), by the chain rule

.. math:: p(y) = p(y_B)\, p(y_R \mid y_B), \quad
    p(y_R \mid y_B) = \int p(y_R \mid y_B, e)\, p(e \mid y_B)\, de

with the pain at enrolment :math:`e`. Nothing has to be solved for :math:`p(e \mid y_B)`: patients at baseline
have the pain that they were enrolled with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp, ndtr
from jax.scipy.stats import norm
from jaxtyping import Array, Bool, Float

from windup.fit.analyses.scoring.some_rows import log_density_of_rows, log_shares
from windup.fit.problem.errors.error_model import Studies
from windup.fit.problem.errors.responders import responder_score
from windup.fit.problem.errors.student_t import inverse_of_some
from windup.fit.problem.meanings import OF_STUDIES
from windup.fit.problem.model import bucket_at, enrolment, evaluate, nuisance_of, studies_of
from windup.fit.problem.observation import Joint, covariance, expect
from windup.fit.problem.priors import (
    link_priors,
    outside_priors,
    packaged_vectors,
    removal_priors,
    whitened_sizes,
)
from windup.fit.problem.problem import Draw, Problem, completed, values_of
from windup.models import Course

# Whitened log odds of the pain at enrolment: five standard deviations of the prior either way.
_GRID = np.linspace(-5.0, 5.0, 201)
_AS_IF = 6.0


class HeldOut(NamedTuple):
    """Predictions of held-out studies by one draw.

    Attributes
    ----------
    log_density
        Per study: log density of all its rows, up to the average over draws.
    replicated
        Per row: a replicate in the row's own unit, given the baseline rows of its study.
    of_some
        Per set of rows and study: log density of the baseline rows and these, up to the same average.
    given_first
        Per row: a replicate given the rows of the first set too, as the draw has it (weights of draws by
        ``of_some`` make it one of the posterior); NaN where it cannot be had, and without a set.
    """

    log_density: Float[Array, " studies"]
    replicated: Float[Array, " rows"]
    of_some: Float[Array, "sets studies"]
    given_first: Float[Array, " rows"]


class _Baseline(NamedTuple):
    """A study given its baseline rows: log evidence, pain drawn given them, and their density there."""

    log_evidence: Float[Array, " studies"]
    whitened: Float[Array, " studies"]
    log_density: Float[Array, " studies"]


class Seen(NamedTuple):
    """What a fit has seen of names that other trials may have more of, each in the order of its draws.

    Attributes
    ----------
    drugs
        Drugs and classes with a spread between studies.
    links
        Links of other instruments; none where no row of the fit had one.
    groups
        Placebo groups.
    """

    drugs: tuple[str, ...]
    links: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def seen_by(problem: Problem) -> Seen:
    """What a fit of a problem has seen."""
    design = problem.design
    return Seen(problem.drugs, design.links, tuple(group.name for group in design.catalogue.placebo_groups))


def predict_trials(
    rng_key: Array,
    draw: Draw,
    problem: Problem,
    seen: Seen,
    sets: Sequence[Bool[np.ndarray, " rows"]] = (),
) -> HeldOut:
    """Rows of other trials given one draw.

    Parameters
    ----------
    rng_key
        Key.
    draw
        Parameters by name, from a fit to other trials.
    problem
        The model of that fit, and the other trials.
    seen
        What that fit has seen.
    sets
        Sets of rows whose density is wanted too. They change nothing of the other results.
    """
    study_key, pain_key, row_key = jax.random.split(rng_key, 3)
    prior_key = jax.random.fold_in(pain_key, 1)
    draw = _with_new_studies(study_key, draw, problem, seen)
    known = baseline_rows(problem)
    baseline = _at_baseline(pain_key, problem, draw, known)
    painful = np.flatnonzero(problem.design.painful)
    draw = {**draw, "enrolment_by_study": baseline.whitened[painful]}
    usual = _first_reports(problem, draw, jax.random.normal(prior_key, (1, len(problem.design.studies))))[0]
    people = enrolment(problem, draw, values_of(problem, draw))
    point = evaluate(problem, draw, people)
    rows = len(problem.design.rows.study)
    # Of every density: the baseline rows themselves, instead of given the patients that they chose.
    evidence = baseline.log_evidence - baseline.log_density
    sets = tuple(known | chosen for chosen in sets)
    held_out = HeldOut(evidence, jnp.zeros(rows), jnp.tile(evidence, (len(sets), 1)), jnp.full(rows, jnp.nan))
    for studies in studies_of(problem, point):
        key = jax.random.fold_in(row_key, studies.number)
        held_out = _add_bucket(key, problem, studies, known, usual, held_out)
        held_out = _add_sets(key, problem, studies, sets, held_out)
    published = problem.errors.published
    return held_out._replace(
        replicated=published(problem.design, held_out.replicated),
        given_first=published(problem.design, held_out.given_first),
    )


def baseline_rows(problem: Problem) -> Bool[np.ndarray, " rows"]:
    """Rows that give the mean pain of an arm at the beginning of its clock."""
    design = problem.design
    begins = design.visits.elapsed_days[design.rows.visits[:, 0]] == 0.0
    known: Bool[np.ndarray, " rows"] = begins & (np.array(design.rows.kind) == "mean")
    return known


def _with_new_studies(rng_key: Array, draw: Draw, problem: Problem, seen: Seen) -> Draw:
    """Parameters of studies and drugs that the fit did not include, drawn from their prior."""
    sd_key, drug_key, pain_key = jax.random.split(rng_key, 3)
    drugs = seen.drugs
    new = jax.random.normal(drug_key, (len(problem.drugs),))
    where = np.array([drugs.index(drug) if drug in drugs else -1 for drug in problem.drugs], int)
    fitted = jnp.append(draw["drug_spread_by_drug"], 0.0)[where]
    sizes = whitened_sizes(problem)
    others = {
        name: jax.random.normal(jax.random.fold_in(rng_key, number), (sizes[name],))
        for number, name in enumerate(OF_STUDIES)
        if name in sizes
    }
    return {
        **{name: value for name, value in draw.items() if not name.startswith("study_")},
        **others,
        **named_of_trials(jax.random.fold_in(drug_key, 1), draw, problem, seen),
        "drug_spread_by_drug": jnp.where(where >= 0, fitted, new),
        "missing_sd_by_study": jax.random.normal(sd_key, (len(problem.design.dispersions.missing_label),)),
        "enrolment_by_study": jax.random.normal(pain_key, (int(problem.design.painful.sum()),)),
    }


def named_of_trials(rng_key: Array, draw: Draw, problem: Problem, seen: Seen) -> Draw:
    """Placebo responses, links and reliefs in these trials: by their names, else from their prior.

    Parameters
    ----------
    rng_key
        Key, for what the fit has not seen.
    draw
        Parameters by name, from a fit to other trials.
    problem
        These trials.
    seen
        What that fit has seen.
    """
    design, draw = problem.design, completed(problem, draw)
    catalogue = design.catalogue
    groups = tuple(group.name for group in catalogue.placebo_groups)
    # Both are in alphabetical order.
    classes = tuple(name for name in seen.drugs if name in catalogue.outside_class_by_name)
    procedures = tuple(name for name in seen.drugs if name in catalogue.procedure_by_name)
    labels = {
        "placebo_response": (groups, seen.groups or groups),
        "instrument_shift": (design.links, seen.links),
        "instrument_slope": (design.links, seen.links),
        "outside_relief": (design.outside.classes, classes),
        "outside_days": (design.outside.classes, classes),
        "cause_stays": (design.removal.procedures, procedures),
    }
    priors = {"placebo_response": packaged_vectors(catalogue)["placebo_response"], **outside_priors(design)}
    priors |= removal_priors(design)
    priors |= link_priors(catalogue) if design.links else {}
    named: Draw = {}
    for number, (name, prior) in enumerate(priors.items()):
        new = prior.sample(jax.random.fold_in(rng_key, number))
        here, there = labels.get(name, ((), ()))
        known = [place for place, label in enumerate(here) if label in there]
        at = np.array([there.index(here[place]) for place in known], int)
        named[name] = new.at[np.array(known, int)].set(draw[name][at]) if known else new
        if name not in labels and name in draw:
            named[name] = draw[name]
    return named


def _at_baseline(rng_key: Array, problem: Problem, draw: Draw, known: np.ndarray) -> _Baseline:
    """Pain at enrolment given the baseline rows, on a grid; that of the prior where a study has none."""
    design, nuisance = problem.design, nuisance_of(problem, draw)
    visits = jnp.full(len(design.schedule.visit_arm), _AS_IF)
    course = Course(visits, jnp.ones_like(visits), jnp.ones_like(visits))
    expected = problem.errors.expected(design, expect(design, course, nuisance), nuisance)
    studies = len(design.studies)
    grid = jnp.broadcast_to(jnp.asarray(_GRID)[:, None], (len(_GRID), studies))
    pains = _first_reports(problem, draw, grid)
    log_density = jnp.zeros((len(_GRID), studies))
    for number, bucket in enumerate(problem.buckets):
        of_bucket = bucket_at(problem, number, expected, nuisance)
        mine = known[bucket.row] & bucket.present
        residual = (problem.observed.estimate[bucket.row] - pains[:, bucket.study, None]) * mine
        density = problem.errors.log_density_of_some(of_bucket, residual, mine)
        log_density = log_density.at[:, bucket.study].set(density)
    weighted = log_density + norm.logpdf(_GRID)[:, None]
    chosen = jax.random.categorical(rng_key, weighted, axis=0)
    step = _GRID[1] - _GRID[0]
    return _Baseline(
        logsumexp(weighted, axis=0) + np.log(step),
        jnp.asarray(_GRID)[chosen],
        log_density[chosen, np.arange(studies)],
    )


def _add_bucket(
    rng_key: Array, problem: Problem, studies: Studies, known: np.ndarray, usual: Array, so_far: HeldOut
) -> HeldOut:
    _, design, bucket, nuisance, _, expected, parts = studies
    row_key, effect_key, share_key, all_key = jax.random.split(rng_key, 4)
    rows = _given_baseline(row_key, problem, studies, known, usual)
    index, present = bucket.row[bucket.present], np.nonzero(bucket.present)
    replicated = so_far.replicated.at[index].set(rows[present])
    log_density = problem.errors.study_log_density(studies)
    if bucket.responder.shape[1]:
        mine = known[bucket.row] & bucket.present
        effects = _effects(effect_key, parts, mine, nuisance.degrees_of_freedom)
        score = responder_score(design, bucket, expected, effects, nuisance.individual_spread)
        n = np.round(np.where(bucket.responds, design.rows.n[bucket.responder], 1.0))
        drawn = jax.random.binomial(share_key, n, ndtr(score)) / n
        where, chosen = bucket.responder[bucket.responds], np.nonzero(bucket.responds)
        replicated = replicated.at[where].set(drawn[chosen])
        log_density = log_density + log_shares(all_key, studies)
    return so_far._replace(
        log_density=so_far.log_density.at[bucket.study].add(log_density), replicated=replicated
    )


def _add_sets(
    rng_key: Array, problem: Problem, studies: Studies, sets: tuple[np.ndarray, ...], so_far: HeldOut
) -> HeldOut:
    bucket = studies.bucket
    # The key with which all shares are drawn, so that what a difference has in common cancels.
    *_, share_key = jax.random.split(rng_key, 4)
    if not sets:
        return so_far
    here = np.isin(problem.design.rows.study, bucket.study)
    first = log_density_of_rows(share_key, problem, studies, sets[0])
    for number, chosen in enumerate(sets):
        # Few sets differ in every bucket.
        alike = np.array_equal(chosen[here], sets[0][here])
        log_density = first if alike else log_density_of_rows(share_key, problem, studies, chosen)
        so_far = so_far._replace(of_some=so_far.of_some.at[number, bucket.study].add(log_density))
    mine = sets[0][bucket.row] & bucket.present
    rows, _ = problem.errors.others_given_some(jax.random.fold_in(rng_key, 1), studies, mine)
    # Rows are not drawn given binomial shares.
    drawn = bucket.present & ~(sets[0][bucket.responder] & bucket.responds).any(axis=1)[:, None]
    return so_far._replace(given_first=so_far.given_first.at[bucket.row[drawn]].set(rows[np.nonzero(drawn)]))


def _first_reports(problem: Problem, draw: Draw, whitened: Array) -> Array:
    """Mean pain at entry of every study, at these points of the prior."""
    values = values_of(problem, draw)
    return problem.people.first_reports(
        problem.model, problem.design, completed(problem, draw), values, whitened
    )


def _given_baseline(
    rng_key: Array, problem: Problem, studies: Studies, known: np.ndarray, usual: Array
) -> Float[Array, "studies rows"]:
    """A replicate of every row given the baseline rows; of these themselves given nothing.

    ``usual`` is the pain at entry of patients of the prior, per study.
    """
    bucket = studies.bucket
    mine = known[bucket.row] & bucket.present
    others, own = problem.errors.others_given_some(rng_key, studies, mine)
    # A baseline row does not predict itself: patients of the prior, and all of its own error.
    return jnp.where(mine, usual[bucket.study, None] + own, others)


def _effects(
    rng_key: Array, parts: Joint, mine: np.ndarray, degrees_of_freedom: Array
) -> Float[Array, "studies columns"]:
    """Effects of each study given some of its rows."""
    inverse, _ = inverse_of_some(covariance(parts), mine)
    gain = jnp.einsum("sc,src,srt->sct", parts.spread**2, parts.loads, inverse)
    centre = jnp.einsum("sct,st->sc", gain, parts.residual)
    identity = jnp.eye(parts.spread.shape[1])
    prior = parts.spread[:, :, None] ** 2 * identity
    left = prior - jnp.einsum("sct,std,sd->scd", gain, parts.loads, parts.spread**2)
    distance = jnp.einsum("sr,srt,st->s", parts.residual, inverse, parts.residual)
    degrees = degrees_of_freedom + mine.sum(axis=1)
    scale = jnp.sqrt((degrees_of_freedom + distance) / degrees)
    normal_key, chi_key = jax.random.split(rng_key)
    mixed = jnp.sqrt(0.5 * degrees / jax.random.gamma(chi_key, 0.5 * degrees))
    root = jnp.linalg.cholesky(left + 1e-12 * identity)
    noise = jax.random.normal(normal_key, centre.shape)
    return centre + (scale * mixed)[:, None] * jnp.einsum("scd,sd->sc", root, noise)
