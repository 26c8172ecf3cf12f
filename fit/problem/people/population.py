"""An arm as a distribution of people over drive: steady states, admission, and courses at a few of them."""

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
from windup.fit.problem.people.crowd import (
    Admitted,
    Reports,
    admitted,
    cells_of,
    interpolation,
    quantiles,
)
from windup.fit.problem.people.people import (
    ArmCourse,
    Enrolment,
    People,
    enrolment_pains,
    habitual_magnesium_of,
    joined,
    log_odds_at,
    pain_at,
)
from windup.fit.problem.people.visit_spreads import visit_spreads
from windup.models import (
    REFERENCE_CENTRAL_SHARE,
    REFERENCE_PAIN,
    Course,
    Drive,
    Enrolled,
    PainModel,
    Schedule,
    UncertainDoses,
    Values,
    lasting_drive,
    unfloored,
)

# Ends of the cells, evenly apart on the log odds of pain from 0.1 to 9.9: 0.1 points in the middle.
CELLS = 240
_LOG_ODDS = np.linspace(np.log(0.01 / 0.99), np.log(0.99 / 0.01), CELLS + 1)
_ENDS = 10.0 / (1.0 + np.exp(-_LOG_ODDS))

# Shares of the admitted below the people whose courses are solved; all others are read between them.
LEVELS = (0.06, 0.5, 0.94)
# Least distance of neighbouring ones, log odds: where all people have nearly the same pain.
_APART = 0.05

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
        `windup.fit.problem.people.crowd.admitted`.
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
    node_pain: Float[Array, "studies nodes"]
    share: Float[Array, "studies nodes"]
    with_report: Float[Array, "studies nodes"]
    products: Float[Array, "studies nodes nodes"]
    sensitivity: Array


@final
@dataclass(frozen=True)
class Population(People):
    """An arm is all its people, who differ in drive, in reports, and in sensitivity to drugs.

    Parameters
    ----------
    levels
        Shares of the admitted below the people whose courses are solved.
    """

    levels: tuple[float, ...] = LEVELS

    @property
    def priors(self) -> Mapping[str, dist.Distribution]:
        """SDs between people, all expert: of log drive, of reports, of responses to placebo and to drugs."""
        return {
            "drive_spread": dist.LogNormal(np.log(0.6), 0.4),
            "lasting_report_spread": dist.LogNormal(np.log(0.8), 0.4),
            "passing_report_spread": dist.LogNormal(np.log(1.0), 0.4),
            "placebo_spread_between_people": dist.LogNormal(np.log(1.2), 0.4),
            "sensitivity_spread": dist.LogNormal(np.log(0.6), 0.4),
            "sd_misfit": dist.LogNormal(np.log(0.12), 0.5),
        }

    def observed(self, design: Design) -> Observed:
        """Rows, and every printed SD between patients at a visit."""
        return observed_in(design)._replace(visit_log_sd=visit_spreads(design).log_sd)

    def enrolled(
        self, model: PainModel[Any, Any], design: Design, draw: Mapping[str, Array], values: Values
    ) -> Enrolment:
        """People of all studies, and patients at the nodes."""
        studies, levels = len(design.studies), len(self.levels)
        habitual, pains = habitual_magnesium_of(design, draw), enrolment_pains(design, draw)
        people, curve, curve_of = _steady(model, design, habitual, pains, values)
        structure = jax.tree.structure(people)
        reference = jax.tree.unflatten(structure, [leaf[-1:] for leaf in jax.tree.leaves(people)])
        log_odds = jnp.log(pains / (10.0 - pains))
        location = _read(curve[:1], curve_of, log_odds[:, None])[0, :, 0]
        inside, log_odds = _admitted(design, draw, curve[0][curve_of], location, pains)
        crowd = self._crowd(inside, log_odds, draw["sensitivity_spread"])
        node = _read(curve, curve_of, jnp.log(crowd.node_pain / (10.0 - crowd.node_pain)))
        # Where no row is of pain, the one state that is read has the intake of its own study.
        known = _rows_of(people)[:, :studies, None]
        node = jnp.where(design.painful[None, :, None], node, known).reshape(len(node), studies * levels)
        nodes_share, nodes_intake = np.repeat(design.central_share, levels), _repeated(habitual, levels)
        drive: Drive = lasting_drive(jnp.exp(node[0]), nodes_share, nodes_intake)
        state = jax.tree.unflatten(jax.tree.structure(people.state), list(node[1:]))
        typical = levels * np.arange(studies) + levels // 2
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
        typical = jnp.full(studies, REFERENCE_PAIN)
        _, curve, curve_of = _steady(model, design, habitual, typical, values)
        ends = curve[0][curve_of]

        def mean(point: Array) -> Array:
            log_odds, pain = jnp.full((studies, 1), log_odds_at(point)), jnp.full(studies, pain_at(point))
            location = _read(curve[:1], curve_of, log_odds)[0, :, 0]
            return _admitted(design, draw, ends, location, pain)[0].first

        known = jax.lax.map(mean, jnp.asarray(_POINTS))
        read: Array = jax.vmap(lambda z, y: jnp.interp(z, jnp.asarray(_POINTS), y), 1, 1)(whitened, known)
        return read

    def _crowd(self, inside: Admitted, log_odds: Array, sensitivity: Array) -> Crowd:
        levels = quantiles(inside.weight, jnp.asarray(_LOG_ODDS), self.levels)
        count = len(self.levels)
        levels = levels + _APART * (np.arange(count) - (count - 1) / 2.0)
        reading = interpolation(levels, log_odds)
        weighted = inside.weight[:, None, :] * reading
        return Crowd(
            inside,
            10.0 / (1.0 + jnp.exp(-levels)),
            weighted.sum(axis=2),
            jnp.einsum("snc,sc->sn", weighted, inside.later_of_cell),
            jnp.einsum("snc,smc->snm", weighted, reading),
            sensitivity,
        )

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
        crowd, levels = enrolment.arms, len(self.levels)
        schedule, dosed = design.schedule, _dosed(design.schedule)
        solved = solve(
            model,
            _of_nodes(schedule, levels),
            enrolment.drive,
            values,
            enrolled=enrolment.state,
            dose_factors=dose_factors,
        )
        study = schedule.study[schedule.visit_arm]
        at_nodes = solved.pain.reshape(-1, levels)
        change = jnp.where(dosed[schedule.visit_arm, None], at_nodes - crowd.node_pain[study], 0.0)
        begins = schedule.visit_node == 0
        people: Admitted = crowd.admitted
        base = jnp.where(begins, people.first[study], people.later[study])
        mean_change = jnp.sum(crowd.share[study] * change, axis=1)
        of_drugs = square = jnp.einsum("vn,vnm,vm->v", change, crowd.products[study], change)
        # E (r + d)^2 - (E (r + d))^2 of later reports r without their noise, and changes d.
        reports = jnp.sum(people.weight * people.later_of_cell**2, axis=1)[study]
        covered = jnp.sum(crowd.with_report[study] * change, axis=1)
        removal = design.removal
        if removal.schedule is not None and cause_stays is not None:
            # Moments of a mixture: those whose cause is away change by so much, the others not at all.
            after = solve(
                model,
                _of_nodes(removal.schedule, levels),
                without_cause(enrolment.drive),
                values,
                enrolled=enrolment.state,
                integrate_untreated=True,
            )
            its = study[removal.visit]
            away = after.pain.reshape(-1, levels)[removal.solved] - crowd.node_pain[its]
            gone = share_without_cause(removal, cause_stays)
            squares = jnp.einsum("vn,vnm,vm->v", away, crowd.products[its], away)
            mean_change = added(removal, mean_change, gone * jnp.sum(crowd.share[its] * away, axis=1))
            covered = added(removal, covered, gone * jnp.sum(crowd.with_report[its] * away, axis=1))
            square = added(removal, square, gone * squares)
        variance = reports + 2.0 * covered + square - (base + mean_change) ** 2
        variance = variance + people.reporting_variance[study] + (crowd.sensitivity**2) * of_drugs
        variance = jnp.where(begins, people.first_variance[study], variance)
        middle = levels // 2
        mean = Course(
            base + mean_change,
            solved.serum_magnesium.reshape(-1, levels)[:, middle],
            solved.csf_magnesium.reshape(-1, levels)[:, middle],
        )
        return ArmCourse(mean, jnp.sqrt(jnp.maximum(variance, 1e-6)))


def _rows_of(people: Enrolled[Any]) -> Array:
    """Log drive of patients, and the leaves of their states."""
    return jnp.stack([jnp.log(people.strength), *jax.tree.leaves(people.state)])


def _steady(
    model: PainModel[Any, Any], design: Design, habitual: Any, pains: Array, values: Values
) -> tuple[Enrolled[Any], Array, np.ndarray]:
    """Patients of all studies at these pains and the reference patient; curves, and that of every study.

    The rows of ``(rows, curves, ends)`` are those of `_rows_of`.
    """
    curve_of, first = _curves(design)
    each = len(_ENDS)
    share = design.central_share
    shares = np.concatenate([share, np.repeat(share[first], each), [REFERENCE_CENTRAL_SHARE]])
    intake = joined([habitual, _repeated(habitual[first], each), np.ones(1)])
    asked = jnp.concatenate([pains, jnp.asarray([*np.tile(_ENDS, len(first)), REFERENCE_PAIN])])
    people = model.at_enrolment(asked, shares, intake, values)
    curve = _rows_of(people)[:, len(pains) : -1].reshape(-1, len(first), each)
    return people, curve, curve_of


def _admitted(
    design: Design, draw: Mapping[str, Array], log_drive: Array, location: Array, pains: Array
) -> tuple[Admitted, Array]:
    """Admitted people of every study whose log drives lie around ``location``, and log odds of their pain."""
    printed, usual = design.least_pain, jnp.minimum(USUAL_CUT, pains - BELOW_THE_MEAN)
    reports = Reports(
        draw["lasting_report_spread"],
        draw["passing_report_spread"],
        jnp.where(np.isfinite(printed), np.nan_to_num(printed), usual),
    )
    cells = cells_of(unfloored(jnp.exp(log_drive)), location, draw["drive_spread"])
    log_odds = _LOG_ODDS[:-1] + (_LOG_ODDS[1] - _LOG_ODDS[0]) * cells.position
    return admitted(cells.log_share, 10.0 / (1.0 + jnp.exp(-log_odds)), reports), log_odds


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
    width = _LOG_ODDS[1] - _LOG_ODDS[0]
    place = (log_odds - _LOG_ODDS[0]) / width
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


def _dosed(schedule: Schedule) -> np.ndarray:
    found: np.ndarray = np.any(np.stack(jax.tree.leaves(schedule.doses)) != 0.0, axis=(0, 1))
    return found


def _of_nodes(schedule: Schedule, levels: int) -> Schedule:
    """Every arm once for each of its people who are solved, next to one another; so are its visits."""

    def people(index: np.ndarray) -> np.ndarray:
        expanded: np.ndarray = (index[:, None] * levels + np.arange(levels)).ravel()
        return expanded

    def arms(doses: Any) -> Any:
        return np.repeat(np.asarray(doses), levels, axis=1)

    return schedule._replace(
        study=people(schedule.study),
        doses={column: arms(dose) for column, dose in schedule.doses.items()},
        visit_arm=people(schedule.visit_arm),
        visit_node=np.repeat(schedule.visit_node, levels),
        settling_arm=people(schedule.settling_arm),
        settling_node=np.repeat(schedule.settling_node, levels),
        uncertain=UncertainDoses(
            schedule.uncertain.column, tuple(arms(dose) for dose in schedule.uncertain.doses)
        ),
    )


def _repeated(values: Any, levels: int) -> Any:
    return jnp.repeat(values, levels) if isinstance(values, jax.Array) else np.repeat(values, levels)
