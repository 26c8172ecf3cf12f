"""What drive people need to have on the mean so that their pain has a given mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from windup.fit.problem.people.crowd import constant
from windup.fit.problem.people.standing import Balance, Standing
from windup.models import positive

# Log drives at which means are tabulated, from the one that holds the most pain: below, nobody has any drive
# to speak of; above, all have the most.
PLACES = np.linspace(-10.0, 2.0, 17)
# Steps of the search between two of these; Newton's last one takes what is left of the error to its square.
_STEPS = 4
# Log odds per log drive that the mean rises by at least: where nobody has any drive, less does not lower it.
_LEAST_RISE = 1e-3


class _Bracket(NamedTuple):
    """Two log drives around the one that is sought, how far off the mean is there, and which moved last."""

    low: Array
    high: Array
    off_low: Array
    off_high: Array
    low_moved: Array
    high_moved: Array


def people_of(
    standing: Callable[[Balance, Array], Standing],
    balance: Balance,
    curve_of: Int[np.ndarray, " studies"],
    pains: Float[Array, " studies"],
) -> Standing:
    """People of studies whose mean pain before admission is given.

    Parameters
    ----------
    standing
        Of the balances and log drives of some studies.
    balance, curve_of
        Of all curves, and which is that of each study.
    pains
        Mean pain, NRS points.
    """

    def mean(location: Array, curve: np.ndarray) -> Array:
        return standing(balance.of_studies(curve), location).mean_log_odds()

    largest = jnp.log(positive(balance.median.max(axis=1)))
    places = np.repeat(np.arange(len(largest)), len(PLACES))
    table = tabulated(partial(mean, curve=places), largest).of(curve_of)
    asked = jnp.log(pains / (10.0 - pains))
    location = located(partial(mean, curve=curve_of), asked, table)
    return standing(balance.of_studies(curve_of), location)


class Table(NamedTuple):
    """Log odds of the mean pain of people at log drives `PLACES` from the largest.

    Attributes
    ----------
    largest
        Log drive that holds the most pain.
    log_odds
        At every place.
    """

    largest: Float[Array, " studies"]
    log_odds: Float[Array, "studies places"]

    def of(self, study: np.ndarray) -> Table:
        """Those of these rows."""
        return Table(self.largest[study], self.log_odds[study])


def tabulated(
    mean: Callable[[Float[Array, " rows"]], Float[Array, " rows"]], largest: Float[Array, " studies"]
) -> Table:
    """Table of people of some studies, through which no gradient passes.

    Parameters
    ----------
    mean
        As in `located`; its rows are the places of the first study, then those of the next.
    largest
        Log drive that holds the most pain.
    """
    at = (largest[:, None] + constant(PLACES)).ravel()
    known = Table(largest, mean(at).reshape(len(largest), len(PLACES)))
    found: Table = jax.lax.stop_gradient(known)
    return found


def located(
    mean: Callable[[Float[Array, " studies"]], Float[Array, " studies"]],
    asked: Float[Array, " studies"],
    table: Table,
) -> Float[Array, " studies"]:
    r"""Log drive :math:`\mu` of every study at which :math:`m(\mu)` is what is asked for.

    Found in a table, and between two of its places by false position (Illinois); no gradient passes through
    the search. One step of Newton's method from there gives the value and, by the implicit function theorem,
    its gradient. Log odds are nearly a line of log drive. Where loops alone hold more than is asked for, the
    least drive is taken.

    Parameters
    ----------
    mean
        Log odds of mean pain :math:`m`, which rise with the log drive of a study and depend on no other's.
    asked
        Those that are asked for.
    table
        Of every study.

    References
    ----------
    Dowell M, Jarratt P. A modified regula falsi method for computing the root of an equation. BIT
    1971;11:168-74. doi:10.1007/BF01934364.
    """
    of, known = jax.closure_convert(mean, asked)
    known, sought = jax.lax.stop_gradient((known, asked))

    def off(location: Array) -> Array:
        missing: Array = of(location, *known) - sought
        return missing

    # The last place that has less than is asked for, and the next.
    less = table.log_odds[:, :-1] < sought[:, None]
    left = jnp.max(jnp.where(less, np.arange(len(PLACES) - 1), 0), axis=1)
    low, high = (table.largest + constant(PLACES)[left + step] for step in (0, 1))
    row, never = np.arange(len(asked)), left < 0
    off_low, off_high = (table.log_odds[row, left + step] - sought for step in (0, 1))
    bracket = _Bracket(low, high, off_low, off_high, never, never)
    bracket = jax.lax.fori_loop(0, _STEPS, lambda _, at: _narrowed(off, at), bracket)
    near = _between(bracket)
    here, rise = jax.jvp(mean, (near,), (jnp.ones_like(near),))
    step = (here - asked) / jnp.maximum(jax.lax.stop_gradient(rise), _LEAST_RISE)
    return jnp.clip(near - step, table.largest + PLACES[0], table.largest + PLACES[-1])


def _between(at: _Bracket) -> Array:
    """Where the line between the ends passes through 0."""
    width = at.off_high - at.off_low
    share = -at.off_low / jnp.where(width > 0.0, width, 1.0)
    found: Array = at.low + jnp.clip(share, 0.0, 1.0) * (at.high - at.low)
    return found


def _narrowed(off: Callable[[Array], Array], at: _Bracket) -> _Bracket:
    """The narrower bracket; what an end that stays for a second time is off by counts half."""
    middle = _between(at)
    there = off(middle)
    below = there < 0.0
    return _Bracket(
        jnp.where(below, middle, at.low),
        jnp.where(below, at.high, middle),
        jnp.where(below, there, jnp.where(at.high_moved, 0.5, 1.0) * at.off_low),
        jnp.where(below, jnp.where(at.low_moved, 0.5, 1.0) * at.off_high, there),
        below,
        ~below,
    )
