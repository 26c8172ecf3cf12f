r"""Parameters from the prior and data from the likelihood given them: draws from the joint of the model.

The generative reading of `windup.fit.problem.model.posterior_model`. Of study :math:`s` with effects
:math:`b_s`,

.. math:: \lambda_s \sim \Gamma(\nu/2, \nu/2), \quad b_s \sim N(0, \Omega / \lambda_s), \quad
    y_s \sim N(\mu_s + Z_s b_s,\; R_s / \lambda_s),

which is the multivariate Student t of its rows when effects and precision are integrated out. Shares of
responders are binomial given the effects. That is one error model; another draws studies in its own way
(`windup.fit.problem.errors`). Where the posterior draws effects and precision, what is sampled
for them follows from the data and the true ones.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import ndtr
from jaxtyping import Array, Bool
from numpyro import handlers

from windup.datasets import WITHIN_HOURS
from windup.fit.design.arrays import Observed
from windup.fit.design.buckets import Bucket
from windup.fit.errors import SettingsError
from windup.fit.problem.errors.error_model import SimulatedStudies, Studies
from windup.fit.problem.errors.patient_spreads import SPREAD_SITES
from windup.fit.problem.errors.responders import responder_score
from windup.fit.problem.errors.study_effects import DrawnEffects, effect_sites, study_effects, study_scale
from windup.fit.problem.model import Point, draw_patients, evaluate, studies_of
from windup.fit.problem.observation import joint, marginal
from windup.fit.problem.people.people import Enrolment
from windup.fit.problem.people.visit_spreads import VISIT_SPREADS, sample_visit_spreads
from windup.fit.problem.problem import Draw, Problem, completed

# Draws from the prior until one could last; a prior that allows fewer is at odds with its own evidence.
_TRIES = 1_000_000


class Simulated(NamedTuple):
    """One draw from the joint of parameters and data.

    Attributes
    ----------
    sites
        What a sampler moves, by site. It is an exact draw from the posterior given the data.
    observed
        The data.
    possible
        False when no draw from the prior could last, or its course could not be solved.
    """

    sites: Draw
    observed: Observed
    possible: Bool[Array, ""]


def simulate(rng_key: Array, problem: Problem) -> Simulated:
    """Parameters from the prior, and data from the likelihood given them.

    A draw from the prior is kept with the probability that such patients last
    (`windup.fit.problem.people.one_patient.log_lasting`), which is what that factor of the density means.

    Raises
    ------
    SettingsError
        When there are rows of minutes to hours, which are no data of a program.
    """
    if problem.hours is not None:
        raise SettingsError(
            f"Rows of the block '{WITHIN_HOURS}' are not simulated. Take it out of the blocks."
        )
    prior_key, data_key = jax.random.split(rng_key)
    accepted, lasts = _lasting(prior_key, problem)
    sites, draw, people, spreads = _from_prior(accepted, problem)
    point = evaluate(problem, draw, people)
    spreads |= _visit_spreads(jax.random.fold_in(data_key, len(problem.buckets)), problem, draw, point)
    observed = Observed(jnp.zeros(len(problem.design.rows.study)), **spreads)
    studies = list[SimulatedStudies]()
    for each in studies_of(problem, point):
        study, estimate = simulate_rows(jax.random.fold_in(data_key, each.number), problem, each)
        studies.append(study)
        observed = observed._replace(estimate=observed.estimate + estimate)
    observed = observed._replace(
        estimate=problem.errors.published(problem.design, jnp.asarray(observed.estimate))
    )
    published = problem._replace(observed=observed)
    for number, (bucket, study) in enumerate(zip(problem.buckets, studies, strict=True)):
        if bucket.responder.shape[1]:
            true = drawn_from(published, point, bucket, study)
            sites |= dict(zip(effect_sites(number), true, strict=True))
    return Simulated(sites, observed, lasts & jnp.all(jnp.isfinite(observed.estimate)))


def _from_prior(rng_key: Array, problem: Problem) -> tuple[Draw, Draw, Enrolment, Draw]:
    """Sites, parameters and patients, and what studies print of spreads between patients."""
    with handlers.trace() as trace:
        sites, draw, people = handlers.seed(handlers.uncondition(draw_patients), rng_key)(problem)
    return sites, draw, people, {name: trace[name]["value"] for name in SPREAD_SITES}


def _visit_spreads(rng_key: Array, problem: Problem, draw: Draw, point: Point) -> Draw:
    """SDs between patients that studies print at their visits."""
    about = problem.design, problem.observed, point.spread, completed(problem, draw)
    with handlers.trace() as trace:
        handlers.seed(handlers.uncondition(sample_visit_spreads), rng_key)(*about)
    return {VISIT_SPREADS: trace[VISIT_SPREADS]["value"]} if VISIT_SPREADS in trace else {}


def _lasting(rng_key: Array, problem: Problem) -> tuple[Array, Bool[Array, ""]]:
    """Key of the first draw from the prior whose patients last, and whether one was found."""

    def candidate(number: Array) -> tuple[Array, Array]:
        draw_key, luck_key = jax.random.split(jax.random.fold_in(rng_key, number))
        log_lasting = _from_prior(draw_key, problem)[2].log_lasting
        return draw_key, jnp.log(jax.random.uniform(luck_key)) < log_lasting

    def again(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        number = state[0] + 1
        return number, *candidate(number)

    first = jnp.zeros((), int), rng_key, jnp.zeros((), bool)
    _, draw_key, lasts = jax.lax.while_loop(lambda state: ~state[2] & (state[0] < _TRIES), again, first)
    return draw_key, lasts


def simulate_rows(rng_key: Array, problem: Problem, studies: Studies) -> tuple[SimulatedStudies, Array]:
    """Studies of a bucket, and the estimates of their rows on the scale of their errors (0 for others)."""
    _, design, bucket, nuisance, _, expected, _ = studies
    simulated = problem.errors.simulate(rng_key, studies)
    estimate = jnp.zeros(len(design.rows.study))
    estimate = estimate.at[bucket.row[bucket.present]].set(simulated.rows[np.nonzero(bucket.present)])
    if bucket.responder.shape[1]:
        *_, share_key = jax.random.split(rng_key, 4)
        score = responder_score(design, bucket, expected, simulated.effects, nuisance.individual_spread)
        patients = np.where(bucket.responds, design.rows.n[bucket.responder], 1.0)
        shares = jax.random.binomial(share_key, patients, ndtr(score)) / patients
        estimate = estimate.at[bucket.responder[bucket.responds]].set(shares[np.nonzero(bucket.responds)])
    return simulated, estimate


def drawn_from(problem: Problem, point: Point, bucket: Bucket, study: SimulatedStudies) -> DrawnEffects:
    """What the posterior samples for studies with these effects and precisions, given the data."""
    design, nuisance, expected = problem.design, point.nuisance, point.expected
    parts = joint(design, problem.observed, bucket, expected, nuisance, problem.drug_index)
    rows = marginal(parts, nuisance.degrees_of_freedom)
    unit = DrawnEffects(jnp.zeros_like(study.effects), jnp.ones_like(study.precision))
    precision = study.precision * study_scale(parts, rows, nuisance, unit) ** 2

    def whitened(z: Array) -> Array:
        about = design, problem.observed, bucket, expected, nuisance, parts, rows
        return study_effects(*about, DrawnEffects(z, precision))[1]

    moved = (study.effects - rows.effects)[..., None] * jnp.sqrt(study.precision)[:, None, None]
    w = solve_triangular(rows.effects_root, moved, lower=True)
    # The map from z is affine: its columns are its values at the unit vectors.
    origin = whitened(unit.z)
    steps = [whitened(unit.z.at[:, column].set(1.0)) - origin for column in range(unit.z.shape[1])]
    z = jnp.linalg.solve(jnp.stack(steps, axis=2), w - origin[..., None])[..., 0]
    return DrawnEffects(z, precision)
