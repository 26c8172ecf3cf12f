"""People of one cell of pain taken together, whatever their drive and gain."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.problem.people.gains.averages import averages
from windup.fit.problem.people.gains.normal_gains import Gains
from windup.fit.problem.people.standing import Standing

# Log gains, in SDs, beyond which a mean does not matter: people are read at the last node.
_FAR = 3.5


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
    gain = jnp.clip(standing.gain, -_FAR, _FAR)
    if lines:
        known = Gains(gain, standing.gain_sd, gains)
        by_line, next_to = jax.vmap(mean)(known.lines()), jax.vmap(mean)(known.products_of_neighbours())
        near, none = jnp.moveaxis(by_line, 1, 0), jnp.zeros_like(next_to[:1])
        same = by_line - jnp.concatenate([next_to, none]) - jnp.concatenate([none, next_to])
        return Merged(log_share, log_odds, near, near, _three_diagonals(same, next_to))
    # Weights are polynomials of the gain, the same for all: means of its powers give theirs.
    found = averages(tuple(map(float, gains)), 2 * len(gains) - 2, of_drive, gain, standing.gain_sd)
    weights = np.linalg.inv(np.vander(gains, increasing=True)).T
    pairs = np.array([[np.convolve(one, other) for other in weights] for one in weights])
    return Merged(
        log_share,
        log_odds,
        jnp.moveaxis(found.lines, 1, 0),
        jnp.einsum("gk,ksc->sgc", weights, found.powers[: len(gains)]),
        jnp.einsum("ghk,ksc->sghc", pairs, found.powers),
    )


def of_all_drives(standing: Standing) -> tuple[Array, Array, Array]:
    """Share of each drive in the people of a cell, log share of these, mean log odds of their pain."""
    of_drive = jax.nn.softmax(standing.log_share, axis=0)
    log_share = jax.scipy.special.logsumexp(standing.log_share, axis=0)
    return of_drive, log_share, jnp.sum(of_drive * standing.log_odds, axis=0)


def _three_diagonals(
    same: Float[Array, "gains studies cells"], next_to: Float[Array, "pairs studies cells"]
) -> Float[Array, "studies gains gains cells"]:
    """Matrices with these diagonals, symmetric."""
    place = np.arange(len(same))
    one, other = place[:-1], place[1:]
    square = jnp.zeros((len(same), *same.shape)).at[place, place].set(same)
    return jnp.moveaxis(square.at[one, other].set(next_to).at[other, one].set(next_to), 2, 0)
