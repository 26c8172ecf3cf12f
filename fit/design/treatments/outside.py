r"""Treatments that no model has a mechanism for: when arms got them, and what they take off pain.

Each class of treatments :math:`c` has one relief :math:`b_c`, which comes and goes with one time constant
:math:`\tau_c`. Its load :math:`l_c` obeys :math:`\tau_c\, \dot l_c = g_c(t) - l_c` with :math:`g_c = 1` while
it is given, else 0. On the log-odds scale of pain the reliefs add up:

.. math:: p(t) = 10\, \mathrm{logit}^{-1}\Big(\mathrm{logit}\frac{p_0(t)}{10} - \sum_c b_c\, l_c(t)\Big)

with the pain :math:`p_0` of the model. Nothing of this enters the equations of a model, a loop or the action
of a drug: an arm that got nothing else is one without drugs there. The scale keeps pain within 0 to 10, and
the same relief takes off less where there is little pain.

Reliefs and time constants are sampled as :math:`\tau_c` and the response after six weeks,

.. math:: r_c = b_c \big(1 - e^{-42 / \tau_c}\big),

which trials see: a slow relief that is large in the end and a quick small one are alike at their visits, so
that :math:`b_c` and :math:`\tau_c` lie on a curved ridge. The prior is that of :math:`b_c`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

RESPONSE_DAYS = 42.0
"""Time of the response, days. At visits of the packaged trials treatment has lasted 4, 8 and 13 weeks
(quartiles). The number leaves prior and density as they are: it decides in which coordinates chains move."""


def built_up(days: Array) -> Array:
    """Share of a relief that is there after ``RESPONSE_DAYS``, by its time constant in days."""
    return -jnp.expm1(-RESPONSE_DAYS / days)


class OutsidePhase(NamedTuple):
    """Days of an arm's clock from which and to which a class of treatments (``drug``) acts."""

    drug: str
    start_day: float
    end_day: float


class Outside(NamedTuple):
    """Phases of all classes before each visit, one entry per visit and phase.

    Attributes
    ----------
    classes
        Classes that the arms received, in alphabetical order.
    visit, of_class
        Index of the visit, and of the class.
    on_days, off_days
        Days for which the phase had lasted at the visit, and days since its end.
    """

    classes: tuple[str, ...]
    visit: Int[np.ndarray, " entries"]
    of_class: Int[np.ndarray, " entries"]
    on_days: Float[np.ndarray, " entries"]
    off_days: Float[np.ndarray, " entries"]


def joined(phases: Iterable[OutsidePhase]) -> tuple[OutsidePhase, ...]:
    """Phases of which those of one class that overlap or meet are one.

    Examples
    --------
    >>> joined([OutsidePhase("diet", 7.0, 21.0), OutsidePhase("diet", 0.0, 14.0)])
    (OutsidePhase(drug='diet', start_day=0.0, end_day=21.0),)
    """
    whole: list[OutsidePhase] = []
    for phase in sorted(phases):
        last = whole[-1] if whole else None
        if last is not None and last.drug == phase.drug and phase.start_day <= last.end_day:
            whole[-1] = last._replace(end_day=max(last.end_day, phase.end_day))
        else:
            whole.append(phase)
    return tuple(whole)


def outside_at(
    phases: Sequence[tuple[OutsidePhase, ...]],
    visit_arm: Int[np.ndarray, " visits"],
    visit_day: Float[np.ndarray, " visits"],
) -> Outside:
    """What arms had received at their visits.

    Parameters
    ----------
    phases
        Of every arm, `joined`.
    visit_arm, visit_day
        Per visit: its arm, and its day on that arm's clock.
    """
    classes = tuple(sorted({phase.drug for arm in phases for phase in arm}))
    entries = [
        (
            visit,
            classes.index(phase.drug),
            min(day, phase.end_day) - phase.start_day,
            max(day - phase.end_day, 0.0),
        )
        for visit, (arm, day) in enumerate(zip(visit_arm, visit_day, strict=True))
        for phase in phases[arm]
        if day > phase.start_day
    ]
    visit, of_class, on_days, off_days = np.array(entries, float).reshape(-1, 4).T
    return Outside(classes, visit.astype(int), of_class.astype(int), on_days, off_days)


def relief_at_visits(
    outside: Outside, visits: int, relief: Float[Array, " classes"], days: Float[Array, " classes"]
) -> Float[Array, " visits"]:
    """Relief of all classes together at every visit, log odds of pain.

    Parameters
    ----------
    outside
        What the arms had received.
    visits
        Number of visits.
    relief, days
        Relief of each class once it is complete (positive: less pain), and its time constant, days.
    """
    constant = days[outside.of_class]
    load = -jnp.expm1(-outside.on_days / constant) * jnp.exp(-outside.off_days / constant)
    return jnp.zeros(visits).at[outside.visit].add(relief[outside.of_class] * load)


def relieved(pain: Float[Array, " visits"], relief: Float[Array, " visits"]) -> Float[Array, " visits"]:
    r"""Pain (0-10) after a relief :math:`r` in log odds: :math:`p_0 / (1 + (1 - p_0 / 10)(e^r - 1))`.

    This is :math:`10\, \mathrm{logit}^{-1}(\mathrm{logit}(p_0 / 10) - r)` without its poles: 0 stays 0, 10
    stays 10, and without a relief pain is what it was, to the last bit. A pain beyond these ends, which a
    model of one's own may give, counts as the end in the bracket.
    """
    share = jnp.clip(pain / 10.0, 0.0, 1.0)
    return pain / (1.0 + (1.0 - share) * jnp.expm1(relief))


def pain_relieved(
    outside: Outside,
    pain: Float[Array, " visits"],
    relief: Float[Array, " classes"] | None,
    days: Float[Array, " classes"] | None,
) -> Float[Array, " visits"]:
    """Pain of a model after the treatments that it has no mechanism for; as it is where there are none."""
    if relief is None or days is None:
        return pain
    return relieved(pain, relief_at_visits(outside, len(pain), relief, days))
