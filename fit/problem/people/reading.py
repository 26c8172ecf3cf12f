"""How courses that are solved for a few people of a study are read for all of them."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from windup.fit.design.arrays import Design
from windup.fit.problem.people.crowd import NOBODY, Admitted, interpolation
from windup.fit.problem.people.entry import pain_of
from windup.fit.problem.people.levels import Levels, limit_visits, removed_before, shares_gone
from windup.fit.problem.people.merging import Merged

# Where the people stand whose courses are solved, in SDs of the log odds of pain from the mean of the
# admitted of a gain: in a normal distribution 6, 50 and 94 % are below. All others are read between them.
# Quantiles of the people themselves would leap where they stand in groups, and the density with them.
LEVELS = (-1.55, 0.0, 1.55)
# Least SD, log odds: where all people have nearly the same pain.
_LEAST_SD = 0.05
# Least distance of the last one from the first, log odds: where these stand at the least pain.
_APART = 0.1
# Log odds within which a pain that is sought and the least one blend.
_SMOOTH = 0.02

# Distance of people who are solved from where those who leave a branch and those who stay part, and the width
# over which these blend, log odds: about half of a cell of people.
_AWAY, _PARTING = 0.1, 0.06

# Log gains whose people are solved, SDs from the median; others are read between them.
GAINS = np.linspace(-2.0, 2.0, 5)
# The same where a cause is taken away: at a gain of 1 what is left of pain leaps.
GAINS_WITHOUT_CAUSE = np.linspace(-2.0, 2.0, 9)


class PeopleInCells(NamedTuple):
    """People of every study one by one: their cells of pain and gain.

    Attributes
    ----------
    weight
        Share of the people of a cell and gain.
    read
        Weight of each of the people who are solved in the change of a cell.
    later, variance
        Mean and variance of their later reports where their pain has not changed.
    """

    weight: Float[Array, "studies gains cells"]
    read: Float[Array, "gains studies nodes cells"]
    later: Float[Array, "studies cells"]
    variance: Float[Array, "studies cells"]


class Reading(NamedTuple):
    """Moments of a change of pain in all people of a study, from its changes in those who are solved.

    Attributes
    ----------
    share
        Weight of each of them in the mean change.
    with_report, products
        Means of the products of a change at a node with a later report, and of two changes.
    cells
        The people themselves, for what is no moment.
    """

    share: Float[Array, "gains studies nodes"]
    with_report: Float[Array, "gains studies nodes"]
    products: Float[Array, "gains studies nodes gains nodes"]
    cells: PeopleInCells

    def moments(
        self, study: np.ndarray, change: Float[Array, "gains visits nodes"]
    ) -> tuple[Array, Array, Array]:
        """Mean change, mean product with the later report, mean square, of visits of these studies."""
        return (
            jnp.sum(self.share[:, study] * change, axis=(0, 2)),
            jnp.sum(self.with_report[:, study] * change, axis=(0, 2)),
            jnp.einsum("gvn,gvnhm,hvm->v", change, self.products[:, study], change),
        )

    def levels(
        self, study: np.ndarray, change: Float[Array, "gains visits nodes"], sensitivity: Array | float
    ) -> Levels:
        """Reports of all people at visits of these studies, those of a cell and gain as one normal.

        Parameters
        ----------
        study
            Of each visit.
        change
            Of pain since entry, in the people who are solved.
        sensitivity
            SD between people of a change by a drug, relative to it.
        """
        of_cell = jnp.einsum("gvn,gvnc->vgc", change, self.cells.read[:, study])
        pain = self.cells.later[study][:, None] + of_cell
        variance = self.cells.variance[study][:, None] + (sensitivity * of_cell) ** 2
        parts = (self.cells.weight[study], pain, jnp.sqrt(variance))
        return Levels(*(part.reshape(len(study), -1) for part in parts))


class Changes(NamedTuple):
    """Changes of pain since entry in the people who are solved, and how they are read for all.

    Attributes
    ----------
    reading
        Of some studies.
    study
        Index among these of every visit.
    change
        At every visit.
    """

    reading: Reading
    study: Int[np.ndarray, " visits"]
    change: Float[Array, "gains visits nodes"]

    def moments(self) -> tuple[Array, Array, Array]:
        """Those of `Reading.moments`."""
        return self.reading.moments(self.study, self.change)

    def levels(self, visits: Int[np.ndarray, " limits"], sensitivity: Array | float) -> Levels:
        """Those of `Reading.levels` at some of the visits."""
        return self.reading.levels(self.study[visits], self.change[:, visits], sensitivity)


def levels_of_people(
    design: Design, everybody: Changes, sensitivity: Array, away: Changes | None, cause_stays: Array | None
) -> Levels | None:
    """Reports of people with their cause and without it at the visits of shares at a limit; None without any.

    Parameters
    ----------
    design
        Of the trials.
    everybody, sensitivity
        People whose cause stays, at all visits, and the SD of their response to drugs, relative to it.
    away, cause_stays
        People whose cause is away, per entry of ``Design.removal``, and log odds of the share of people whose
        cause each procedure does not take away; None where there is no procedure.
    """
    visits = limit_visits(design)
    if not len(visits):
        return None
    with_cause = everybody.levels(visits, sensitivity)
    if away is None or cause_stays is None:
        return with_cause
    before = removed_before(design.removal, visits)
    gone = shares_gone(design.removal, before, cause_stays)
    groups = [(with_cause, 1.0 - gone.sum(axis=1))]
    groups += [(away.levels(entry, 0.0), share) for entry, share in zip(before.entry.T, gone.T, strict=True)]
    parts = [levels._replace(weight=levels.weight * share[:, None]) for levels, share in groups]
    return Levels(*(jnp.concatenate(each, axis=1) for each in zip(*parts, strict=True)))


def _mean_and_sd(
    weight: Float[Array, "studies cells"], log_odds: Float[Array, "studies cells"]
) -> tuple[Float[Array, " studies"], Float[Array, " studies"]]:
    """Mean and SD of log odds of pain; of a study with nobody those of all cells."""
    share = weight + NOBODY
    share = share / share.sum(axis=1, keepdims=True)
    mean = jnp.sum(share * log_odds, axis=1)
    variance = jnp.sum(share * (log_odds - mean[:, None]) ** 2, axis=1)
    return mean, jnp.sqrt(variance + _LEAST_SD**2)


def _larger(one: Array, other: Array) -> Array:
    """The larger of two, without a bend in the density where they change places."""
    found: Array = _SMOOTH * jnp.logaddexp(one / _SMOOTH, other / _SMOOTH)
    return found


def read_at(
    inside: Admitted,
    people: Merged,
    levels: tuple[float, ...],
    lowest: Float[Array, "gains studies"],
) -> tuple[Float[Array, "gains studies nodes"], Reading]:
    """Pains at entry of the people who are solved, and how changes of theirs are read for all.

    Parameters
    ----------
    inside, people
        The admitted, and where they stand.
    levels
        Where the people stand who are solved, in SDs of log odds of pain from the mean of their gain.
    lowest
        Log odds of the least pain at which people of a gain stand (`Balance.lowest`). Some whose gain is only
        near to it have less; a person of this gain with so little pain would not stay there.
    """

    def of_gain(weight: Array, lowest: Array) -> tuple[Array, Array]:
        mean, sd = _mean_and_sd(weight, people.log_odds)
        low = _larger(mean + levels[0] * sd, lowest)
        return _between(low, _larger(mean + levels[-1] * sd, low + _APART), levels, people.log_odds)

    nodes, read = jax.vmap(of_gain, in_axes=(1, 0))(inside.weight[:, None] * people.near, lowest)
    return pain_of(nodes), _reading(inside, people, read)


def read_apart(
    inside: Admitted,
    people: Merged,
    levels: tuple[float, ...],
    lowest: Float[Array, "gains studies"],
    keeping: Float[Array, "gains studies"],
) -> tuple[Float[Array, "gains studies nodes"], Reading]:
    """As `read_at`, where people of a gain with less pain than some go to another branch than the others.

    Some are solved on either side, all at a distance from where it parts, since a person close to it leaps
    with the smallest change of a parameter. ``nodes`` has those who leave first.

    Parameters
    ----------
    inside, people, levels, lowest
        As in `read_at`.
    keeping
        Log odds of pain from which people stay on their branch (`Balance.keeping`).
    """

    def of_gain(weight: Array, lowest: Array, keeping: Array) -> tuple[Array, Array]:
        mean, sd = _mean_and_sd(weight, people.log_odds)
        low, high = mean + levels[0] * sd, mean + levels[-1] * sd
        highest = keeping - _AWAY
        first = _larger(-_larger(-low, -(highest - _APART)), lowest)
        leave = _between(first, _larger(-_larger(-high, -highest), first + _APART), levels, people.log_odds)
        first = _larger(_larger(low, keeping + _AWAY), lowest)
        stay = _between(first, _larger(high, first + _APART), levels, people.log_odds)
        staying = jax.nn.sigmoid((people.log_odds - keeping[:, None]) / _PARTING)[:, None]
        return (
            jnp.concatenate([leave[0], stay[0]], axis=1),
            jnp.concatenate([(1.0 - staying) * leave[1], staying * stay[1]], axis=1),
        )

    known = inside.weight[:, None] * people.near
    nodes, read = jax.vmap(of_gain, in_axes=(1, 0, 0))(known, lowest, keeping)
    return pain_of(nodes), _reading(inside, people, read)


def _between(
    low: Array, high: Array, levels: tuple[float, ...], log_odds: Float[Array, "studies cells"]
) -> tuple[Float[Array, "studies nodes"], Float[Array, "studies nodes cells"]]:
    """Nodes from one to the other, spaced like the levels, and their weights at all cells.

    Not each by itself: weights between two that nearly touch and one far away are huge.
    """
    place = (np.asarray(levels) - levels[0]) / (levels[-1] - levels[0])
    at = low[:, None] + (high - low)[:, None] * place
    return at, interpolation(at, log_odds)


def _reading(inside: Admitted, people: Merged, read: Float[Array, "gains studies nodes cells"]) -> Reading:
    weighted = inside.weight[:, None] * people.reading
    pairs = inside.weight[:, None, None] * people.products
    return Reading(
        jnp.einsum("sgc,gsnc->gsn", weighted, read),
        jnp.einsum("sgc,gsnc->gsn", weighted * inside.later_of_cell[:, None], read),
        jnp.einsum("sghc,gsnc,hsmc->gsnhm", pairs, read, read),
        PeopleInCells(
            inside.weight[:, None] * people.near, read, inside.later_of_cell, inside.variance_of_cell
        ),
    )
