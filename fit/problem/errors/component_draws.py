r"""Draws of a study's effects and rows from the mixture of `windup.fit.problem.errors.components`.

A component is drawn first, given the rows that are known. Within it all is jointly normal, and what is drawn
without data is moved to the data (Matheron's rule; Doucet 2010): with effects :math:`b_0` and rows
:math:`y_0 = Z b_0 + e_0` of the component,

.. math:: b = b_0 + \mathrm{cov}(b, y_K)\, \Sigma_{KK}^{-1} (y_K - y_{0K}),

and the same for rows, where :math:`K` are the known rows.

References
----------
Doucet A. A note on efficient conditional simulation of Gaussian distributions. Technical report,
University of British Columbia, 2010.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from windup.fit.problem.errors.components import Prior, log_joint_of_some, of_some
from windup.fit.problem.observation import Joint


class DrawnStudies(NamedTuple):
    """Effects, and deviations of rows from their expectation, suspect row included."""

    effects: Float[Array, "studies columns"]
    deviation: Float[Array, "studies rows"]


def draw_new(rng_key: Array, parts: Joint, prior: Prior) -> DrawnStudies:
    """Studies given nothing."""
    width_key, row_key, draw_key = jax.random.split(rng_key, 3)
    shape = parts.count.shape
    wide = jax.random.categorical(width_key, prior.log_width, shape=shape)
    suspect = jax.random.categorical(row_key, prior.log_row, axis=-1)
    return _free(draw_key, parts, _width(prior, wide), _added(prior, suspect))


def draw_given(
    rng_key: Array, parts: Joint, prior: Prior, some: Bool[np.ndarray, "studies rows"]
) -> DrawnStudies:
    """Studies given some of their rows; those rows have the deviation that they have."""
    component_key, draw_key = jax.random.split(rng_key)
    log_joint = log_joint_of_some(parts, prior, parts.residual, some)
    flat = jnp.moveaxis(log_joint, 0, 1).reshape(log_joint.shape[1], -1)
    chosen = jax.random.categorical(component_key, flat, axis=-1)
    wide, suspect = jnp.divmod(chosen, log_joint.shape[2])
    width, added = _width(prior, wide), _added(prior, suspect)
    free = _free(draw_key, parts, width, added)
    scaled = parts.loads * (width[:, None] * parts.spread)[:, None, :]
    whole = parts.error + scaled @ jnp.swapaxes(scaled, 1, 2) + added[:, :, None] * jnp.eye(added.shape[1])
    inverse, _ = of_some(whole, some)
    pull = jnp.einsum("srt,st->sr", inverse, parts.residual - free.deviation)
    effects = free.effects + width[:, None] * parts.spread * jnp.einsum("src,sr->sc", scaled, pull)
    return DrawnStudies(effects, free.deviation + jnp.einsum("srt,st->sr", whole, pull))


def _free(rng_key: Array, parts: Joint, width: Array, added: Array) -> DrawnStudies:
    effect_key, error_key, added_key = jax.random.split(rng_key, 3)
    effects = width[:, None] * parts.spread * jax.random.normal(effect_key, parts.spread.shape)
    error = draw_error(error_key, parts) + jnp.sqrt(added) * jax.random.normal(added_key, added.shape)
    return DrawnStudies(effects, jnp.einsum("src,sc->sr", parts.loads, effects) + error)


def draw_error(rng_key: Array, parts: Joint) -> Float[Array, "studies rows"]:
    """Sampling errors and misfits."""
    noise = jax.random.normal(rng_key, parts.residual.shape)
    return jnp.einsum("srt,st->sr", jnp.linalg.cholesky(parts.error), noise)


def _width(prior: Prior, wide: Array) -> Float[Array, " studies"]:
    return jnp.asarray(prior.widths)[wide]


def _added(prior: Prior, suspect: Array) -> Float[Array, "studies rows"]:
    """``suspect`` counts from 1; 0 is none."""
    rows = prior.added_variance.shape[1]
    return jnp.where(suspect[:, None] == 1 + jnp.arange(rows), prior.added_variance, 0.0)
