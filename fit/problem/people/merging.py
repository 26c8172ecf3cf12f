"""People of one cell of pain taken together, whatever their drive and gain."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.problem.people.crowd import hats
from windup.fit.problem.people.standing import Standing


class Merged(NamedTuple):
    """People of every study by cells of pain, before admission.

    Attributes
    ----------
    log_share, log_odds
        Log share of people, and the mean log odds of their pain.
    near
        Their mean share in each of the gains that are solved: of two neighbours, by distance.
    reading
        Mean weight of what is known at each of these gains.
    products
        Mean product of two such weights.
    """

    log_share: Float[Array, "studies cells"]
    log_odds: Float[Array, "studies cells"]
    near: Float[Array, "studies gains cells"]
    reading: Float[Array, "studies gains cells"]
    products: Float[Array, "studies gains gains cells"]


def merged(standing: Standing, gains: Float[np.ndarray, " gains"], *, lines: bool = False) -> Merged:
    """People of all drives, by cells of pain.

    Parameters
    ----------
    standing
        Who stands where.
    gains
        Log gains of people who are solved, SDs from the median.
    lines
        Between gains read lines, for what leaps at a gain; else the polynomial through all.
    """
    of_drive, log_share, log_odds = of_all_drives(standing)

    def mean(of_people: Array) -> Array:
        """Over drives, which are the first axis."""
        return jnp.sum(of_drive * of_people, axis=0)

    if len(gains) == 1:
        one = jnp.ones_like(log_odds)[:, None]
        return Merged(log_share, log_odds, one, one, one[:, None])
    gain = jnp.clip(standing.gain, gains[0], gains[-1])
    if lines:
        each = jax.vmap(lambda gain: hats(jnp.broadcast_to(gains, (len(gain), len(gains))), gain))(gain)
        near = jnp.einsum("dsc,dsgc->sgc", of_drive, each)
        return Merged(
            log_share, log_odds, near, near, jnp.einsum("dsc,dsgc,dshc->sghc", of_drive, each, each)
        )
    # Weights are polynomials of the gain, the same for all: means of its powers give theirs.
    powers = [jnp.ones_like(log_odds)]
    power = gain
    for _ in range(2 * len(gains) - 2):
        powers.append(mean(power))
        power = power * gain
    means = jnp.stack(powers, axis=1)
    weights = np.linalg.inv(np.vander(gains, increasing=True)).T
    products = np.array([[np.convolve(one, other) for other in weights] for one in weights])
    corners = [mean(jnp.abs(gain - corner)) for corner in gains[1:-1]]
    bends = jnp.concatenate([means[:, :2], jnp.stack(corners, axis=1)], axis=1)
    return Merged(
        log_share,
        log_odds,
        jnp.einsum("gk,skc->sgc", _hats_of_bends(gains), bends),
        jnp.einsum("gk,skc->sgc", weights, means[:, : len(gains)]),
        jnp.einsum("ghk,skc->sghc", products, means),
    )


def of_all_drives(standing: Standing) -> tuple[Array, Array, Array]:
    """Share of each drive in the people of a cell, log share of these, mean log odds of their pain."""
    of_drive = jax.nn.softmax(standing.log_share, axis=0)
    log_share = jax.scipy.special.logsumexp(standing.log_share, axis=0)
    return of_drive, log_share, jnp.sum(of_drive * standing.log_odds, axis=0)


def _hats_of_bends(gains: Float[np.ndarray, " gains"]) -> Float[np.ndarray, "gains functions"]:
    """The lines between neighbours as sums of 1, the gain, and its distances from the inner nodes."""
    distances = np.abs(gains[:, None] - gains[None, 1:-1])
    known = np.column_stack([np.ones_like(gains), gains, distances])
    weights: np.ndarray = np.linalg.inv(known).T
    return weights
