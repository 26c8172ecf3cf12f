"""The numpyro model: parameters, study effects, solve, observation."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jaxtyping import Array, Int

from windup.models import Course, Drive, PainModel, Values, free, solve

from ._design import Design
from ._observe import (
    COLUMNS,
    Expected,
    Joint,
    Marginal,
    Nuisance,
    expect,
    given_shares,
    joint,
    marginal,
    responder_log_likelihood,
)
from ._patterns import Bucket
from ._priors import DRUG_SPREAD_SD, ENROLMENT_PRIOR, distribution_of, observation_priors, study_priors
from ._responses import Responding, leverages, main_strength, response_prior


class Problem(NamedTuple):
    """A model and the data it is fitted to.

    Attributes
    ----------
    model
        Any `windup.models.PainModel`.
    design, buckets
        The data as arrays.
    drugs
        Drugs with a between-study spread, in order.
    drug_index
        Per study and drug column, the drug's index (0 where the column is empty: its loads are 0).
    responding
        Drugs that are sampled by their effect on pain.
    """

    model: PainModel[Any, Any]
    design: Design
    buckets: tuple[Bucket, ...]
    drugs: tuple[str, ...]
    drug_index: Int[np.ndarray, "studies columns"]
    responding: tuple[Responding, ...]


# Studies of magnesium alone have no pain rows; their people enter the pain states nowhere that is observed.
WITHOUT_PAIN = 1.0
# Share of net activity over which a state passes from one that cannot last to one that can (expert: ordinary
# days differ by some hundredths, and a state that these would carry away does not last).
LASTING_WIDTH = 0.05

type Draw = dict[str, Array]


class Point(NamedTuple):
    """Everything one draw implies: used by the density and by every later question to the posterior."""

    values: Values
    nuisance: Nuisance
    course: Course
    expected: Expected
    log_lasting: Array


def posterior_model(problem: Problem) -> None:
    """Parameters, study effects, solve and observation model, in that order.

    The rows' densities enter as the factor ``rows`` because the study effects are integrated out (see
    `windup.fit._observe`); the effects of studies with responder shares are drawn whitened by their other
    rows.
    """
    draw = sample_parameters(problem)
    point = evaluate_draw(problem, draw)
    nuisance = point.nuisance
    numpyro.factor("lasting_enrolment", point.log_lasting)
    total: Any = 0.0
    for number, bucket in enumerate(problem.buckets):
        parts = joint(problem.design, bucket, point.expected, nuisance, problem.drug_index)
        rows = marginal(parts, nuisance.degrees_of_freedom)
        total = total + jnp.sum(rows.log_density)
        if bucket.responder.shape[1]:
            drawn = _draw_study_effects(bucket, parts, nuisance, number)
            effects, w, log_det = study_effects(problem, bucket, point, parts, rows, drawn)
            whitened = dist.Normal(0.0, 1.0).log_prob(w) - dist.Normal(0.0, 1.0).log_prob(drawn.z)
            shares = responder_log_likelihood(
                problem.design, bucket, point.expected, effects, nuisance.individual_spread
            )
            total = total + jnp.sum(whitened) + jnp.sum(log_det) + jnp.sum(shares)
    # A failed solve is impossible, never a silent NaN.
    numpyro.factor("rows", jnp.where(jnp.isfinite(total), total, -jnp.inf))


class DrawnEffects(NamedTuple):
    """What is sampled for the studies of a bucket with responder shares.

    Attributes
    ----------
    z
        Standard normal coordinates of the effects, ``(studies, columns)``.
    precision
        Precision of a study relative to its mean given the rows. Given it the effects are normal: drawn as a
        Student t of the few degrees of freedom that such studies leave, they would have tails that no
        sampler with steps of one size walks well.
    """

    z: Array
    precision: Array


def effect_sites(number: int) -> tuple[str, str]:
    """Names under which the effects and precisions of a bucket are sampled."""
    return f"study_effects_{number}", f"study_precision_{number}"


def _draw_study_effects(bucket: Bucket, parts: Joint, nuisance: Nuisance, number: int) -> DrawnEffects:
    effects, precision = effect_sites(number)
    shape = (len(bucket.study), COLUMNS)
    half = (nuisance.degrees_of_freedom + parts.count) / 2.0
    return DrawnEffects(
        numpyro.sample(effects, dist.Normal(0.0, 1.0).expand(shape).to_event(2)),
        numpyro.sample(precision, dist.Gamma(half, half).to_event(1)),
    )


def study_scale(parts: Joint, rows: Marginal, nuisance: Nuisance, drawn: DrawnEffects) -> Array:
    r"""Scale of each study in the mixture that makes a Student t: its precision given the rows is
    :math:`\Gamma\big((\nu + n)/2, (\nu + \delta)/2\big)`.
    """
    mean = (nuisance.degrees_of_freedom + parts.count) / (nuisance.degrees_of_freedom + rows.distance)
    return 1.0 / jnp.sqrt(mean * drawn.precision)


def study_effects(
    problem: Problem, bucket: Bucket, point: Point, parts: Joint, rows: Marginal, drawn: DrawnEffects
) -> tuple[Array, Array, Array]:
    """Effects of studies with responder shares: themselves, whitened, and the log det of the map from z."""
    nuisance = point.nuisance
    scale = study_scale(parts, rows, nuisance, drawn)
    w, log_det = given_shares(
        problem.design, bucket, point.expected, rows, scale, nuisance.individual_spread, drawn.z
    )
    return rows.effects + scale[:, None] * jnp.einsum("scd,sd->sc", rows.effects_root, w), w, log_det


def sample_parameters(problem: Problem) -> Draw:
    """Draw every parameter from its prior, by name; study effects are drawn where they are used."""
    main = {drug.main.name for drug in problem.responding}
    priors: dict[str, dist.Distribution] = {
        parameter.name: distribution_of(parameter)
        for parameter in free(problem.model.parameters())
        if parameter.name not in main
    }
    priors |= observation_priors() | study_priors(problem.design, len(problem.drugs))
    sites = {name: numpyro.sample(name, prior) for name, prior in priors.items()}
    by, values = _leverages(problem, sites)
    for drug in problem.responding:
        sites[drug.site] = numpyro.sample(drug.site, response_prior(drug, values, by))
    draw = _with_strengths(problem, sites, values, by)
    reported = problem.design.dispersions
    typical, spread = draw["log_patient_sd"], draw["patient_sd_spread"]
    seen = dist.Normal(typical[reported.reported_class], spread[reported.reported_class]).to_event(1)
    numpyro.sample("reported_log_sd", seen, obs=jnp.asarray(reported.reported_log))
    return draw


def named_parameters(problem: Problem, sites: Draw) -> Draw:
    """Parameters by name from the sites of the sampler: strengths of drugs instead of their responses."""
    by, values = _leverages(problem, sites)
    return _with_strengths(problem, sites, values, by)


def _leverages(problem: Problem, sites: Draw) -> tuple[Values, Values]:
    nothing = {drug.main.name: jnp.zeros(()) for drug in problem.responding}
    values = values_of(problem, {**sites, **nothing})
    return leverages(problem.model, problem.responding, values), values


def _with_strengths(problem: Problem, sites: Draw, values: Values, by: Values) -> Draw:
    strengths = {
        drug.main.name: main_strength(drug, sites[drug.site], values, by) for drug in problem.responding
    }
    responses = {drug.site for drug in problem.responding}
    return {name: value for name, value in sites.items() if name not in responses} | strengths


def evaluate_draw(problem: Problem, draw: Draw) -> Point:
    """Solve at one draw and read every row's expectation."""
    design, values, nuisance = problem.design, values_of(problem, draw), nuisance_of(problem, draw)
    drive, state, lasting = enrolment(problem, draw, values)
    course = solve(problem.model, design.schedule, drive, values, enrolled=state)
    return Point(values, nuisance, course, expect(design, course, nuisance), lasting)


class Enrolment(NamedTuple):
    """Patients of all studies at enrolment: their drive and state, and whether these can last."""

    drive: Drive
    state: Any
    log_lasting: Array


def enrolment(problem: Problem, draw: Draw, values: Values) -> Enrolment:
    """Patients of all studies at their pain at enrolment."""
    design = problem.design
    painful = np.flatnonzero(design.painful)
    pain = jnp.full(len(design.studies), WITHOUT_PAIN).at[painful].set(enrolment_pain_of(draw))
    found = problem.model.at_enrolment(pain, design.central_share, design.habitual_magnesium, values)
    drive = Drive(
        peripheral=found.strength * (1.0 - design.central_share),
        central=found.strength * design.central_share,
        injury=jnp.zeros_like(found.strength),
        habitual_magnesium=jnp.asarray(design.habitual_magnesium),
    )
    return Enrolment(drive, found.state, log_lasting(found.margin[painful], found.drive_share[painful]))


def log_lasting(margin: Array, drive_share: Array) -> Array:
    r"""Log probability that all studies could find their patients in a state that lasts.

    Patients of a trial have had their pain for years. Nobody stays that long on the unstable branch of a fold
    (a margin below 0) or very close to it, nor below the pain that the loops hold by themselves (a negative
    share of the drive). That every study did enrol such patients is one piece of evidence, kept apart from
    the rows so that the summary can show what it says of the loops before any trial is read:

    .. math:: -\log\Big(1 + \sum_s e^{-m_s / \epsilon} + \sum_s e^{-d_s / \epsilon}\Big)

    with margins :math:`m_s`, shares :math:`d_s` and :math:`\epsilon` the ``LASTING_WIDTH``.
    """
    short = -jnp.concatenate([margin, drive_share]) / LASTING_WIDTH
    return -jax.scipy.special.logsumexp(jnp.append(short, 0.0))


def values_of(problem: Problem, draw: Draw) -> Values:
    """Parameters of the mechanism, fixed ones included."""
    return {
        parameter.name: draw[parameter.name]
        if parameter.family != "fixed"
        else jnp.asarray(parameter.location)
        for parameter in problem.model.parameters()
    }


def enrolment_pain_of(draw: Draw) -> Array:
    """Pain at enrolment of every painful study, 0-10.

    Trials select patients by pain, not by drive, so the prior is on the pain at enrolment and the drive
    follows from it. It also keeps a study's latent where its own baseline pins it whatever the mechanism
    does.
    """
    location, scale = ENROLMENT_PRIOR
    return 10.0 / (1.0 + jnp.exp(-(location + scale * draw["enrolment_by_study"])))


def nuisance_of(problem: Problem, draw: Draw) -> Nuisance:
    """Parameters of the observation model."""
    design, missing = problem.design, problem.design.dispersions.missing_class
    severity = np.where(np.isfinite(design.baseline_pain), design.baseline_pain - 6.0, 0.0)
    response = draw["placebo_response"][design.placebo_group]
    response = response + draw["placebo_per_baseline_point"] * jnp.asarray(severity)
    response = response + draw["placebo_per_decade"] * jnp.asarray(design.decades_since_2010)
    missing_sd = draw["patient_sd_spread"][missing] * draw["missing_sd_by_study"]
    return Nuisance(
        placebo_response=response,
        placebo_days=draw["placebo_time"],
        untreated_share=draw["untreated_share"],
        placebo_spread=draw["placebo_spread"],
        drug_spread=draw["drug_spread"] * jnp.exp(DRUG_SPREAD_SD * draw["drug_spread_by_drug"]),
        offset_spread=draw["offset_spread"],
        assay_spread=draw["assay_spread"],
        misfit=draw["misfit"],
        misfit_magnesium=draw["misfit_magnesium"],
        visit_correlation=draw["visit_correlation"],
        degrees_of_freedom=2.0 + draw["degrees_of_freedom_above_2"],
        individual_spread=draw["individual_spread"],
        log_missing_sd=draw["log_patient_sd"][missing] + missing_sd,
        case_difference=draw["case_magnesium_difference"],
    )
