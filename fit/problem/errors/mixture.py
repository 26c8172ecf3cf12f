r"""Normal errors, a mixture of two spreads for the effects of a study, and at most one suspect row in it.

.. math:: y_s = \mu_s + Z_s b_s + e_s + a_s, \quad e_s \sim N(0, R_s), \quad
    b_s \sim (1 - \pi)\, N(0, \Omega) + \pi\, N(0, \kappa^2 \Omega),

with :math:`a_s = 0`, or normal with the variance :math:`V_i` in one row :math:`i`
(`windup.fit.problem.errors.components`). Heavy tails belong to the effects of a study: an odd trial is far
away with all its rows, and its printed errors keep their meaning. An error of print belongs to a row.

Shares of responders are rows with a normal error on the probit scale
(`windup.fit.design.errors.share_errors`), so that effects are integrated out of every study, and nothing of
a single study is sampled for them.

Decided before any fit (all expert): :math:`\kappa = 3`; :math:`\pi \sim \mathrm{Beta}(1, 9)`, one study in
ten; :math:`\varepsilon \sim \mathrm{Beta}(1, 99)`, one row in a hundred; SD of a suspect row 3 NRS points (in
percent of the baseline, or in SDs, what these are), 0.2 mmol/L of magnesium, 1 unit of the probit scale for a
share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Bool, Float
from numpyro import distributions as dist

from windup.datasets import MAGNESIUM_KINDS
from windup.fit.design.arrays import Design, Observed
from windup.fit.design.buckets import Bucket, build_buckets
from windup.fit.design.errors.share_errors import is_share
from windup.fit.problem.errors.component_draws import draw_error, draw_given, draw_new
from windup.fit.problem.errors.components import (
    Components,
    Prior,
    components,
    covariances,
    given_others,
    log_joint_of_some,
    prior_of,
)
from windup.fit.problem.errors.error_model import (
    ErrorModel,
    GivenOthers,
    SimulatedStudies,
    Sites,
    Studies,
    StudyEffects,
    Suspicion,
)
from windup.fit.problem.errors.share_rows import (
    log_people_per_score,
    published_shares,
    scored,
    with_shares,
)
from windup.fit.problem.observation import Expected, Nuisance, patient_sd

WIDE_FACTOR = 3.0
# SD of what is added to a suspect row.
SUSPECT_POINTS, SUSPECT_MAGNESIUM, SUSPECT_SCORE = 3.0, 0.2, 1.0


@final
@dataclass(frozen=True)
class Mixture(ErrorModel):
    """Normal errors, two spreads of effects, and at most one suspect row per study."""

    @property
    def priors(self) -> dict[str, dist.Distribution]:
        """Priors of the share of odd studies and of suspect rows (expert)."""
        return {"wide_weight": dist.Beta(1.0, 9.0), "suspect_share": dist.Beta(1.0, 99.0)}

    def buckets(self, design: Design) -> tuple[Bucket, ...]:
        """Shares of responders among the other rows."""
        return build_buckets(design, shares_as_rows=True)

    def expected(self, design: Design, expected: Expected, nuisance: Nuisance) -> Expected:
        """Shares on the probit scale, the others in their own units."""
        return with_shares(design, expected, nuisance)

    def on_error_scale(self, design: Design, observed: Observed) -> Observed:
        """Shares on the probit scale, the others as published."""
        return scored(design, observed)

    def published(self, design: Design, values: Float[Array, " rows"]) -> Float[Array, " rows"]:
        """Scores as shares, the others as they are."""
        return published_shares(design, values)

    def sample_effects(self, design: Design, buckets: tuple[Bucket, ...], draw: Any) -> dict[str, Array]:
        """Nothing: effects are integrated out of every study."""
        return {}

    def log_density(self, studies: tuple[Studies, ...], sites: Sites) -> Array:
        """Rows of all studies, their effects, spreads and suspect rows summed over."""
        total: Array = sum((jnp.sum(self.study_log_density(each)) for each in studies), jnp.zeros(()))
        return total

    def study_log_density(self, studies: Studies) -> Float[Array, " studies"]:
        """Log of the sum of all components; of shares per person, not per unit of the score."""
        of_rows = _log_people(studies, studies.bucket.present)
        return _components(studies).log_density - of_rows.sum(axis=1)

    def given_others(self, studies: Studies) -> GivenOthers:
        """Each row given the others is a mixture of normals; its place in it as a standard normal score."""
        log_density, score = given_others(_components(studies), _prior(studies))
        log_density = log_density - _log_people(studies, studies.bucket.present)
        return GivenOthers(log_density, score, jnp.full(score.shape, jnp.inf))

    def effects_given_rows(self, rng_key: Array, studies: Studies, sites: Sites) -> StudyEffects:
        """Of a component drawn given the rows; errors have the stated scale."""
        drawn = draw_given(rng_key, studies.parts, _prior(studies), studies.bucket.present)
        return StudyEffects(drawn.effects, jnp.ones_like(studies.parts.count))

    def error(
        self, rng_key: Array, studies: Studies, scale: Float[Array, " studies"]
    ) -> Float[Array, "studies rows"]:
        """Normal errors alone: a replicate is of a row without an error of print."""
        return scale[:, None] * draw_error(rng_key, studies.parts)

    def simulate(self, rng_key: Array, studies: Studies) -> SimulatedStudies:
        """Of a component drawn from the prior."""
        drawn = draw_new(rng_key, studies.parts, _prior(studies))
        rows = studies.expected.mean[studies.bucket.row] + drawn.deviation
        return SimulatedStudies(jnp.ones_like(studies.parts.count), drawn.effects, rows)

    def log_density_of_some(
        self,
        studies: Studies,
        residual: Float[Array, "points studies rows"],
        some: Bool[np.ndarray, "studies rows"],
    ) -> Float[Array, "points studies"]:
        """Log of the sum of all components of fewer rows."""
        prior, of_rows = _prior(studies), _log_people(studies, some).sum(axis=1)

        def at(residual: Array) -> Array:
            joint = log_joint_of_some(studies.parts, prior, residual, some)
            total: Array = logsumexp(joint, axis=(0, 2)) - of_rows
            return total

        densities: Array = jax.vmap(at)(residual)
        return densities

    def others_given_some(
        self, rng_key: Array, studies: Studies, some: Bool[np.ndarray, "studies rows"]
    ) -> tuple[Float[Array, "studies rows"], Float[Array, "studies rows"]]:
        """All rows of a study at once."""
        given_key, own_key = jax.random.split(rng_key)
        prior = _prior(studies)
        given = draw_given(given_key, studies.parts, prior, some)
        own = draw_new(own_key, studies.parts, prior)
        return studies.expected.mean[studies.bucket.row] + given.deviation, own.deviation

    def location_covariance(self, studies: Studies) -> Float[Array, "studies rows rows"]:
        """Covariance of the mixture; its inverse is at most the information.

        Of all densities with one covariance the normal one has the least information on its mean (Stoica and
        Babu 2011, doi 10.1109/MSP.2011.940411).
        """
        prior = _prior(studies)
        weights = jnp.exp(prior.log_width)
        both = covariances(studies.parts, prior.widths)
        added = jnp.exp(prior.log_row[:, 1:]) * prior.added_variance
        whole: Array = jnp.einsum("c,csrt->srt", weights, both)
        return whole + added[:, :, None] * jnp.eye(whole.shape[1])

    def suspicion(self, studies: Studies) -> Suspicion | None:
        """Posterior weights of the components."""
        found = _components(studies)
        weight = jnp.exp(found.log_joint - found.log_density[:, None])
        return Suspicion(weight[:, :, 1:].sum(axis=0), weight[1].sum(axis=1))

    def new_study_scale(
        self, generator: np.random.Generator, draws: Mapping[str, Any], count: int
    ) -> Float[np.ndarray, " draws"]:
        """Of either component."""
        wide = generator.uniform(size=count) < np.asarray(draws["wide_weight"])
        scale: Float[np.ndarray, " draws"] = np.where(wide, WIDE_FACTOR, 1.0)
        return scale


def _components(studies: Studies) -> Components:
    return components(studies.parts, _prior(studies))


def _prior(studies: Studies) -> Prior:
    bucket, nuisance = studies.bucket, studies.nuisance
    return prior_of(
        bucket.present,
        jnp.where(
            bucket.present, added_variance(studies.design, studies.expected, nuisance)[bucket.row], 1.0
        ),
        wide_factor=WIDE_FACTOR,
        wide_weight=nuisance.wide_weight,
        suspect_share=nuisance.suspect_share,
    )


def added_variance(design: Design, expected: Expected, nuisance: Nuisance) -> Float[Array, " rows"]:
    """Variance that a suspect row has in addition, in the squared unit of the row."""
    kinds = np.array(design.rows.kind)
    baseline = expected.visit_pain[design.rows.visits[:, 1]]
    percent = kinds == "percent_change"
    points = jnp.where(percent, SUSPECT_POINTS * 100.0 / jnp.where(percent, baseline, 1.0), SUSPECT_POINTS)
    points = points / patient_sd(design.rows, nuisance.log_missing_sd)
    own = np.where(np.isin(kinds, MAGNESIUM_KINDS), SUSPECT_MAGNESIUM, SUSPECT_SCORE)
    deviation = jnp.where(np.isin(kinds, MAGNESIUM_KINDS) | is_share(design), own, points)
    return deviation**2


def _log_people(
    studies: Studies, some: Bool[np.ndarray, "studies rows"]
) -> Float[np.ndarray, "studies rows"]:
    of_rows: np.ndarray = log_people_per_score(studies.design)[studies.bucket.row]
    return np.where(some, of_rows, 0.0)
