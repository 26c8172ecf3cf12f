"""Curves of steady states that studies share, and what is read off them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from windup.fit.design.arrays import Design
from windup.fit.problem.people.standing import CELLS, LOG_ODDS, WIDTH
from windup.models import Enrolled


def rows_of(people: Enrolled[Any]) -> Array:
    """Log drive of patients, and the leaves of their states, after the axis of gains."""
    return jnp.stack([jnp.log(people.strength), *jax.tree.leaves(people.state)], axis=1)


def curves(design: Design) -> tuple[Int[np.ndarray, " studies"], Int[np.ndarray, " curves"]]:
    """Curve of steady states of every study, and the first study of each.

    Studies of one kind of illness and one intake share a curve; an intake that is an unknown has its own.
    """
    own = np.where(design.with_magnesium & design.painful, np.arange(1, len(design.studies) + 1), 0)
    kinds = np.column_stack([design.central_share, design.habitual_magnesium, own])
    _, first, which = np.unique(kinds, axis=0, return_index=True, return_inverse=True)
    return which.ravel(), first


def read(curve: Array, curve_of: np.ndarray, log_odds: Array) -> Array:
    """Rows of curves at these log odds of pain, by the cubic through four neighbours."""
    place = (log_odds - LOG_ODDS[0]) / WIDTH
    left = jnp.clip(jnp.floor(jax.lax.stop_gradient(place)).astype(int), 1, CELLS - 2)
    s = jnp.clip(place - left, -1.0, 2.0)
    weights = (
        -s * (s - 1.0) * (s - 2.0) / 6.0,
        (s + 1.0) * (s - 1.0) * (s - 2.0) / 2.0,
        -(s + 1.0) * s * (s - 2.0) / 2.0,
        (s + 1.0) * s * (s - 1.0) / 6.0,
    )
    around = jnp.stack([curve[:, curve_of[:, None], left + step] for step in (-1, 0, 1, 2)])
    return jnp.einsum("wsn,wrsn->rsn", jnp.stack(weights), around)
