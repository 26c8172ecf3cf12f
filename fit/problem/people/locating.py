"""What drive people need to have on the mean so that their pain has a given mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# Log drives between which it is sought, from that which holds the most pain: below, nobody has any drive to
# speak of; above, all have the most.
_BELOW, _ABOVE = 10.0, 2.0
# Steps of the search; Newton's last one takes what is left of the error to its square.
_STEPS = 9
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


def located(
    mean: Callable[[Float[Array, " studies"]], Float[Array, " studies"]],
    asked: Float[Array, " studies"],
    largest: Float[Array, " studies"],
) -> Float[Array, " studies"]:
    r"""Log drive :math:`\mu` of every study at which :math:`m(\mu)` is what is asked for.

    Found by false position (Illinois), whose steps no gradient passes through. One step of Newton's method
    from there gives the value and, by the implicit function theorem, its gradient. Log odds are nearly a line
    of log drive. Where loops alone hold more than is asked for, the least drive is taken.

    Parameters
    ----------
    mean
        Log odds of mean pain :math:`m`, which rise with the log drive of a study and depend on no other's.
    asked
        Those that are asked for.
    largest
        Log drive that holds the most pain.

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

    ends = jax.lax.stop_gradient(largest)
    low, high, never = ends - _BELOW, ends + _ABOVE, ends < -jnp.inf
    bracket = _Bracket(low, high, off(low), off(high), never, never)
    bracket = jax.lax.fori_loop(0, _STEPS, lambda _, at: _narrowed(off, at), bracket)
    near = _between(bracket)
    here, rise = jax.jvp(mean, (near,), (jnp.ones_like(near),))
    step = (here - asked) / jnp.maximum(jax.lax.stop_gradient(rise), _LEAST_RISE)
    return jnp.clip(near - step, low, high)


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
