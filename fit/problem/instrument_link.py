r"""How pain on another instrument follows from pain on 0-10.

Pain :math:`p` of an arm is read on instrument :math:`k` by the patients of study :math:`s` as

.. math:: \frac{y}{10} = \operatorname{expit}\big(\alpha_k + \alpha_{sk} + \beta_k\, \ell(p)\big),

where :math:`y` counts tenths of the range of the instrument, 10 is its worst pain, and :math:`\ell` is the
log odds of :math:`p/10`. With :math:`\alpha_k = \alpha_{sk} = 0` and :math:`\beta_k = 1` a tenth of the range
is a point on 0-10. A shift of 0.5 moves the middle of the scale by 1.2 tenths. A slope above 1 stretches the
middle: there a fall by a point is a fall by :math:`\beta_k` tenths.

An expected course may pass an end of 0-10, because study effects add to it. So the log odds are those of two
smooth steps, with :math:`\sigma(x) = h \log(1 + e^{x/h})` and :math:`h = 0.02`,

.. math:: \ell(p) = \log \sigma(p/10) - \log \sigma(1 - p/10).

Between 1 and 9 they differ from the exact ones by less than 0.002, between 2 and 8 by less than
:math:`5 \cdot 10^{-6}`; beyond the ends :math:`y` tends to its own ends.

Rows enter linearly in the effects of their study, as percent changes do: the mean by the link, and loads by
its slope. The deviation :math:`\alpha_{sk} \sim N(0, \tau_k)` is one for all rows of a study on an
instrument.

Errors of rows are multiplied by the slope, too. Beyond an end the slope vanishes, and a row would be known
exactly. The density of a row that is far off would then be a difference of numbers of :math:`10^{22}`, which
rounding decides. People whose mean is at an end do not all report the end. So errors are multiplied by at
least a tenth (expert), by the smooth maximum :math:`h \log(e^{y'/h} + e^{0.1/h})` of the slope :math:`y'`
and a tenth.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

_STEP = 0.02
# What errors are multiplied by at least.
_LEAST_SLOPE = 0.1


class Links(NamedTuple):
    r"""Parameters of the links, one entry per link of the catalogue.

    Attributes
    ----------
    shift
        :math:`\alpha_k`, log odds.
    slope
        :math:`\beta_k`, log odds per log odds.
    spread
        :math:`\tau_k`, SD of a study's deviation, log odds: one for attacks and menses, one for all others.
    """

    shift: Float[Array, " links"]
    slope: Float[Array, " links"]
    spread: Float[Array, " links"]


class Reading(NamedTuple):
    """Pain as it is read on the instruments of rows.

    Attributes
    ----------
    value
        Tenths of the range.
    slope
        Its derivative by pain on 0-10.
    deviation
        Its derivative by the shift of the link; 0 where pain is read as it is.
    of_errors
        What errors in points of 0-10 are multiplied by: the slope, or a tenth where the slope is less.
    """

    value: Float[Array, "rows visits"]
    slope: Float[Array, "rows visits"]
    deviation: Float[Array, "rows visits"]
    of_errors: Float[Array, "rows visits"]


def log_odds(pain: Array) -> tuple[Array, Array]:
    r"""Smooth log odds :math:`\ell(p)` of pain on 0-10, and their derivative by pain.

    Examples
    --------
    >>> value, slope = log_odds(jnp.asarray(5.0))
    >>> round(float(value), 6), round(float(slope), 6)
    (0.0, 0.4)
    """
    share = pain / 10.0
    low, high = (_STEP * jax.nn.softplus(each / _STEP) for each in (share, 1.0 - share))
    steps = jax.nn.sigmoid(share / _STEP) / low + jax.nn.sigmoid((1.0 - share) / _STEP) / high
    return jnp.log(low) - jnp.log(high), steps / 10.0


def read_on(link: Int[np.ndarray, " rows"], pain: Float[Array, "rows visits"], links: Links) -> Reading:
    """Pain of visits as the instrument of each row reads it; rows whose ``link`` is -1 read it as it is."""
    linked, index = jnp.asarray(link >= 0)[:, None], np.maximum(link, 0)
    odds, per_point = log_odds(pain)
    share = jax.nn.sigmoid(links.shift[index][:, None] + links.slope[index][:, None] * odds)
    per_shift = 10.0 * share * (1.0 - share)
    slope = jnp.where(linked, per_shift * links.slope[index][:, None] * per_point, 1.0)
    return Reading(
        jnp.where(linked, 10.0 * share, pain),
        slope,
        jnp.where(linked, per_shift, 0.0),
        _STEP * jnp.logaddexp(slope / _STEP, _LEAST_SLOPE / _STEP),
    )
