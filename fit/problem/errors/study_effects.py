"""Effects of studies with responder shares: what is sampled for them, and the effects that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array
from numpyro import distributions as dist

from windup.fit.design.arrays import Design, Observed
from windup.fit.design.buckets import Bucket
from windup.fit.problem.errors.responders import given_shares
from windup.fit.problem.observation import Expected, Joint, Marginal, Nuisance


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


def draw_study_effects(
    bucket: Bucket, columns: int, degrees_of_freedom: Array, number: int
) -> dict[str, Array]:
    """Sample effects (``columns`` of each study) and precisions of a bucket, by the names of their sites."""
    effects, precision = effect_sites(number)
    shape = (len(bucket.study), columns)
    half = (degrees_of_freedom + np.sum(bucket.present, axis=1)) / 2.0
    return {
        effects: numpyro.sample(effects, dist.Normal(0.0, 1.0).expand(shape).to_event(2)),
        precision: numpyro.sample(precision, dist.Gamma(half, half).to_event(1)),
    }


def drawn_effects(sites: Mapping[str, Array], number: int) -> DrawnEffects:
    """What was sampled for a bucket."""
    return DrawnEffects(*(sites[name] for name in effect_sites(number)))


def study_scale(parts: Joint, rows: Marginal, nuisance: Nuisance, drawn: DrawnEffects) -> Array:
    r"""Scale of each study in the normal mixture that makes a Student t.

    Given the rows its precision is :math:`\Gamma\big((\nu + n)/2, (\nu + \delta)/2\big)`.
    """
    mean = (nuisance.degrees_of_freedom + parts.count) / (nuisance.degrees_of_freedom + rows.distance)
    return 1.0 / jnp.sqrt(mean * drawn.precision)


def study_effects(
    design: Design,
    observed: Observed,
    bucket: Bucket,
    expected: Expected,
    nuisance: Nuisance,
    parts: Joint,
    rows: Marginal,
    drawn: DrawnEffects,
) -> tuple[Array, Array, Array]:
    """Effects of studies with responder shares: themselves, whitened, and the log det of the map from z."""
    scale = study_scale(parts, rows, nuisance, drawn)
    spread = nuisance.individual_spread
    w, log_det = given_shares(design, observed, bucket, expected, rows, scale, spread, drawn.z)
    return rows.effects + scale[:, None] * jnp.einsum("scd,sd->sc", rows.effects_root, w), w, log_det
