"""An arm as people who differ in drive and gain: steady states, admission, and courses at a few of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpyro import distributions as dist

from windup.fit.design.arrays import Design, Observed, observed_in
from windup.fit.problem.people.crowd import (
    EMPTY,
    Admitted,
    Reports,
    admitted,
    hats,
    interpolation,
    quantiles,
)
from windup.fit.problem.people.lasting import lasting
from windup.fit.problem.people.nodes import dosed, of_nodes, repeated
from windup.fit.problem.people.people import (
    ArmCourse,
    Enrolment,
    People,
    enrolment_pains,
    habitual_magnesium_of,
    joined,
    pain_at,
)
from windup.fit.problem.people.standing import (
    CELLS,
    ENDS,
    LOG_ODDS,
    WIDER,
    WIDTH,
    Balance,
    Standing,
    balance_of,
    of_many_gains,
    of_one_gain,
)
from windup.fit.problem.people.visit_spreads import visit_spreads
from windup.models import (
    REFERENCE_CENTRAL_SHARE,
    REFERENCE_PAIN,
    Course,
    Drive,
    Enrolled,
    PainModel,
    Values,
    lasting_drive,
    positive,
)

# Shares of the admitted below the people whose courses are solved; all others are read between them.
LEVELS = (0.06, 0.5, 0.94)
# Least distance of neighbouring ones, log odds: where all people have nearly the same pain.
_APART = 0.05

# Log gains whose people are solved, SDs from the median; others are read between them.
_GAINS = 1.5 * np.array([-1.0, 0.0, 1.0])

# Whitened log odds of pain between which first reports are read.
_POINTS = np.linspace(-5.0, 5.0, 41)

# What a trial asks for at entry where it is not printed: 4 points, or 1.5 below the mean of its patients
# where that is less (expert: most protocols ask for 4 of 10; datasets/trials has six printed cuts, 3 to 5).
USUAL_CUT, BELOW_THE_MEAN = 4.0, 1.5


class Crowd(NamedTuple):
    """People of every study, and how what is solved for a few of them stands for all.

    Attributes
    ----------
    admitted
        `windup.fit.problem.people.crowd.admitted`, the cells of one drive after those of another.
    factors
        What the gains of the loops are multiplied by in people of each gain.
    node_pain
        Pain at entry of the people who are solved.
    share
        Weight of each of them in the mean change of pain.
    with_report, products
        Means of the products of a change at a node with a later report, and of two changes.
    sensitivity
        SD between people of the effect of a drug, relative to it.
    """

    admitted: Admitted
    factors: Float[Array, " gains"]
    node_pain: Float[Array, "gains studies nodes"]
    share: Float[Array, "gains studies nodes"]
    with_report: Float[Array, "gains studies nodes"]
    products: Float[Array, "gains studies nodes gains nodes"]
    sensitivity: Array


@final
@dataclass(frozen=True)
class Population(People):
    """An arm is all its people, who differ in drive, in loop gains, in reports, and in sensitivity to drugs.

    Parameters
    ----------
    loop_strengths
        Parameters that the gains of all loops are proportional to (`windup.models.PainModel.loop_strengths`);
        none where all people have the same gains.
    levels
        Shares of the admitted below the people whose courses are solved.
    """

    loop_strengths: tuple[str, ...] = ()
    levels: tuple[float, ...] = LEVELS

    @property
    def priors(self) -> Mapping[str, dist.Distribution]:
        """SDs between people, all expert: of log drive and gain, of reports, of responses."""
        gains = {"gain_spread": dist.LogNormal(np.log(0.2), 0.4)} if self.loop_strengths else {}
        return {
            "drive_spread": dist.LogNormal(np.log(0.6), 0.4),
            **gains,
            "lasting_report_spread": dist.LogNormal(np.log(0.8), 0.4),
            "passing_report_spread": dist.LogNormal(np.log(1.0), 0.4),
            "placebo_spread_between_people": dist.LogNormal(np.log(1.2), 0.4),
            "sensitivity_spread": dist.LogNormal(np.log(0.6), 0.4),
            "sd_misfit": dist.LogNormal(np.log(0.12), 0.5),
        }

    @property
    def solved(self) -> int:
        """Those of all levels and gains."""
        return len(self.levels) * (len(_GAINS) if self.loop_strengths else 1)

    def observed(self, design: Design) -> Observed:
        """Rows, and every printed SD between patients at a visit."""
        return observed_in(design)._replace(visit_log_sd=visit_spreads(design).log_sd)

    def enrolled(
        self, model: PainModel[Any, Any], design: Design, draw: Mapping[str, Array], values: Values
    ) -> Enrolment:
        """People of all studies, and patients at the nodes."""
        studies, levels = len(design.studies), len(self.levels)
        habitual, pains = habitual_magnesium_of(design, draw), enrolment_pains(design, draw)
        factors = self._factors(draw)
        people, curve, balance, curve_of = self._steady(model, design, habitual, pains, values, factors)
        middle = len(factors) // 2
        reference = jax.tree.map(lambda leaf: leaf[middle, -1:], people)
        location = _location(curve[middle], curve_of, pains)
        standing = self._standing(draw, balance.of_studies(curve_of), location, factors)
        crowd = self._crowd(_admitted(design, draw, standing, pains), standing, factors, draw)
        asked = jnp.log(crowd.node_pain / (10.0 - crowd.node_pain))
        node = jax.vmap(lambda curve, log_odds: _read(curve, curve_of, log_odds))(curve, asked)
        # Where no row is of pain, the one state that is read has the intake of its own study.
        known = _rows_of(people)[:, :, :studies, None]
        node = jnp.where(design.painful[None, None, :, None], node, known)
        node = jnp.moveaxis(node, 1, 0).reshape(node.shape[1], -1)
        share = np.tile(np.repeat(design.central_share, levels), len(factors))
        intake: Any = joined([repeated(habitual, levels)] * len(factors))
        drive: Drive = lasting_drive(jnp.exp(node[0]), share, intake)
        state = jax.tree.unflatten(jax.tree.structure(people.state), list(node[1:]))
        typical = middle * studies * levels + levels * np.arange(studies) + levels // 2
        return Enrolment(drive, state, jnp.zeros(()), reference, typical, crowd)

    def first_reports(
        self,
        model: PainModel[Any, Any],
        design: Design,
        draw: Mapping[str, Array],
        values: Values,
        whitened: Float[Array, "points studies"],
    ) -> Float[Array, "points studies"]:
        """Mean report of the admitted, read between some of these points."""
        studies, habitual = len(design.studies), habitual_magnesium_of(design, draw)
        typical, factors = jnp.full(studies, REFERENCE_PAIN), self._factors(draw)
        _, curve, balance, curve_of = self._steady(model, design, habitual, typical, values, factors)
        of_studies, of_median = balance.of_studies(curve_of), curve[len(factors) // 2]

        def mean(point: Array) -> Array:
            pain = jnp.full(studies, pain_at(point))
            location = _location(of_median, curve_of, pain)
            return _admitted(design, draw, self._standing(draw, of_studies, location, factors), pain).first

        known = jax.lax.map(mean, jnp.asarray(_POINTS))
        read: Array = jax.vmap(lambda z, y: jnp.interp(z, jnp.asarray(_POINTS), y), 1, 1)(whitened, known)
        return read

    def lasting_share(
        self,
        model: PainModel[Any, Any],
        central_share: Float[np.ndarray, " conditions"],
        draw: Mapping[str, Array],
        values: Values,
    ) -> Float[Array, "causes conditions"]:
        """Share of the admitted."""
        balance, pain = balance_of(model, central_share, values), pain_at(jnp.zeros(()))
        conditions, spread = len(central_share), draw.get("gain_spread", jnp.zeros(()))
        needed = jax.vmap(lambda drive: jnp.interp(jnp.log(pain / (10.0 - pain)), LOG_ODDS, drive))(
            balance.drive
        )
        location = jnp.log(positive(needed))
        standing = self._standing(draw, balance, location, self._factors(draw))
        reports = _reports(draw, jnp.minimum(USUAL_CUT, pain - BELOW_THE_MEAN) * jnp.ones(conditions))
        weight = admitted(standing.log_share, _pain(standing), reports).weight
        stays = lasting(balance, central_share, standing.log_odds, jnp.exp(spread * standing.gain))
        return jnp.sum(weight * stays, axis=2)

    def _factors(self, draw: Mapping[str, Array]) -> Float[Array, " gains"]:
        """What the gains of people of each node are multiplied by."""
        return jnp.exp(draw["gain_spread"] * _GAINS) if self.loop_strengths else jnp.ones(1)

    def _values(self, values: Values, factor: Array) -> Values:
        """Values of people with another gain."""
        return {**values, **{name: values[name] * factor for name in self.loop_strengths}}

    def _steady(
        self,
        model: PainModel[Any, Any],
        design: Design,
        habitual: Any,
        pains: Array,
        values: Values,
        factors: Float[Array, " gains"],
    ) -> tuple[Enrolled[Any], Array, Balance, np.ndarray]:
        """Patients of all studies at these pains and the reference patient; curves, and that of every study.

        Patients have a first axis of gains. The rows of ``(gains, rows, curves, ends)`` are those of
        `_rows_of`; the balance is that of the median gain.
        """
        curve_of, first = _curves(design)
        each = len(ENDS)
        share = design.central_share
        shares = np.concatenate([share, np.repeat(share[first], each), [REFERENCE_CENTRAL_SHARE]])
        intake = joined([habitual, repeated(habitual[first], each), np.ones(1)])
        asked = jnp.concatenate([pains, jnp.asarray([*np.tile(ENDS, len(first)), REFERENCE_PAIN])])

        def of_gain(factor: Array) -> Enrolled[Any]:
            return model.at_enrolment(asked, shares, intake, self._values(values, factor))

        people = _for_each(of_gain, factors)
        curve = _rows_of(people)[:, :, len(pains) : -1].reshape(len(factors), -1, len(first), each)
        middle = len(factors) // 2
        share, needed = (
            of_all[middle, len(pains) : -1].reshape(len(first), each)
            for of_all in (people.drive_share, people.needed)
        )
        return people, curve, Balance(share * needed, (1.0 - share) * needed), curve_of

    def _standing(
        self, draw: Mapping[str, Array], balance: Balance, location: Array, factors: Array
    ) -> Standing:
        if not self.loop_strengths:
            return of_one_gain(balance, location, draw["drive_spread"])
        return of_many_gains(balance, location, draw["drive_spread"], draw["gain_spread"], factors[0])

    def _crowd(
        self, inside: Admitted, standing: Standing, factors: Float[Array, " gains"], draw: Mapping[str, Array]
    ) -> Crowd:
        count, studies = len(self.levels), len(standing.gain)
        apart = _APART * (np.arange(count) - (count - 1) / 2.0)
        ends = LOG_ODDS[::WIDER] if self.loop_strengths else LOG_ODDS
        if self.loop_strengths:
            nodes = jnp.broadcast_to(jnp.asarray(_GAINS), (studies, len(_GAINS)))
            reading, near = interpolation(nodes, standing.gain), hats(nodes, standing.gain)
        else:
            reading = near = jnp.ones_like(standing.gain)[:, None]

        def of_cells(each: Array) -> Float[Array, "studies ... cells"]:
            """Sums over all drives."""
            return each.reshape(*each.shape[:-1], -1, len(ends) - 1).sum(axis=-2)

        # People of one cell of pain have nearly the same, whatever their drive and gain.
        people = of_cells(inside.weight)
        here = people > EMPTY
        mean = of_cells(inside.weight * standing.log_odds) / jnp.where(here, people, 1.0)
        log_odds = jnp.where(here, mean, (ends[1:] + ends[:-1]) / 2.0)
        weighted = inside.weight[:, None] * reading

        def of_gain(weight: Array) -> tuple[Array, Array]:
            within = weight / (weight.sum(axis=1, keepdims=True) + EMPTY)
            levels = quantiles(within, jnp.asarray(ends), self.levels) + apart
            return levels, interpolation(levels, log_odds)

        levels, read = jax.vmap(of_gain, in_axes=1)(of_cells(inside.weight[:, None] * near))
        pairs = of_cells(weighted[:, :, None] * reading[:, None])
        return Crowd(
            inside,
            factors,
            10.0 / (1.0 + jnp.exp(-levels)),
            jnp.einsum("sgc,gsnc->gsn", of_cells(weighted), read),
            jnp.einsum("sgc,gsnc->gsn", of_cells(weighted * inside.later_of_cell[:, None]), read),
            jnp.einsum("sghc,gsnc,hsmc->gsnhm", pairs, read, read),
            draw["sensitivity_spread"],
        )

    def course(
        self,
        model: PainModel[Any, Any],
        design: Design,
        solve: Callable[..., Course],
        enrolment: Enrolment,
        values: Values,
        dose_factors: Array | None,
    ) -> ArmCourse:
        """Means of arms over their people, and SDs between the reports of these."""
        crowd, levels = enrolment.arms, len(self.levels)
        schedule, moves = design.schedule, dosed(design.schedule)
        at_nodes, gains = of_nodes(schedule, levels), len(crowd.factors)

        def of_gain(each: tuple[Array, Drive, Any]) -> Course:
            factor, drive, state = each
            return solve(
                model,
                at_nodes,
                drive,
                self._values(values, factor),
                enrolled=state,
                dose_factors=dose_factors,
            )

        drive, state = jax.tree.map(lambda leaf: leaf.reshape(gains, -1), (enrolment.drive, enrolment.state))
        solved = _for_each(of_gain, (crowd.factors, drive, state))
        study = schedule.study[schedule.visit_arm]
        pain = solved.pain.reshape(gains, -1, levels)
        change = jnp.where(moves[schedule.visit_arm, None], pain - crowd.node_pain[:, study], 0.0)
        begins = schedule.visit_node == 0
        people: Admitted = crowd.admitted
        base = jnp.where(begins, people.first[study], people.later[study])
        mean_change = jnp.sum(crowd.share[:, study] * change, axis=(0, 2))
        square = jnp.einsum("gvn,gvnhm,hvm->v", change, crowd.products[:, study], change)
        # E (r + d)^2 - (E (r + d))^2 of later reports r without their noise, and changes d.
        reports = jnp.sum(people.weight * people.later_of_cell**2, axis=1)[study]
        covered = jnp.sum(crowd.with_report[:, study] * change, axis=(0, 2))
        variance = reports + 2.0 * covered + square - (base + mean_change) ** 2
        variance = variance + people.reporting_variance[study] + (crowd.sensitivity**2) * square
        variance = jnp.where(begins, people.first_variance[study], variance)
        middle = gains // 2, slice(None), levels // 2
        mean = Course(
            base + mean_change,
            solved.serum_magnesium.reshape(gains, -1, levels)[middle],
            solved.csf_magnesium.reshape(gains, -1, levels)[middle],
        )
        return ArmCourse(mean, jnp.sqrt(jnp.maximum(variance, 1e-6)))


def _for_each(of_one: Callable[[Any], Any], each: Any) -> Any:
    """Results for every entry of the first axis; of one entry without the cost of a batch."""
    if len(jax.tree.leaves(each)[0]) > 1:
        return jax.vmap(of_one)(each)
    one = of_one(jax.tree.map(lambda leaf: leaf[0], each))
    return jax.tree.map(lambda leaf: leaf[None], one)


def _location(curve: Float[Array, "rows curves ends"], curve_of: np.ndarray, pains: Array) -> Array:
    """Log drive that holds these pains of studies."""
    return _read(curve[:1], curve_of, jnp.log(pains / (10.0 - pains))[:, None])[0, :, 0]


def _rows_of(people: Enrolled[Any]) -> Array:
    """Log drive of patients, and the leaves of their states, after the axis of gains."""
    return jnp.stack([jnp.log(people.strength), *jax.tree.leaves(people.state)], axis=1)


def _reports(draw: Mapping[str, Array], least: Array) -> Reports:
    return Reports(draw["lasting_report_spread"], draw["passing_report_spread"], least)


def _pain(standing: Standing) -> Array:
    return 10.0 / (1.0 + jnp.exp(-standing.log_odds))


def _admitted(design: Design, draw: Mapping[str, Array], standing: Standing, pains: Array) -> Admitted:
    """Admitted people of every study."""
    printed, usual = design.least_pain, jnp.minimum(USUAL_CUT, pains - BELOW_THE_MEAN)
    reports = _reports(draw, jnp.where(np.isfinite(printed), np.nan_to_num(printed), usual))
    return admitted(standing.log_share, _pain(standing), reports)


def _curves(design: Design) -> tuple[Int[np.ndarray, " studies"], Int[np.ndarray, " curves"]]:
    """Curve of steady states of every study, and the first study of each.

    Studies of one kind of illness and one intake share a curve; an intake that is an unknown has its own.
    """
    own = np.where(design.with_magnesium & design.painful, np.arange(1, len(design.studies) + 1), 0)
    kinds = np.column_stack([design.central_share, design.habitual_magnesium, own])
    _, first, which = np.unique(kinds, axis=0, return_index=True, return_inverse=True)
    return which.ravel(), first


def _read(curve: Array, curve_of: np.ndarray, log_odds: Array) -> Array:
    """Rows of curves at these log odds of pain, by the cubic through four neighbours."""
    place = (log_odds - LOG_ODDS[0]) / WIDTH
    left = jnp.clip(jnp.floor(jax.lax.stop_gradient(place)).astype(int), 1, CELLS - 2)
    s = jnp.clip(place - left, -1.0, 2.0)
    weights = (
        -s * (s - 1.0) * (s - 2.0) / 6.0,
        (s + 1.0) * (s - 1.0) * (s - 2.0) / 2.0,
        -(s + 1.0) * s * (s - 2.0) / 2.0,
        (s + 1.0) * s * (s - 1.0) / 6.0,
    )
    around = jnp.stack([curve[:, curve_of[:, None], left + step] for step in (-1, 0, 1, 2)])
    return jnp.einsum("wsn,wrsn->rsn", jnp.stack(weights), around)
