r"""Kinetics in two compartments, within hours of a dose: sums of exponentials in closed form.

Amounts :math:`A_1` (central) and :math:`A_2` (peripheral) obey

.. math:: \dot A_1 = r(t) - (k_{10} + k_{12}) A_1 + k_{21} A_2, \quad
    \dot A_2 = k_{12} A_1 - k_{21} A_2,

with :math:`k_{10} = CL/V_1`, :math:`k_{12} = Q/V_1` and :math:`k_{21} = Q/V_2`. The central concentration
after a unit dose at once is :math:`h(t) = a\, e^{-\alpha t} + b\, e^{-\beta t}`
(Gabrielsson and Weiner 2016),

.. math:: \alpha, \beta = \tfrac12\Big(s \pm \sqrt{s^2 - 4 k_{10} k_{21}}\Big), \quad
    a = \frac{\alpha - k_{21}}{V_1 (\alpha - \beta)}, \quad
    b = \frac{k_{21} - \beta}{V_1 (\alpha - \beta)}, \quad s = k_{10} + k_{12} + k_{21}.

What follows another quantity with a rate :math:`k`, :math:`\dot y = k (x - y)`, has one exponential more
(`following`): an effect site, CSF, or a dose that is absorbed. Time is in hours, volumes are in litres.

References
----------
Gabrielsson J, Weiner D. Pharmacokinetic and Pharmacodynamic Data Analysis. 5th ed. Apotekarsocieteten 2016.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# Least relative distance of two rates. Where they meet, the closed form divides 0 by 0: a rate that is nearer
# counts as one that is so far away, which moves a level by as small a share, and leaves eleven digits.
_APART = 1e-5


class Exponentials(NamedTuple):
    r"""Response to a unit dose at once, :math:`h(t) = \sum_i w_i e^{-\lambda_i t}` from its moment on.

    Attributes
    ----------
    weight
        :math:`w_i`, in the unit of the response per unit of the dose.
    rate
        :math:`\lambda_i`, per hour, all above 0.
    """

    weight: Float[Array, " terms"]
    rate: Float[Array, " terms"]


class Given(NamedTuple):
    """Doses, one entry per dose; all known numbers.

    Attributes
    ----------
    amount
        Of the whole dose.
    start, end
        Hours at which it begins and ends; the same for a dose at once. The rate between them is constant.
    """

    amount: Float[np.ndarray, " doses"]
    start: Float[np.ndarray, " doses"]
    end: Float[np.ndarray, " doses"]


def two_compartments(
    clearance: Float[Array, ""] | float,
    central: Float[Array, ""] | float,
    peripheral: Float[Array, ""] | float,
    exchange: Float[Array, ""] | float,
) -> Exponentials:
    """Central concentration after a unit dose at once.

    Parameters
    ----------
    clearance, exchange
        From the central compartment, and between the two, L/h.
    central, peripheral
        Volumes, L.
    """
    out, there, back = clearance / central, exchange / central, exchange / peripheral
    total = out + there + back
    # (out + there - back)^2 + 4 there back: the discriminant as a sum, which rounding never makes negative.
    root = jnp.sqrt((out + there - back) ** 2 + 4.0 * there * back)
    fast = 0.5 * (total + root)
    slow = out * back / fast
    weight = jnp.stack([fast - back, back - slow]) / (central * root)
    return Exponentials(weight, jnp.stack([fast, slow]))


def following(source: Exponentials, rate: Float[Array, ""] | float) -> Exponentials:
    r"""Response of :math:`\dot y = k (x - y)` where :math:`x` responds as ``source``.

    .. math:: y(t) = \sum_i \frac{w_i k}{k - \lambda_i} \big(e^{-\lambda_i t} - e^{-k t}\big)

    A dose that is absorbed with the rate :math:`k` has the same form.

    Parameters
    ----------
    source
        What is followed.
    rate
        :math:`k`, per hour.
    """
    gap = rate - source.rate
    least = _APART * source.rate
    gap = jnp.where(jnp.abs(gap) < least, least, gap)
    weight = source.weight * (source.rate + gap) / gap
    # Each term has the rate that its distance is from.
    rates = source.rate + gap
    return Exponentials(
        jnp.concatenate([weight, -weight]), jnp.concatenate([source.rate, jnp.broadcast_to(rates, gap.shape)])
    )


def scaled_by(source: Exponentials, factor: Float[Array, ""] | float) -> Exponentials:
    """The same response, times a factor."""
    return source._replace(weight=source.weight * factor)


def level_at(
    hours: Float[np.ndarray, " times"], response: Exponentials, doses: Given
) -> Float[Array, " times"]:
    r"""Level at some times after several doses, which add.

    A dose :math:`D` at a constant rate from :math:`t_0` to :math:`t_1` gives

    .. math:: \frac{D}{t_1 - t_0} \sum_i \frac{w_i}{\lambda_i}
        \big(e^{-\lambda_i \max(t - t_1, 0)} - e^{-\lambda_i (t - t_0)}\big), \quad t > t_0,

    and one at once :math:`D\, h(t - t_0)`. At the very moment of a dose it has not been given yet.

    Parameters
    ----------
    hours
        Times.
    response
        To a unit dose at once.
    doses
        What was given.
    """
    since = np.maximum(hours[:, None] - doses.start, 0.0)[..., None]
    after = np.maximum(hours[:, None] - doses.end, 0.0)[..., None]
    begun = hours[:, None] > doses.start
    length = doses.end - doses.start
    at_once = length <= 0.0
    weight, rate = response.weight[None, None, :], response.rate[None, None, :]
    fast = jnp.sum(weight * jnp.exp(-rate * since), axis=-1)
    # e^{-la} - e^{-ls} = e^{-la} (1 - e^{-l(s - a)}): no digits are lost where little has been given.
    part = -jnp.exp(-rate * after) * jnp.expm1(-rate * (since - after))
    slow = jnp.sum(weight / rate * part, axis=-1) / np.where(at_once, 1.0, length)[None, :]
    per_dose = jnp.where(at_once[None, :], fast, slow) * doses.amount[None, :]
    total: Float[Array, " times"] = jnp.sum(jnp.where(begun, per_dose, 0.0), axis=1)
    return total
