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
from windup.fit.design.treatments.removal import added, share_without_cause, without_cause
from windup.fit.problem.people.crowd import Admitted, admitted, constant
from windup.fit.problem.people.curves import curves, read, rows_of
from windup.fit.problem.people.entry import first_report, pain_of, reports_in, usual_reports
from windup.fit.problem.people.lasting import lasting
from windup.fit.problem.people.locating import people_of
from windup.fit.problem.people.merging import merged
from windup.fit.problem.people.nodes import dosed, for_each, of_nodes, repeated
from windup.fit.problem.people.people import (
    REPORTING,
    ArmCourse,
    Enrolment,
    People,
    enrolment_pains,
    habitual_magnesium_of,
    joined,
    pain_at,
)
from windup.fit.problem.people.reading import (
    GAINS,
    GAINS_WITHOUT_CAUSE,
    LEVELS,
    Changes,
    Reading,
    levels_of_people,
    read_apart,
    read_at,
)
from windup.fit.problem.people.standing import (
    ENDS,
    SMOOTH,
    STEPPED,
    Balance,
    Counting,
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
)

# Whitened log odds of pain between which first reports are read.
_POINTS = np.linspace(-5.0, 5.0, 41)


class Crowd(NamedTuple):
    """People of every study, and how what is solved for a few of them stands for all.

    Attributes
    ----------
    balance
        Drives that hold pain, by curves.
    admitted, standing
        Who was admitted, and where they stand.
    spread
        SD of log gains; 0 where all have the same.
    node_pain
        Pain at entry of the people who are solved.
    reading
        How changes of theirs are read for all.
    sensitivity
        SD between people of the effect of a drug, relative to it.
    """

    balance: Balance
    admitted: Admitted
    standing: Standing
    spread: Array
    node_pain: Float[Array, "gains studies nodes"]
    reading: Reading
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
        Where the people stand whose courses are solved (`windup.fit.problem.people.reading.LEVELS`).
    """

    loop_strengths: tuple[str, ...] = ()
    levels: tuple[float, ...] = LEVELS

    @property
    def priors(self) -> Mapping[str, dist.Distribution]:
        """SDs between people and studies, all expert: of log drive, gain, reports, responses."""
        gains = {"gain_spread": dist.LogNormal(np.log(0.2), 0.4)} if self.loop_strengths else {}
        return {
            "drive_spread": dist.LogNormal(np.log(0.6), 0.4),
            **gains,
            "lasting_report_spread": dist.LogNormal(np.log(0.8), 0.4),
            "passing_report_spread": dist.LogNormal(np.log(1.0), 0.4),
            "passing_report_log_sd": dist.LogNormal(np.log(0.3), 0.5),
            "placebo_spread_between_people": dist.LogNormal(np.log(1.2), 0.4),
            "sensitivity_spread": dist.LogNormal(np.log(0.6), 0.4),
            "sd_misfit": dist.LogNormal(np.log(0.12), 0.5),
        }

    def by_study(self, design: Design) -> Mapping[str, int]:
        """How exactly patients report in every painful study."""
        return {REPORTING: int(design.painful.sum())}

    @property
    def solved(self) -> int:
        """Those of all levels and gains."""
        return len(self.levels) * (len(GAINS) if self.loop_strengths else 1)

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
        reports = reports_in(design, draw, pains)
        standing = self._located(draw, balance, curve_of, pains)
        people_of = merged(standing, self._gains)
        inside = admitted(people_of.log_share, pain_of(people_of.log_odds), reports)
        crowd = Crowd(
            balance,
            inside,
            standing,
            draw.get("gain_spread", jnp.zeros(())),
            *read_at(inside, people_of, self.levels, balance.lowest(factors)[:, curve_of]),
            draw["sensitivity_spread"],
        )
        asked = jnp.log(crowd.node_pain / (10.0 - crowd.node_pain))
        node = jax.vmap(lambda curve, log_odds: read(curve, curve_of, log_odds))(curve, asked)
        # Where no row is of pain, the one state that is read has the intake of its own study.
        known = rows_of(people)[:, :, :studies, None]
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
        _, _, balance, curve_of = self._steady(model, design, habitual, typical, values, factors)
        # People of one mean pain stand where the curve of their study says, whatever the study.
        points, each = constant(_POINTS), balance.drive.shape[1]
        asked = jnp.repeat(pain_at(points), each)
        people = self._located(draw, balance, np.tile(np.arange(each), len(_POINTS)), asked)

        def mean(at: tuple[Array, Standing]) -> Array:
            pain, people = at
            reports = reports_in(design, draw, jnp.full(studies, pain))
            return first_report(jax.tree.map(lambda leaf: leaf[:, curve_of], people), reports)

        def by_point(leaf: Array) -> Array:
            return jnp.moveaxis(leaf.reshape(leaf.shape[0], len(_POINTS), each, -1), 1, 0)

        known = jax.lax.map(mean, (pain_at(points), jax.tree.map(by_point, people)))
        read: Array = jax.vmap(lambda z, y: jnp.interp(z, points, y), 1, 1)(whitened, known)
        return read

    def lasting_share(
        self,
        model: PainModel[Any, Any],
        central_share: Float[np.ndarray, " conditions"],
        draw: Mapping[str, Array],
        values: Values,
    ) -> Float[Array, "causes conditions"]:
        """Share of the admitted."""
        factors, pain = self._factors(draw), pain_at(jnp.zeros(()))
        factors = factors[_near(factors)]
        drives = for_each(
            lambda factor: balance_of(model, central_share, self._values(values, factor)), factors
        )
        balance = Balance(drives, factors)
        conditions, spread = len(central_share), draw.get("gain_spread", jnp.zeros(()))
        reports = usual_reports(draw, pain * jnp.ones(conditions))
        # Whoever lasts is a step over gains, and no gradient waits for it.
        standing = self._located(
            draw, balance, np.arange(conditions), pain * jnp.ones(conditions), counting=STEPPED
        )
        log_share, log_odds, gain, _ = standing.side_by_side()
        weight = admitted(log_share, pain_of(log_odds), reports).weight
        stays = lasting(balance, central_share, log_odds, jnp.exp(spread * gain))
        return jnp.sum(weight * stays, axis=2)

    @property
    def _gains(self) -> np.ndarray:
        return GAINS if self.loop_strengths else np.zeros(1)

    def _factors(self, draw: Mapping[str, Array]) -> Float[Array, " gains"]:
        """What the gains of people of each node are multiplied by."""
        return jnp.exp(draw.get("gain_spread", jnp.zeros(())) * constant(self._gains))

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
        `rows_of`.
        """
        curve_of, first = curves(design)
        each = len(ENDS)
        share = design.central_share
        shares = np.concatenate([share, np.repeat(share[first], each), [REFERENCE_CENTRAL_SHARE]])
        intake = joined([habitual, repeated(habitual[first], each), np.ones(1)])
        asked = jnp.concatenate([pains, jnp.asarray([*np.tile(ENDS, len(first)), REFERENCE_PAIN])])

        def of_gain(factor: Array) -> Enrolled[Any]:
            return model.at_enrolment(asked, shares, intake, self._values(values, factor))

        people = for_each(of_gain, factors)
        curve = rows_of(people)[:, :, len(pains) : -1].reshape(len(factors), -1, len(first), each)
        drive = (people.drive_share * people.needed)[:, len(pains) : -1]
        near = _near(factors)
        balance = Balance(drive.reshape(len(factors), len(first), each)[near], factors[near])
        return people, curve, balance, curve_of

    def _located(
        self,
        draw: Mapping[str, Array],
        balance: Balance,
        curve_of: Int[np.ndarray, " studies"],
        pains: Float[Array, " studies"],
        *,
        counting: Counting = SMOOTH,
    ) -> Standing:
        """People of this mean pain before admission; ``balance`` is that of all curves."""

        def standing(balance: Balance, location: Array) -> Standing:
            return self._standing(draw, balance, location, counting=counting)

        return people_of(standing, balance, curve_of, pains)

    def _standing(
        self, draw: Mapping[str, Array], balance: Balance, location: Array, *, counting: Counting
    ) -> Standing:
        if not self.loop_strengths:
            return of_one_gain(balance, location, draw["drive_spread"])
        return of_many_gains(balance, location, draw["drive_spread"], draw["gain_spread"], counting=counting)

    def course(
        self,
        model: PainModel[Any, Any],
        design: Design,
        solve: Callable[..., Course],
        enrolment: Enrolment,
        values: Values,
        dose_factors: Array | None,
        cause_stays: Array | None = None,
    ) -> ArmCourse:
        """Means of arms over their people, and SDs between the reports of these."""
        crowd: Crowd = enrolment.arms
        people, levels, gains = crowd.admitted, len(self.levels), len(self._gains)
        schedule, moves = design.schedule, dosed(design.schedule)

        def of_gain(each: tuple[Array, Drive, Any]) -> Course:
            gain, drive, state = each
            return solve(
                model,
                of_nodes(schedule, levels),
                drive,
                self._values(values, jnp.exp(crowd.spread * gain)),
                enrolled=state,
                dose_factors=dose_factors,
            )

        drive, state = jax.tree.map(lambda leaf: leaf.reshape(gains, -1), (enrolment.drive, enrolment.state))
        solved = for_each(of_gain, (constant(self._gains), drive, state))
        study = schedule.study[schedule.visit_arm]
        pain = solved.pain.reshape(gains, -1, levels)
        change = jnp.where(moves[schedule.visit_arm, None], pain - crowd.node_pain[:, study], 0.0)
        begins = schedule.visit_node == 0
        base = jnp.where(begins, people.first[study], people.later[study])
        everybody, away = Changes(crowd.reading, study, change), None
        mean_change, covered, square = everybody.moments()
        of_drugs = square
        # E (r + d)^2 - (E (r + d))^2 of later reports r without their noise, and changes d.
        reports = jnp.sum(people.weight * people.later_of_cell**2, axis=1)[study]
        removal = design.removal
        if removal.schedule is not None and cause_stays is not None:
            # Moments of a mixture: those whose cause is away change by so much, the others not at all.
            gone = share_without_cause(removal, cause_stays)
            away = self._without_cause(model, design, solve, enrolment, values)
            each = zip((mean_change, covered, square), away.moments(), strict=True)
            mean_change, covered, square = (added(removal, moment, gone * theirs) for moment, theirs in each)
        variance = reports + 2.0 * covered + square - (base + mean_change) ** 2
        variance = variance + people.reporting_variance[study] + (crowd.sensitivity**2) * of_drugs
        variance = jnp.where(begins, people.first_variance[study], variance)
        middle = gains // 2, slice(None), levels // 2
        mean = Course(
            base + mean_change,
            solved.serum_magnesium.reshape(gains, -1, levels)[middle],
            solved.csf_magnesium.reshape(gains, -1, levels)[middle],
        )
        reported = levels_of_people(design, everybody, crowd.sensitivity, away, cause_stays)
        return ArmCourse(mean, jnp.sqrt(jnp.maximum(variance, 1e-6)), reported)

    def _without_cause(
        self,
        model: PainModel[Any, Any],
        design: Design,
        solve: Callable[..., Course],
        enrolment: Enrolment,
        values: Values,
    ) -> Changes:
        """Changes of those whose cause is away, per entry of ``Design.removal``."""
        removal = design.removal
        assert removal.schedule is not None
        crowd: Crowd = enrolment.arms
        # Of the studies with a procedure alone, at more gains.
        own, of_arm = np.unique(removal.schedule.study, return_inverse=True)
        inside = jax.tree.map(lambda leaf: leaf[own], crowd.admitted)
        standing = jax.tree.map(lambda leaf: leaf[:, own], crowd.standing)
        gains = GAINS_WITHOUT_CAUSE if self.loop_strengths else np.zeros(1)
        balance = crowd.balance.of_studies(curves(design)[0][own])
        factors, left = jnp.exp(crowd.spread * constant(gains)), design.central_share[own]
        people = merged(standing, gains, lines=True)
        lowest, keeping = balance.lowest(factors), balance.keeping(factors, left)
        node_pain, reading = read_apart(inside, people, self.levels, lowest, keeping)
        levels = node_pain.shape[2]
        schedule = of_nodes(removal.schedule._replace(study=of_arm), levels)
        share = np.repeat(design.central_share[own], levels)
        intake: Any = enrolment.drive.habitual_magnesium[enrolment.typical[own]].repeat(levels)

        def of_gain(each: tuple[Array, Array]) -> Array:
            gain, pain = each
            theirs = self._values(values, jnp.exp(crowd.spread * gain))
            people = model.at_enrolment(pain.ravel(), share, intake, theirs)
            drive = without_cause(lasting_drive(people.strength, share, intake))
            return solve(model, schedule, drive, theirs, enrolled=people.state, integrate_untreated=True).pain

        pain = for_each(of_gain, (constant(gains), node_pain)).reshape(len(gains), -1, levels)
        its = np.searchsorted(own, design.schedule.study[design.schedule.visit_arm[removal.visit]])
        return Changes(reading, its, pain[:, removal.solved] - node_pain[:, its])


def _near(factors: Float[Array, " gains"]) -> slice:
    """The median gain and its neighbours, which say who stands where."""
    middle = len(factors) // 2
    return slice(max(middle - 1, 0), middle + 2)
