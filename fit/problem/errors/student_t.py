r"""One multivariate Student t for all rows of a study; responder shares are binomial given drawn effects.

See `windup.fit.problem.observation` for its density.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Bool, Float
from numpyro import distributions as dist

from windup.fit.design.arrays import Design, Observed
from windup.fit.design.buckets import Bucket, build_buckets
from windup.fit.problem.errors.error_model import (
    ErrorModel,
    GivenOthers,
    SimulatedStudies,
    Sites,
    Studies,
    StudyEffects,
    Suspicion,
)
from windup.fit.problem.errors.responders import responder_log_likelihood
from windup.fit.problem.errors.study_effects import (
    draw_study_effects,
    drawn_effects,
    study_effects,
    study_scale,
)
from windup.fit.problem.observation import (
    Expected,
    Joint,
    Marginal,
    Nuisance,
    columns_of,
    covariance,
    distance_and_half_log_det,
    marginal,
    student_t,
)


def degrees_of_freedom_of(draw: Mapping[str, Any]) -> Any:
    """Degrees of freedom of the Student t of a study's rows; above 2, so that it has a variance."""
    return 2.0 + draw["degrees_of_freedom_above_2"]


@final
@dataclass(frozen=True)
class StudentT(ErrorModel):
    """Rows of a study are one multivariate Student t, with one scale for the study."""

    @property
    def priors(self) -> dict[str, dist.Distribution]:
        """Prior of the degrees of freedom (expert)."""
        return {"degrees_of_freedom_above_2": dist.LogNormal(np.log(4.0), 0.6)}

    def buckets(self, design: Design) -> tuple[Bucket, ...]:
        """Shares of responders apart from the other rows."""
        return build_buckets(design)

    def expected(self, design: Design, expected: Expected, nuisance: Nuisance) -> Expected:
        """As it is: rows have their errors in their own units."""
        return expected

    def on_error_scale(self, design: Design, observed: Observed) -> Observed:
        """As published."""
        return observed

    def published(self, design: Design, values: Float[Array, " rows"]) -> Float[Array, " rows"]:
        """As they are."""
        return values

    def sample_effects(self, design: Design, buckets: tuple[Bucket, ...], draw: Any) -> dict[str, Array]:
        """Effects and precisions of studies with responder shares."""
        sites: dict[str, Array] = {}
        for number, bucket in enumerate(buckets):
            if bucket.responder.shape[1]:
                degrees = degrees_of_freedom_of(draw)
                sites |= draw_study_effects(bucket, columns_of(design), degrees, number)
        return sites

    def log_density(self, studies: tuple[Studies, ...], sites: Sites) -> Array:
        """Rows with the effects of their study integrated out, and shares of responders given effects."""
        total: Any = 0.0
        each: list[tuple[Array, Array]] = []
        degrees = studies[0].nuisance.degrees_of_freedom
        for number, design, bucket, nuisance, observed, expected, parts in studies:
            distance, half_log_det = distance_and_half_log_det(parts)
            each.append((distance, parts.count))
            total = total - jnp.sum(half_log_det)
            if bucket.responder.shape[1]:
                rows = marginal(parts, degrees)
                drawn = drawn_effects(sites, number)
                effects, w, log_det = study_effects(
                    design, observed, bucket, expected, nuisance, parts, rows, drawn
                )
                whitened = dist.Normal(0.0, 1.0).log_prob(w) - dist.Normal(0.0, 1.0).log_prob(drawn.z)
                shares = responder_log_likelihood(
                    design, observed, bucket, expected, effects, nuisance.individual_spread
                )
                total = total + jnp.sum(whitened) + jnp.sum(log_det) + jnp.sum(shares)
        # Of all buckets at once: gamma functions are much to compile.
        distance, count = map(jnp.concatenate, zip(*each, strict=True))
        whole: Array = total + jnp.sum(student_t(distance, count, degrees))
        return whole

    def study_log_density(self, studies: Studies) -> Float[Array, " studies"]:
        """Multivariate Student t."""
        return _marginal(studies).log_density

    def given_others(self, studies: Studies) -> GivenOthers:
        """Each row given the others is a Student t again."""
        return GivenOthers(
            *given_rows(studies.parts, _marginal(studies), studies.nuisance.degrees_of_freedom)
        )

    def effects_given_rows(self, rng_key: Array, studies: Studies, sites: Sites) -> StudyEffects:
        """From the normal mixture that makes a Student t."""
        number, design, bucket, nuisance, observed, expected, parts = studies
        rows = _marginal(studies)
        if bucket.responder.shape[1]:
            drawn = drawn_effects(sites, number)
            scale = study_scale(parts, rows, nuisance, drawn)
            effects, _, _ = study_effects(design, observed, bucket, expected, nuisance, parts, rows, drawn)
            return StudyEffects(effects, scale)
        keys = jax.random.split(rng_key, 4)
        degrees = nuisance.degrees_of_freedom + parts.count
        # Scale mixture of the Student t given the rows: the same scale for effects and errors of a study.
        gamma = jax.random.gamma(keys[0], degrees / 2.0)
        scale = jnp.sqrt((nuisance.degrees_of_freedom + rows.distance) / (2.0 * gamma))
        noise = jax.random.normal(keys[1], parts.spread.shape) * scale[:, None]
        return StudyEffects(rows.effects + jnp.einsum("scd,sd->sc", rows.effects_root, noise), scale)

    def error(
        self, rng_key: Array, studies: Studies, scale: Float[Array, " studies"]
    ) -> Float[Array, "studies rows"]:
        """Normal errors times the scale of the study."""
        noise = jax.random.normal(rng_key, studies.parts.residual.shape) * scale[:, None]
        return jnp.einsum("srt,st->sr", jnp.linalg.cholesky(studies.parts.error), noise)

    def simulate(self, rng_key: Array, studies: Studies) -> SimulatedStudies:
        """From the normal mixture that makes a Student t."""
        parts, bucket = studies.parts, studies.bucket
        precision_key, effect_key, error_key, _ = jax.random.split(rng_key, 4)
        half = studies.nuisance.degrees_of_freedom / 2.0
        precision = jax.random.gamma(precision_key, half, (len(bucket.study),)) / half
        scale = 1.0 / jnp.sqrt(precision)[:, None]
        effects = scale * parts.spread * jax.random.normal(effect_key, parts.spread.shape)
        error = jnp.einsum(
            "srt,st->sr",
            jnp.linalg.cholesky(parts.error),
            scale * jax.random.normal(error_key, parts.residual.shape),
        )
        rows = studies.expected.mean[bucket.row] + jnp.einsum("src,sc->sr", parts.loads, effects) + error
        return SimulatedStudies(precision, effects, rows)

    def log_density_of_some(
        self,
        studies: Studies,
        residual: Float[Array, "points studies rows"],
        some: Bool[np.ndarray, "studies rows"],
    ) -> Float[Array, "points studies"]:
        """Multivariate Student t of fewer rows."""
        inverse, half_log_det = inverse_of_some(covariance(studies.parts), some)
        distance = jnp.einsum("gsr,srt,gst->gs", residual, inverse, residual)
        count = jnp.asarray(some.sum(axis=1), float)
        density: Array = student_t(distance, count, studies.nuisance.degrees_of_freedom) - half_log_det
        return density

    def others_given_some(
        self, rng_key: Array, studies: Studies, some: Bool[np.ndarray, "studies rows"]
    ) -> tuple[Float[Array, "studies rows"], Float[Array, "studies rows"]]:
        """Each row on its own."""
        parts, nu = studies.parts, studies.nuisance.degrees_of_freedom
        whole = covariance(parts)
        inverse, _ = inverse_of_some(whole, some)
        gain = jnp.einsum("srt,stu->sru", whole, inverse)
        moved = jnp.einsum("srt,st->sr", gain, parts.residual)
        left = jnp.diagonal(whole, axis1=1, axis2=2) - jnp.einsum("srt,srt->sr", gain, whole)
        distance = jnp.einsum("sr,srt,st->s", parts.residual, inverse, parts.residual)
        count = some.sum(axis=1)
        scale = jnp.sqrt((nu + distance) / (nu + count))[:, None]
        t_key, own_key, _ = jax.random.split(rng_key, 3)
        noise = jax.random.t(t_key, (nu + count)[:, None], moved.shape)
        mean = studies.expected.mean[studies.bucket.row]
        others = mean + moved + scale * jnp.sqrt(jnp.maximum(left, 1e-12)) * noise
        own = jax.random.t(own_key, nu, moved.shape) * jnp.sqrt(jnp.diagonal(whole, axis1=1, axis2=2))
        return others, own

    def location_covariance(self, studies: Studies) -> Float[Array, "studies rows rows"]:
        r"""Exact: :math:`V (\nu + n + 2)/(\nu + n)` with the scale matrix :math:`V`."""
        total = studies.nuisance.degrees_of_freedom + studies.parts.count
        return covariance(studies.parts) * ((total + 2.0) / total)[:, None, None]

    def suspicion(self, studies: Studies) -> Suspicion | None:
        """None: the scale of a study is of all its rows."""
        return None

    def new_study_scale(
        self, generator: np.random.Generator, draws: Mapping[str, Any], count: int
    ) -> Float[np.ndarray, " draws"]:
        """Root of an inverse gamma variable, the same for effects and rows of a study."""
        degrees = degrees_of_freedom_of({name: np.asarray(value) for name, value in draws.items()})
        scale: Float[np.ndarray, " draws"] = np.sqrt(degrees / generator.chisquare(degrees))
        return scale


STUDENT_T = StudentT()


def given_rows(parts: Joint, rows: Marginal, degrees_of_freedom: Array) -> tuple[Array, Array, Array]:
    """Log density, score and degrees of freedom of every row given the others (meaningless where padded).

    One row given the others of a Student t is a Student t again (Ding 2016, Am Stat 70:293,
    arXiv 1604.00561).
    """
    solved, own = residual_given_others(rows.root, parts.residual)
    z_squared = solved**2 / own
    others = degrees_of_freedom + parts.count - 1.0
    scale = (degrees_of_freedom + rows.distance[:, None] - z_squared) / others[:, None]
    log_density = student_t(z_squared / scale, jnp.ones(()), others[:, None]) - 0.5 * jnp.log(scale / own)
    score = solved / jnp.sqrt(own * scale)
    return log_density, score, jnp.broadcast_to(others[:, None], score.shape)


def residual_given_others(root: Array, residual: Array) -> tuple[Array, Array]:
    r"""Of a covariance :math:`\Sigma = L L^T`: :math:`\Sigma^{-1} r` and the diagonal of :math:`\Sigma^{-1}`.

    The residual of a row given the others is the first over the second, its variance one over the second.
    """
    identity = jnp.broadcast_to(jnp.eye(root.shape[1]), root.shape)
    solved = cho_solve((root, True), residual[..., None])[..., 0]
    own = jnp.diagonal(cho_solve((root, True), identity), axis1=1, axis2=2)
    return solved, own


def inverse_of_some(scale: Array, some: np.ndarray) -> tuple[Array, Array]:
    """Inverse of the scale matrix of some rows (0 elsewhere), and half the log of its determinant."""
    both = some[:, :, None] & some[:, None, :]
    identity = jnp.eye(scale.shape[1])
    root = jnp.linalg.cholesky(jnp.where(both, scale, identity))
    inverse = cho_solve((root, True), jnp.broadcast_to(identity, scale.shape))
    half_log_det = jnp.sum(jnp.log(jnp.diagonal(root, axis1=1, axis2=2)), axis=1)
    return jnp.where(both, inverse, 0.0), half_log_det


def _marginal(studies: Studies) -> Marginal:
    return marginal(studies.parts, studies.nuisance.degrees_of_freedom)
