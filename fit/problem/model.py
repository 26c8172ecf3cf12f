"""The numpyro model: parameters, study effects, solve, observation."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array, Float

from windup.fit.design.arrays import Design
from windup.fit.design.treatments.outside import built_up
from windup.fit.problem.drug_responses import Leverages, leverages, main_strengths, response_priors
from windup.fit.problem.errors.error_model import Studies
from windup.fit.problem.errors.patient_spreads import log_missing_sd, sample_spreads
from windup.fit.problem.errors.within_hours.density import KETAMINE, AtEnrolment, hours_log_density
from windup.fit.problem.instrument_link import Links
from windup.fit.problem.observation import Expected, Nuisance, expect, joint
from windup.fit.problem.people.people import Enrolment
from windup.fit.problem.people.visit_spreads import sample_visit_spreads, with_placebo
from windup.fit.problem.priors import (
    DRUG_SPREAD_SD,
    distribution_of,
    mechanism_priors,
    observation_priors,
    scaled,
    whitened_priors,
)
from windup.fit.problem.problem import Draw, Problem, completed, values_of
from windup.models import Course, Values

OUTSIDE_RESPONSE = "outside_response"
"""Site of the responses of classes outside the models (`windup.fit.design.treatments.outside`)."""


class Point(NamedTuple):
    """Everything one draw implies: used by the density and by every later question to the posterior."""

    values: Values
    nuisance: Nuisance
    course: Course
    expected: Expected
    log_lasting: Array
    spread: Array | None = None


def posterior_model(problem: Problem) -> None:
    """Parameters, study effects, solve and observation model, in that order.

    The rows' densities enter as the factor ``rows`` because the study effects are integrated out (see
    `windup.fit.problem.errors`).
    """
    sites, draw, people = draw_patients(problem)
    point = evaluate(problem, draw, people)
    numpyro.factor("lasting_enrolment", point.log_lasting)
    sample_visit_spreads(problem.design, problem.observed, point.spread, completed(problem, draw))
    total = problem.errors.log_density(studies_of(problem, point), sites)
    # A failed solve is impossible, never a silent NaN.
    numpyro.factor("rows", jnp.where(jnp.isfinite(total), total, -jnp.inf))
    if problem.hours is not None:
        hours = hours_log_density(
            problem.hours, completed(problem, draw), at_enrolment(problem, point, people)
        )
        numpyro.factor("within_hours", jnp.where(jnp.isfinite(hours), hours, -jnp.inf))


def at_enrolment(problem: Problem, point: Point, people: Enrolment) -> AtEnrolment:
    """Patients at enrolment as rows of minutes to hours read them."""
    spread = point.nuisance.drug_spread
    of_ketamine = spread[problem.drugs.index(KETAMINE)] if KETAMINE in problem.drugs else 0.0
    state, drive = jax.tree.map(lambda leaf: leaf[people.typical], (people.state, people.drive))
    return AtEnrolment(problem.model, point.values, state, drive, of_ketamine)


def draw_patients(problem: Problem) -> tuple[Draw, Draw, Enrolment]:
    """Draw everything that a sampler moves from its prior: sites, the parameters they stand for, patients."""
    sites = sample_sites(problem)
    people, by, values = _leverages(problem, sites)
    for drug, prior in zip(problem.responding, response_priors(problem.responding, values, by), strict=True):
        sites[drug.site] = numpyro.sample(drug.site, prior)
    return sites, _with_strengths(problem, sites, values, by), people


def sample_sites(problem: Problem) -> Draw:
    """Draw everything whose prior needs no patient: all but the responses of drugs."""
    main = {drug.main.name for drug in problem.responding}
    priors = {name: prior for name, prior in mechanism_priors(problem).items() if name not in main}
    priors |= observation_priors(problem) | whitened_priors(problem)
    relief = priors.pop("outside_relief", None)
    sites = {name: numpyro.sample(name, prior) for name, prior in priors.items()}
    if relief is not None:
        prior = scaled(relief, built_up(sites["outside_days"]))
        sites[OUTSIDE_RESPONSE] = numpyro.sample(OUTSIDE_RESPONSE, prior)
    whole = completed(problem, sites)
    sites |= problem.errors.sample_effects(problem.design, problem.buckets, whole)
    sample_spreads(problem.design, problem.observed, whole)
    return sites


def evaluate_sites(problem: Problem, sites: Draw) -> tuple[Draw, Point]:
    """Parameters by name (strengths of drugs instead of their responses) of one draw, and what they imply."""
    people, by, values = _leverages(problem, sites)
    draw = _with_strengths(problem, sites, values, by)
    return draw, evaluate(problem, draw, people)


def with_reliefs(sites: Draw) -> Draw:
    """Reliefs of classes outside the models in place of their responses, which are sampled."""
    if OUTSIDE_RESPONSE not in sites:
        return sites
    relief = sites[OUTSIDE_RESPONSE] / built_up(sites["outside_days"])
    others = {name: value for name, value in sites.items() if name != OUTSIDE_RESPONSE}
    return others | {"outside_relief": relief}


def prior_strengths(problem: Problem, rng_key: Array) -> Draw:
    """One prior draw of the strengths that follow from responses, which is the same whatever the leverage."""
    return {
        drug.main.name: distribution_of(drug.main).sample(jax.random.fold_in(rng_key, number))
        for number, drug in enumerate(problem.responding)
    }


def enrolment(problem: Problem, draw: Draw, values: Values) -> Enrolment:
    """Patients of all studies at enrolment."""
    return problem.people.enrolled(problem.model, problem.design, completed(problem, draw), values)


def values_without_drugs(problem: Problem, sites: Draw) -> Values:
    """Values of the mechanism in which strengths are 0 that follow from the responses of drugs."""
    return values_of(problem, {**sites, **{drug.main.name: jnp.zeros(()) for drug in problem.responding}})


def _leverages(problem: Problem, sites: Draw) -> tuple[Enrolment, Leverages, Values]:
    """Patients, leverages, and values in which the strengths that follow from these are 0.

    Patients at enrolment take no drug, so that no strength is needed for them.
    """
    values = values_without_drugs(problem, sites)
    people = enrolment(problem, sites, values)
    return people, leverages(problem.model, problem.responding, people.reference, values), values


def _with_strengths(problem: Problem, sites: Draw, values: Values, by: Leverages) -> Draw:
    responses = {drug.site: sites[drug.site] for drug in problem.responding}
    strengths = main_strengths(problem.responding, responses, values, by)
    others = {name: value for name, value in with_reliefs(sites).items() if name not in responses}
    return others | strengths


def evaluate(problem: Problem, draw: Draw, people: Enrolment) -> Point:
    """Solve, and read the courses of all arms."""
    design, values, nuisance = problem.design, values_of(problem, draw), nuisance_of(problem, draw)
    latents = design.dose_latents
    factors = latents.factors(draw["dose_by_substance"]) if latents.label else None
    arms = problem.people.course(
        problem.model, design, problem.solve, people, values, factors, cause_stays_of(design, draw)
    )
    levels = with_placebo(design, arms.levels, completed(problem, draw))
    expected = problem.errors.expected(design, expect(design, arms.mean, nuisance, levels), nuisance)
    return Point(values, nuisance, arms.mean, expected, people.log_lasting, arms.spread)


def cause_stays_of(design: Design, draw: Draw) -> Array | None:
    """Log odds of the share of people whose cause stays, by procedure; None where there is none."""
    return draw["cause_stays"] if design.removal.procedures else None


def studies_of(problem: Problem, point: Point) -> tuple[Studies, ...]:
    """Studies of every bucket at one draw."""
    return tuple(
        bucket_at(problem, number, point.expected, point.nuisance) for number in range(len(problem.buckets))
    )


def bucket_at(problem: Problem, number: int, expected: Expected, nuisance: Nuisance) -> Studies:
    """Studies of one bucket, with what is expected of all rows on the scale of their errors."""
    design, bucket = problem.design, problem.buckets[number]
    observed = problem.errors.on_error_scale(design, problem.observed)
    parts = joint(design, observed, bucket, expected, nuisance, problem.drug_index)
    return Studies(number, design, bucket, nuisance, observed, expected, parts)


def severity_of(design: Design) -> Float[np.ndarray, " studies"]:
    """Baseline pain of every study above the usual 6 points; 0 where a study prints none."""
    return np.where(np.isfinite(design.baseline_pain), design.baseline_pain - 6.0, 0.0)


def nuisance_of(problem: Problem, draw: Draw) -> Nuisance:
    """Parameters of the observation model."""
    draw = completed(problem, draw)
    design = problem.design
    response = draw["placebo_response"][design.placebo_group]
    response = response + draw["placebo_per_baseline_point"] * jnp.asarray(severity_of(design))
    response = response + draw["placebo_per_decade"] * jnp.asarray(design.decades_since_2010)
    of_attacks = np.array(design.catalogue.links_of_attacks)
    return Nuisance(
        placebo_response=response,
        placebo_days=draw["placebo_time"],
        untreated_share=draw["untreated_share"],
        exaggeration=(
            draw.get("bias_open_label", 0.0),
            draw.get("bias_small_trial", 0.0),
            draw["effect_by_covariate"] if design.covariates else None,
        ),
        natural_course=draw["natural_course"],
        natural_days=draw["natural_time"],
        placebo_spread=draw["placebo_spread"],
        natural_spread=draw["natural_spread"],
        drug_spread=draw["drug_spread"] * jnp.exp(DRUG_SPREAD_SD * draw["drug_spread_by_drug"]),
        offset_spread=draw["offset_spread"],
        assay_spread=draw["assay_spread"],
        misfit=draw["misfit"],
        misfit_magnesium=draw["misfit_magnesium"],
        visit_correlation=draw["visit_correlation"],
        degrees_of_freedom=2.0 + draw.get("degrees_of_freedom_above_2", jnp.full((), jnp.inf)),
        individual_spread=draw["individual_spread"],
        log_missing_sd=log_missing_sd(design.dispersions, draw),
        case_difference=draw["case_magnesium_difference"],
        wide_weight=draw.get("wide_weight", jnp.zeros(())),
        suspect_share=draw.get("suspect_share", jnp.zeros(())),
        outside_relief=draw["outside_relief"] if design.outside.classes else None,
        outside_days=draw["outside_days"] if design.outside.classes else None,
        links=(
            Links(
                draw["instrument_shift"],
                draw["instrument_slope"],
                jnp.where(of_attacks, draw["episode_spread"], draw["instrument_spread"]),
            )
            if design.links
            else None
        ),
    )
