"""How courses that are solved for a few people of a study are read for all of them."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.problem.people.crowd import NOBODY, Admitted, interpolation, quantiles
from windup.fit.problem.people.merging import Merged
from windup.fit.problem.people.standing import CELLS, LOG_ODDS

# Shares of the admitted below the people whose courses are solved; all others are read between them.
LEVELS = (0.06, 0.5, 0.94)
# Least distance of neighbouring ones, log odds: where all people have nearly the same pain.
_APART = 0.05
# Log odds within which a pain that is sought and the least one blend.
_SMOOTH = 0.02

# Log gains whose people are solved, SDs from the median; others are read between them.
GAINS = np.linspace(-2.0, 2.0, 5)
# The same where a cause is taken away: at a gain of 1 what is left of pain leaps.
GAINS_WITHOUT_CAUSE = np.linspace(-2.0, 2.0, 9)


class Reading(NamedTuple):
    """Moments of a change of pain in all people of a study, from its changes in those who are solved.

    Attributes
    ----------
    share
        Weight of each of them in the mean change.
    with_report, products
        Means of the products of a change at a node with a later report, and of two changes.
    """

    share: Float[Array, "gains studies nodes"]
    with_report: Float[Array, "gains studies nodes"]
    products: Float[Array, "gains studies nodes gains nodes"]

    def moments(
        self, study: np.ndarray, change: Float[Array, "gains visits nodes"]
    ) -> tuple[Array, Array, Array]:
        """Mean change, mean product with the later report, mean square, of visits of these studies."""
        return (
            jnp.sum(self.share[:, study] * change, axis=(0, 2)),
            jnp.sum(self.with_report[:, study] * change, axis=(0, 2)),
            jnp.einsum("gvn,gvnhm,hvm->v", change, self.products[:, study], change),
        )


def read_at(
    inside: Admitted, people: Merged, levels: tuple[float, ...], lowest: Float[Array, "gains studies"]
) -> tuple[Float[Array, "gains studies nodes"], Reading]:
    """Pains at entry of the people who are solved, and how changes of theirs are read for all.

    Parameters
    ----------
    inside, people
        The admitted, and where they stand.
    levels
        Shares of the admitted of a gain below the people who are solved.
    lowest
        Log odds of the least pain at which people of a gain stand (`Balance.lowest`). Some whose gain is only
        near to it have less; a person of this gain with so little pain would not stay there.
    """
    count, cells = len(levels), people.log_odds.shape[1]
    apart = _APART * (np.arange(count) - (count - 1) / 2.0)
    above = _APART * np.arange(count)
    ends = jnp.asarray(LOG_ODDS[:: CELLS // cells])

    def of_gain(weight: Array, lowest: Array) -> tuple[Array, Array]:
        within = weight / jnp.maximum(weight.sum(axis=1, keepdims=True), NOBODY)
        sought, least = quantiles(within, ends, levels) + apart, lowest[:, None] + above
        # The larger, without a bend in the density where they change places.
        at = _SMOOTH * jnp.logaddexp(sought / _SMOOTH, least / _SMOOTH)
        return at, interpolation(at, people.log_odds)

    nodes, read = jax.vmap(of_gain, in_axes=(1, 0))(inside.weight[:, None] * people.near, lowest)
    weighted = inside.weight[:, None] * people.reading
    pairs = inside.weight[:, None, None] * people.products
    return 10.0 / (1.0 + jnp.exp(-nodes)), Reading(
        jnp.einsum("sgc,gsnc->gsn", weighted, read),
        jnp.einsum("sgc,gsnc->gsn", weighted * inside.later_of_cell[:, None], read),
        jnp.einsum("sghc,gsnc,hsmc->gsnhm", pairs, read, read),
    )
