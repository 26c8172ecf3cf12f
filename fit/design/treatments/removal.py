r"""Procedures that take the cause of pain away: who had them when, and the courses that follow.

In a person whose cause is taken away on day :math:`t_0`, the peripheral drive is 0 from then on. The central
drive stays, and so does the state, which then moves as the model says:

.. math:: \dot x = f(x;\; u_\text{peripheral} = 0,\; u_\text{central}), \qquad x(t_0) = x_\text{enrolment}

In a share :math:`\rho_p` of those who had the procedure :math:`p` the cause stays, and so does their pain.
Where a share :math:`w_k` of an arm had it in week :math:`k`, the mean of the arm is that of a mixture,

.. math:: \bar y(t) = y_0 + \sum_{k:\, t_k < t} w_k (1 - \rho_p) \big(y(t - t_k) - y_0\big),

with the pain :math:`y_0` of a patient whose cause stays, and :math:`y(s)` at :math:`s` days after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jaxtyping import Array, Float, Int

from windup.models import Drive, Schedule

MOST_OF_AN_ARM = 0.5
"""Share of an arm above which a procedure is its treatment; below, some of a comparator changed over."""


class RemovedPhase(NamedTuple):
    """Day of an arm's clock from which the cause is away in a share of the arm, and by which procedure."""

    drug: str
    start_day: float
    share: float
    end_day: float = np.inf


class Removal(NamedTuple):
    """Shares of arms whose cause was taken away before each visit, one entry per visit and phase.

    Attributes
    ----------
    procedures
        Procedures that the arms had, in alphabetical order.
    visit, of_procedure
        Index of the visit, and of the procedure.
    share
        Share of the arm that had the phase.
    solved
        Index of the entry's course among the visits of ``schedule``.
    schedule
        One arm without a dose for each study, which begins when the cause is taken away; None without any.
    """

    procedures: tuple[str, ...]
    visit: Int[np.ndarray, " entries"]
    of_procedure: Int[np.ndarray, " entries"]
    share: Float[np.ndarray, " entries"]
    solved: Int[np.ndarray, " entries"]
    schedule: Schedule | None


class Since(NamedTuple):
    """Arms and days of the courses after the cause is away: one arm for each study that has such a visit."""

    study: Int[np.ndarray, " arms"]
    visit_arm: Int[np.ndarray, " visits"]
    visit_day: Float[np.ndarray, " visits"]


def removal_at(
    phases: Sequence[tuple[RemovedPhase, ...]],
    study: Int[np.ndarray, " arms"],
    visit_arm: Int[np.ndarray, " visits"],
    visit_day: Float[np.ndarray, " visits"],
) -> tuple[Removal, Since]:
    """What arms had undergone before their visits, and the courses that are to be solved for it.

    Parameters
    ----------
    phases, study
        Of every arm.
    visit_arm, visit_day
        Per visit: its arm, and its day on that arm's clock. A visit on the day of a procedure is before it.

    Returns
    -------
    tuple
        Entries without their schedule, and what it is made of.
    """
    procedures = tuple(sorted({phase.drug for arm in phases for phase in arm}))
    places: dict[tuple[int, float], int] = {}
    entries = []
    for visit, (arm, day) in enumerate(zip(visit_arm, visit_day, strict=True)):
        for phase in phases[arm]:
            if day > phase.start_day:
                since = int(study[arm]), round(float(day - phase.start_day), 6)
                place = places.setdefault(since, len(places))
                entries.append((visit, procedures.index(phase.drug), phase.share, place))
    studies = list(dict.fromkeys(number for number, _ in places))
    at, by, share, solved = np.array(entries, float).reshape(-1, 4).T
    removal = Removal(procedures, at.astype(int), by.astype(int), share, solved.astype(int), None)
    return removal, Since(
        np.array(studies, int),
        np.array([studies.index(number) for number, _ in places], int),
        np.array([days for _, days in places], float),
    )


def without_cause(drive: Drive) -> Drive:
    """The drive of people whose cause is away: what has no peripheral source."""
    return drive._replace(peripheral=jnp.zeros_like(drive.peripheral))


def share_without_cause(
    removal: Removal, cause_stays: Float[Array, " procedures"]
) -> Float[Array, " entries"]:
    """Share of the arm whose cause is away, per entry; ``cause_stays`` are log odds."""
    return jnp.asarray(removal.share) * sigmoid(-cause_stays[removal.of_procedure])


def added(
    removal: Removal, at_visits: Float[Array, " visits"], entries: Float[Array, " entries"]
) -> Float[Array, " visits"]:
    """Visits with the sum of their entries added to each."""
    return at_visits.at[removal.visit].add(entries)
