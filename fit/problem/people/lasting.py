r"""Whose pain would last if its cause were taken away, read off the curve of steady states.

A person with the factor :math:`f` on the gains of the loops stands at the pain :math:`p_0` by the drive
:math:`u(p_0, f)` (`windup.fit.problem.people.standing`). When the drive falls to :math:`u'`, pain goes
down the curve to the next pain that :math:`u'` holds, and no further:

.. math:: \text{lasts} \iff \min_{p_0 / 2 \le p \le p_0} u(p, f) \le u'.

At least half of the pain stays then. Without its peripheral cause a person has the central share of the drive
left, without any cause nothing. The rule is exact for one slow state. In the cascade states move at different
paces, and it takes the slow way for granted.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from windup.fit.problem.people.crowd import constant
from windup.fit.problem.people.standing import LOG_ODDS, Balance

CAUSES = ("peripheral", "all")
"""What is taken away: the peripheral part of the cause, or all of it."""


def lasting(
    balance: Balance,
    central_share: Float[np.ndarray, " conditions"],
    log_odds: Float[Array, "conditions people"],
    factor: Float[Array, "conditions people"],
) -> Bool[Array, "causes conditions people"]:
    """Whether at least half of the pain of each person would stay, by what is taken away (`CAUSES`).

    Parameters
    ----------
    balance
        Curve of every condition.
    central_share
        Share of the drive that has no peripheral cause.
    log_odds
        Of the pain of each person, as a share of 10.
    factor
        On the gains of their loops.
    """

    ends = constant(LOG_ODDS)
    slopes = balance.slopes() if len(balance.factors) > 1 else jnp.zeros((2, *balance.median.shape))

    def of_condition(
        median: Array, below: Array, above: Array, share: Array, log_odds: Array, factor: Array
    ) -> Array:
        """At every end of a cell the drive that a person needs there, and what is left of it."""
        more = factor[:, None] - 1.0
        needed = median + jnp.where(more < 0.0, more * below, more * above)
        lacking = jax.vmap(jnp.interp, in_axes=(0, None, 0))(log_odds, ends, needed)
        left = jnp.maximum(lacking, 0.0) * jnp.array([[1.0], [0.0]]) * share
        pain = jax.nn.sigmoid(log_odds)
        half = jnp.log(pain / (2.0 - pain))
        between = (ends >= half[:, None]) & (ends <= log_odds[:, None])
        return jnp.min(jnp.where(between, needed, jnp.inf), axis=1) <= left

    # One condition after the other: the table of people and ends is large, and many draws stand side by side.
    of_each = jax.lax.map(
        lambda each: of_condition(*each),
        (balance.median, slopes[0], slopes[1], jnp.asarray(central_share), log_odds, factor),
    )
    found: Array = jnp.moveaxis(of_each, 0, 1)
    return found
