"""How courses that are solved for a few people of a study are read for all of them."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.problem.people.crowd import NOBODY, Admitted, hats, interpolation, quantiles
from windup.fit.problem.people.standing import LOG_ODDS, WIDER, Standing

# Shares of the admitted below the people whose courses are solved; all others are read between them.
LEVELS = (0.06, 0.5, 0.94)
# Least distance of neighbouring ones, log odds: where all people have nearly the same pain.
_APART = 0.05

# Log gains whose people are solved, SDs from the median; others are read between them.
GAINS = 1.5 * np.array([-1.0, 0.0, 1.0])
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
    inside: Admitted,
    standing: Standing,
    gains: Float[np.ndarray, " gains"],
    levels: tuple[float, ...],
    *,
    lines: bool = False,
) -> tuple[Float[Array, "gains studies nodes"], Reading]:
    """Pains at entry of the people who are solved, and how changes of theirs are read for all.

    Parameters
    ----------
    inside, standing
        The admitted, and where they stand.
    gains
        Log gains of people who are solved, SDs from the median.
    levels
        Shares of the admitted of a gain below the people who are solved.
    lines
        Between gains read lines, for what leaps at a gain; else the polynomial through all.
    """
    count, studies = len(levels), len(standing.gain)
    apart = _APART * (np.arange(count) - (count - 1) / 2.0)
    ends = LOG_ODDS[::WIDER] if len(gains) > 1 else LOG_ODDS
    if len(gains) > 1:
        known = jnp.broadcast_to(jnp.asarray(gains), (studies, len(gains)))
        near = hats(known, standing.gain)
        reading = near if lines else interpolation(known, standing.gain)
    else:
        reading = near = jnp.ones_like(standing.gain)[:, None]

    def of_cells(each: Array) -> Float[Array, "studies ... cells"]:
        """Sums over all drives."""
        return each.reshape(*each.shape[:-1], -1, len(ends) - 1).sum(axis=-2)

    # People of one cell of pain have nearly the same, whatever their drive and gain.
    people = of_cells(inside.weight)
    here = people > NOBODY
    mean = of_cells(inside.weight * standing.log_odds) / jnp.where(here, people, 1.0)
    log_odds = jnp.where(here, mean, (ends[1:] + ends[:-1]) / 2.0)

    def of_gain(weight: Array) -> tuple[Array, Array]:
        within = weight / jnp.maximum(weight.sum(axis=1, keepdims=True), NOBODY)
        at = quantiles(within, jnp.asarray(ends), levels) + apart
        return at, interpolation(at, log_odds)

    nodes, read = jax.vmap(of_gain, in_axes=1)(of_cells(inside.weight[:, None] * near))
    weighted = inside.weight[:, None] * reading
    pairs = of_cells(weighted[:, :, None] * reading[:, None])
    return 10.0 / (1.0 + jnp.exp(-nodes)), Reading(
        jnp.einsum("sgc,gsnc->gsn", of_cells(weighted), read),
        jnp.einsum("sgc,gsnc->gsn", of_cells(weighted * inside.later_of_cell[:, None]), read),
        jnp.einsum("sghc,gsnc,hsmc->gsnhm", pairs, read, read),
    )
