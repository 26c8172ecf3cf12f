r"""How the pain that people report is spread at a visit: a mixture of normals, and the share at a limit.

A share of people whose pain is at a limit or above it says how pain is spread, not what its mean is. Where an
operation took the cause away in some of an arm, those whose pain went and those whose pain stayed are two
groups far apart. So the reports at a visit are a mixture of normals,

.. math:: P(y \ge c) = \sum_k w_k\, \Phi\Big(\frac{m_k + d - c}{s_k}\Big), \qquad
    d = \mu - \sum_k w_k m_k,

moved as a whole by what moves the mean :math:`\mu` of the arm: placebo response, natural course, the effects
of its study. Where an arm is one patient, its parts are that patient with and without the cause, and the SD
is that between patients of the study, the mean of its reported ones or else a latent one. Where an arm is a
population, its parts are the people of every cell of pain and gain, with and without the cause.

The share is read as its score :math:`z = \Phi^{-1}(P)`, which for one part is :math:`(\mu - c)/s`. A point
of :math:`\mu` moves it by

.. math:: \frac{dz}{d\mu} = \frac{1}{\phi(z)} \sum_k \frac{w_k}{s_k}\, \phi\Big(\frac{m_k + d - c}{s_k}\Big).
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jax.scipy.special import ndtr, ndtri
from jax.scipy.stats import norm
from jaxtyping import Array, Bool, Float, Int

from windup.datasets import LIMIT_KIND
from windup.fit.design.arrays import Design
from windup.fit.design.treatments.removal import Removal

# Least share on either side of a limit: its score, 11.5 SDs, is a number in single precision.
_LEAST = 1e-30


class Levels(NamedTuple):
    """Reports of the people of an arm, one entry per share at a limit, as a mixture of normals.

    Attributes
    ----------
    weight
        Share of the people in each part.
    pain
        Mean report of these, NRS points.
    sd
        SD of their reports; None until that of the study is known.
    """

    weight: Float[Array, "limits parts"]
    pain: Float[Array, "limits parts"]
    sd: Float[Array, "limits parts"] | None = None

    def of(self, number: Int[np.ndarray, " ..."]) -> Levels:
        """Those of these shares."""
        assert self.sd is not None
        return Levels(self.weight[number], self.pain[number], self.sd[number])


class RemovedBefore(NamedTuple):
    """Entries of a removal that lie before the visit of each share at a limit; where there are fewer, 0."""

    entry: Int[np.ndarray, "limits entries"]
    present: Bool[np.ndarray, "limits entries"]


def limit_rows(design: Design) -> Int[np.ndarray, " limits"]:
    """Rows of a design that are shares at a limit."""
    return np.flatnonzero(np.array(design.rows.kind) == LIMIT_KIND)


def limit_numbers(design: Design) -> Int[np.ndarray, " rows"]:
    """Number of each row among the shares at a limit, -1 of other rows."""
    rows = limit_rows(design)
    numbers = np.full(len(design.rows.kind), -1)
    numbers[rows] = np.arange(len(rows))
    return numbers


def limit_visits(design: Design) -> Int[np.ndarray, " limits"]:
    """Visits of shares at a limit."""
    visits: np.ndarray = design.rows.visits[limit_rows(design), 0]
    return visits


def removed_before(removal: Removal, visits: Int[np.ndarray, " limits"]) -> RemovedBefore:
    """Which entries of a removal lie before visits."""
    found = [np.flatnonzero(removal.visit == visit) for visit in visits]
    width = max(map(len, found), default=0)
    entry = np.array([[*each, *[0] * (width - len(each))] for each in found], int)
    present = np.arange(width) < np.array([len(each) for each in found], int)[:, None]
    return RemovedBefore(entry.reshape(present.shape), present)


def score_above(levels: Levels, mean: Array, cut: Array | np.ndarray) -> tuple[Array, Array]:
    """Standard normal score of the share of people at a cut or above it, and its slope per point of the mean.

    Parameters
    ----------
    levels
        Mixtures, of any leading axes; ``sd`` must be known.
    mean
        Mean pain of the arm at the visit, NRS points.
    cut
        Pain at which people are parted, NRS points.

    Returns
    -------
    tuple
        Score, positive where more than half are at the cut or above it, and slope, 1 / NRS points.
    """
    assert levels.sd is not None
    centre = jnp.sum(levels.weight * levels.pain, axis=-1)
    z = (levels.pain + (mean - centre - cut)[..., None]) / levels.sd
    above, below = (jnp.sum(levels.weight * ndtr(side), axis=-1) for side in (z, -z))
    # From the smaller side, so that a share of nearly everybody keeps its digits.
    least = ndtri(jnp.clip(jnp.minimum(above, below), _LEAST, 0.5))
    score = jnp.where(above < below, least, -least)
    density = jnp.sum(levels.weight * norm.pdf(z) / levels.sd, axis=-1)
    return score, density / norm.pdf(score)


def of_one_patient(
    design: Design, pain: Float[Array, " visits"], cause_stays: Array | None, after: Float[Array, " solved"]
) -> Levels | None:
    """The patient with the cause, and without it since each operation before the visit; None without limits.

    Parameters
    ----------
    design
        Of the trials.
    pain
        Of the patient whose cause stays, at all visits.
    cause_stays
        Log odds of the share of people whose cause each procedure does not take away.
    after
        Pain of the patient whose cause is away, at the visits of ``Design.removal.schedule``.
    """
    visits = limit_visits(design)
    if not len(visits):
        return None
    stays = pain[visits][:, None]
    if cause_stays is None or design.removal.schedule is None:
        return Levels(jnp.ones_like(stays), stays)
    before = removed_before(design.removal, visits)
    gone = shares_gone(design.removal, before, cause_stays)
    away = after[design.removal.solved[before.entry]]
    return Levels(
        jnp.concatenate([1.0 - gone.sum(axis=1, keepdims=True), gone], axis=1),
        jnp.concatenate([stays, away], axis=1),
    )


def shares_gone(
    removal: Removal, before: RemovedBefore, cause_stays: Array
) -> Float[Array, "limits entries"]:
    """Share of the arm whose cause is away by each operation; 0 where there is none."""
    share = removal.share[before.entry] * before.present
    return jnp.asarray(share) * sigmoid(-cause_stays[removal.of_procedure[before.entry]])
