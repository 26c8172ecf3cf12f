r"""The observation model: the distribution of published rows, given the model's course of pain.

The rows of a study share its placebo response and natural course, its deviations of drug effects, its scoring
of pain and its magnesium assay. These enter linearly, so they are integrated out: the rows of study :math:`s`
are jointly

.. math:: y_s \sim N\big(\mu_s,\; Z_s \Omega Z_s^T + R_s\big),

apart from odd studies and suspect rows (`windup.fit.problem.errors.mixture`). The other error model
(`windup.fit.problem.errors.student_t`) has a multivariate Student t with one scale per study; responder
shares are binomial there, and the study's effects are drawn, given its other rows
(`windup.fit.problem.errors.responders`).

A standardised contrast :math:`d` is the difference of its arms in points, divided by the SD between patients
:math:`\sigma_s` of the study (`patient_sd`), and so are its loads and its misfit. Its standard error is
in SDs.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve, solve_triangular
from jax.scipy.special import gammaln
from jaxtyping import Array, Float, Int

from windup.datasets import MAGNESIUM_KINDS
from windup.fit.design.arrays import Design, Observed, Rows
from windup.fit.design.buckets import Bucket
from windup.fit.design.treatments.outside import pain_relieved
from windup.fit.design.trial_bias import exaggerated
from windup.fit.problem.instrument_link import Links, read_on
from windup.fit.problem.people.levels import Levels, limit_rows
from windup.models import Course

# The course of an arm that nothing is compared with may differ by so much from what the model expects of it,
# NRS points (expert): expectations and selection of a trial without a control. It builds up like the placebo
# response.
BIAS_SD = 1.0


def columns_of(design: Design) -> int:
    """Number of a study's effects: placebo response, natural course, drugs, offset, magnesium assay."""
    return 4 + int(design.visits.drug_load.shape[1])


class Nuisance(NamedTuple):
    """Parameters of the observation model (all scalars unless a shape is given).

    Attributes
    ----------
    placebo_response
        Mean fall of pain on placebo, per study (NRS points).
    placebo_days
        Its time constant, days.
    untreated_share
        Share of it in people who are aware that they are untreated.
    natural_course, natural_days
        Mean fall of pain with time in every arm, treated or not (NRS points), and its time constant, days.
    placebo_spread, natural_spread, drug_spread, offset_spread, assay_spread
        Between-study SDs: placebo response, natural course (NRS), drug effects ``(drugs,)`` (NRS), how a
        study's patients score the same state (NRS, the same at all visits), magnesium assay (mmol/L).
    misfit, misfit_magnesium
        SD of what no study effect explains, per visit (NRS; mmol/L).
    visit_correlation
        Correlation of two visits' errors of the same patients.
    degrees_of_freedom
        Of the Student t; infinite where errors are normal.
    individual_spread
        SD between individuals of pain minus a fraction of baseline pain (NRS).
    log_missing_sd
        Log per-patient SD where a study reports none, ``(missing,)``.
    case_difference
        Serum magnesium of patients minus controls, mmol/L.
    exaggeration
        Of effects, by open and by small trials, and slopes of covariates (`windup.fit.design.trial_bias`).
    wide_weight, suspect_share
        Share of studies with wide effects, and of rows that are suspect
        (`windup.fit.problem.errors.mixture`); 0 where rows are a Student t.
    outside_relief, outside_days
        Relief of each class of treatments outside the models, log odds of pain ``(classes,)``, and its time
        constant, days (`windup.fit.design.treatments.outside`); None where no arm received one.
    links
        Links of other instruments with 0-10; None where no row needs one.
    """

    placebo_response: Float[Array, " studies"]
    placebo_days: Array
    untreated_share: Array
    natural_course: Array
    natural_days: Array
    placebo_spread: Array
    natural_spread: Array
    drug_spread: Float[Array, " drugs"]
    offset_spread: Array
    assay_spread: Array
    misfit: Array
    misfit_magnesium: Array
    visit_correlation: Array
    degrees_of_freedom: Array
    individual_spread: Array
    log_missing_sd: Float[Array, " missing"]
    case_difference: Array
    exaggeration: tuple[Array | float, Array | float, Array | None] = (0.0, 0.0, None)
    wide_weight: Array | float = 0.0
    suspect_share: Array | float = 0.0
    outside_relief: Float[Array, " classes"] | None = None
    outside_days: Float[Array, " classes"] | None = None
    links: Links | None = None


class Expected(NamedTuple):
    """What the model expects of every row: mean, loads of the study's effects, error and misfit variance.

    ``bias`` is the SD of a row's bias where no arm is compared with its arm, else 0, and ``instrument`` that
    of the study's deviation on the row's instrument where that has a link with 0-10. ``visit_pain`` and
    ``visit_loads`` are those of the visits, for responder shares, and ``levels`` the reports of people at the
    visits of shares at a limit; None without any.
    """

    mean: Float[Array, " rows"]
    loads: Float[Array, "rows columns"]
    variance: Float[Array, " rows"]
    misfit: Float[Array, " rows"]
    bias: Float[Array, " rows"]
    instrument: Float[Array, " rows"]
    visit_pain: Float[Array, " visits"]
    visit_loads: Float[Array, "visits columns"]
    levels: Levels | None = None


class Joint(NamedTuple):
    """Rows of the studies of one bucket, ready for a Student t."""

    residual: Float[Array, "studies rows"]
    loads: Float[Array, "studies rows columns"]
    error: Float[Array, "studies rows rows"]
    spread: Float[Array, "studies columns"]
    count: Float[Array, " studies"]  # type: ignore[assignment]  # hides tuple.count, which no one calls


def patient_sd(rows: Rows, log_missing_sd: Float[Array, " missing"]) -> Float[Array | np.ndarray, " rows"]:
    """SD between patients, NRS points, of standardised contrasts and shares at a limit; 1 for other rows.

    It is the mean SD of means that the study reports, else the latent one of these.
    """
    if not np.any(rows.latent_divisor >= 0):
        return rows.divisor
    padded = jnp.concatenate([log_missing_sd, jnp.zeros(1)])
    return rows.divisor * jnp.exp(padded[rows.latent_divisor])


def expect(design: Design, course: Course, nuisance: Nuisance, levels: Levels | None = None) -> Expected:
    """Mean and variances of all rows from a solved course.

    A share at a limit has the mean pain of its arm until the errors of the fit read it as a share. Without
    ``levels`` the reports of its people are one normal.
    """
    visits, rows, ill = design.visits, design.rows, jnp.asarray(design.visits.ill, float)
    share = jnp.where(jnp.asarray(visits.untreated), nuisance.untreated_share, 1.0) * ill
    onset = -share * -jnp.expm1(-visits.treated_days / nuisance.placebo_days)
    drift = ill * jnp.expm1(-visits.study_days / nuisance.natural_days)
    study = design.schedule.study[visits.arm]
    pain = pain_relieved(design.outside, course.pain, nuisance.outside_relief, nuisance.outside_days)
    pain = pain + onset * nuisance.placebo_response[study] + drift * nuisance.natural_course
    pain = pain - ill * exaggerated(visits, nuisance.placebo_days, *nuisance.exaggeration)
    drug = jnp.asarray(visits.drug_load) * ill[:, None]
    pain_loads = jnp.column_stack([onset, drift, drug, ill, jnp.zeros_like(onset)])
    serum = course.serum_magnesium + nuisance.case_difference * jnp.asarray(visits.case, float)
    kinds = np.array(rows.kind)
    magnesium, percent = jnp.asarray(np.isin(kinds, MAGNESIUM_KINDS)), jnp.asarray(kinds == "percent_change")
    csf = jnp.asarray(kinds == "csf_mg")[:, None]
    # One table of the visits: a row is read at once, and its gradient returns at once.
    read = jnp.column_stack([pain, serum, course.csf_magnesium, pain_loads])[rows.visits]
    pain_read, serum_read, csf_read = read[..., 0], read[..., 1], read[..., 2]
    reading = None if nuisance.links is None else read_on(rows.link, pain_read, nuisance.links)
    pain_read = pain_read if reading is None else reading.value
    value = jnp.where(magnesium[:, None], jnp.where(csf, csf_read, serum_read), pain_read)
    loads = jnp.where(magnesium[:, None, None], np.eye(columns_of(design))[-1], read[..., 3:])
    # Percent changes are linear in the effects to first order, 100 (dy_t - (y_t / y_0) dy_0) / y_0.
    baseline = jnp.where(percent, pain_read[:, 1], 1.0)
    sd, limits = patient_sd(rows, nuisance.log_missing_sd), limit_rows(design)
    unit = jnp.where(percent, 100.0 / baseline, 1.0) / sd
    if len(limits):
        unit = unit.at[limits].set(1.0)
        levels = _levels_of(levels, pain[rows.visits[limits, 0]], jnp.asarray(sd)[limits])
    mean = unit * jnp.sum(rows.coefficients * value, axis=1)
    slopes = jnp.asarray(rows.coefficients)
    slopes = slopes.at[:, 1].set(jnp.where(percent, -pain_read[:, 0] / baseline, slopes[:, 1]))
    bias, instrument, scale = jnp.zeros_like(mean), jnp.zeros_like(mean), unit
    if reading is not None and nuisance.links is not None:
        instrument = nuisance.links.spread[rows.link] * unit * jnp.sum(slopes * reading.deviation, axis=1)
        scale = unit * reading.of_errors[:, 0]
        slopes = slopes * reading.slope
    loads = unit[:, None] * jnp.sum(slopes[:, :, None] * loads, axis=1)
    if np.any(visits.alone):
        shape = -jnp.expm1(-visits.treated_days / nuisance.placebo_days) * ill * visits.alone
        bias = BIAS_SD * unit * jnp.sum(slopes * shape[rows.visits], axis=1) * ~magnesium
    reported = np.where(np.isfinite(rows.standard_error), rows.standard_error, 1.0)
    n = np.where(np.isfinite(rows.n), rows.n, 1.0)
    needs = rows.dispersion >= 0
    padded = jnp.concatenate([nuisance.log_missing_sd, jnp.zeros(1)])
    latent = jnp.exp(padded[np.where(needs, rows.dispersion, -1)]) / jnp.sqrt(n)
    latent = latent if reading is None else latent * reading.of_errors[:, 0]
    variance = jnp.where(needs, latent, reported) ** 2
    misfit = jnp.where(magnesium, nuisance.misfit_magnesium**2, (scale * nuisance.misfit) ** 2) * rows.misfits
    return Expected(mean, loads, variance, misfit, bias, instrument, pain, pain_loads, levels)


def _levels_of(levels: Levels | None, pain: Array, sd: Array) -> Levels:
    """With the SD of the study where people have none."""
    known = levels or Levels(jnp.ones_like(pain)[:, None], pain[:, None])
    spread = jnp.broadcast_to(sd[:, None], known.pain.shape)
    return known if known.sd is not None else known._replace(sd=spread)


def joint(
    design: Design,
    observed: Observed,
    bucket: Bucket,
    expected: Expected,
    nuisance: Nuisance,
    drug_index: Int[np.ndarray, "studies columns"],
) -> Joint:
    """Residuals, loadings and covariance parts of a bucket's studies; padding is independent and exact.

    ``drug_index`` gives per study and drug column the entry of ``nuisance.drug_spread``.
    """
    present = jnp.asarray(bucket.present, float)
    of_rows = jnp.stack([expected.mean, expected.variance, expected.misfit], axis=1)
    of_rows = jnp.concatenate([of_rows, expected.loads], axis=1)[bucket.row]
    residual = (observed.estimate[bucket.row] - of_rows[..., 0]) * present
    loads = of_rows[..., 3:] * present[:, :, None]
    rho = nuisance.visit_correlation
    correlation = rho * bucket.same - jnp.sqrt((1.0 - rho) / 2.0) * bucket.opposed + bucket.fixed
    if bucket.shares is not None:
        correlation = correlation + bucket.shares.correlation(rho)
    deviation = jnp.sqrt(of_rows[..., 1]) * present
    error = correlation * deviation[:, :, None] * deviation[:, None, :]
    misfit = jnp.sqrt(of_rows[..., 2])
    error = error + bucket.misfit * misfit[:, :, None] * misfit[:, None, :]
    diagonal = jnp.where(bucket.present, deviation**2 + of_rows[..., 2], 1.0)
    error = error + diagonal[:, :, None] * jnp.eye(bucket.row.shape[1])
    for pairs, sd in ((bucket.biased, expected.bias), (bucket.instrument, expected.instrument)):
        if pairs.any():
            shared = sd[bucket.row]
            error = error + pairs * shared[:, :, None] * shared[:, None, :]
    index = drug_index[bucket.study]
    # Where no arm of any trial has a drug there is no spread to read.
    drugs = nuisance.drug_spread[index] if nuisance.drug_spread.shape[0] else jnp.zeros(index.shape)
    ones = jnp.ones((len(bucket.study), 1))
    each = [
        nuisance.placebo_spread * ones,
        nuisance.natural_spread * ones,
        drugs,
        nuisance.offset_spread * ones,
        nuisance.assay_spread * ones,
    ]
    spread = jnp.concatenate(each, axis=1)
    return Joint(residual, loads, error, spread, jnp.sum(present, axis=1))


class Marginal(NamedTuple):
    """Student-t density of each study's rows, and the study's effects given it.

    Attributes
    ----------
    log_density
        Joint, per study.
    distance
        Squared Mahalanobis distance :math:`\\delta`.
    effects, effects_root
        Mean of the study's effects given its rows and the lower Cholesky factor of their covariance, before
        the factor :math:`(\\nu + \\delta)/(\\nu + n)`.
    whitened, root
        :math:`L^{-1} r` and :math:`L` of the marginal covariance.
    """

    log_density: Float[Array, " studies"]
    distance: Float[Array, " studies"]
    effects: Float[Array, "studies columns"]
    effects_root: Float[Array, "studies columns columns"]
    whitened: Float[Array, "studies rows"]
    root: Float[Array, "studies rows rows"]


def marginal(parts: Joint, degrees_of_freedom: Array) -> Marginal:
    """Student t of the rows with the study's effects integrated out."""
    scaled, rows_covariance = _scaled_loads(parts), covariance(parts)
    distance, half_log_det = _distance_and_half_log_det(rows_covariance, parts.residual)
    log_density = student_t(distance, parts.count, degrees_of_freedom) - half_log_det
    root = jnp.linalg.cholesky(rows_covariance)
    whitened = solve_triangular(root, parts.residual[..., None], lower=True)[..., 0]
    gain = solve_triangular(root, scaled, lower=True)
    effects = parts.spread * jnp.einsum("src,sr->sc", gain, whitened)
    identity = jnp.eye(scaled.shape[2])
    left = identity - jnp.einsum("src,srd->scd", gain, gain)
    effects_root = parts.spread[:, :, None] * jnp.linalg.cholesky(left + 1e-12 * identity)
    return Marginal(log_density, distance, effects, effects_root, whitened, root)


def distance_and_half_log_det(parts: Joint) -> tuple[Float[Array, " studies"], Float[Array, " studies"]]:
    """Squared distance of each study's rows, and half the log determinant of their scale."""
    return _distance_and_half_log_det(covariance(parts), parts.residual)


def covariance(parts: Joint) -> Float[Array, "studies rows rows"]:
    r"""Scale matrix :math:`Z \Omega Z^T + R` of each study's rows, the study's effects integrated out."""
    scaled = _scaled_loads(parts)
    return parts.error + scaled @ jnp.swapaxes(scaled, 1, 2)


def _scaled_loads(parts: Joint) -> Float[Array, "studies rows columns"]:
    return parts.loads * parts.spread[:, None, :]


@jax.custom_jvp
def _distance_and_half_log_det(covariance: Array, residual: Array) -> tuple[Array, Array]:
    r""":math:`r^T \Sigma^{-1} r` and :math:`\log|\Sigma| / 2` per study.

    With :math:`\alpha = \Sigma^{-1} r` their differentials are
    :math:`2 \alpha^T dr - \alpha^T d\Sigma\, \alpha` and :math:`\mathrm{tr}(\Sigma^{-1} d\Sigma) / 2`, which
    costs a tenth of differentiating the Cholesky factor.
    """
    root = jnp.linalg.cholesky(covariance)
    whitened = solve_triangular(root, residual[..., None], lower=True)[..., 0]
    return jnp.sum(whitened**2, axis=1), jnp.sum(jnp.log(jnp.diagonal(root, axis1=1, axis2=2)), axis=1)


@_distance_and_half_log_det.defjvp
def _differentials(
    values: tuple[Array, Array], tangents: tuple[Array, Array]
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    covariance, residual = values
    root = jnp.linalg.cholesky(covariance)
    inverse = cho_solve((root, True), jnp.broadcast_to(jnp.eye(root.shape[1]), root.shape))
    alpha = jnp.einsum("srt,st->sr", inverse, residual)
    moved, shift = tangents
    of_distance = 2.0 * jnp.einsum("sr,sr->s", alpha, shift) - jnp.einsum("sr,srt,st->s", alpha, moved, alpha)
    of_half_log_det = 0.5 * jnp.einsum("srt,srt->s", inverse, moved)
    return _distance_and_half_log_det(covariance, residual), (of_distance, of_half_log_det)


def student_t(distance: Array, count: Array, degrees_of_freedom: Array) -> Array:
    """Log density of a ``count``-variate Student t with unit scale at a squared distance."""
    total = degrees_of_freedom + count
    return (
        gammaln(total / 2.0)
        - gammaln(degrees_of_freedom / 2.0)
        - 0.5 * count * jnp.log(degrees_of_freedom * jnp.pi)
        - 0.5 * total * jnp.log1p(distance / degrees_of_freedom)
    )
