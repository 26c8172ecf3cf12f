"""One patient per study, at the mean of its patients, and the evidence that such states last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr
from jaxtyping import Array, Float
from numpyro import distributions as dist

from windup.fit.design.arrays import Design, Observed, observed_in
from windup.fit.design.treatments.removal import added, share_without_cause, without_cause
from windup.fit.problem.people.lasting import lasting
from windup.fit.problem.people.levels import of_one_patient
from windup.fit.problem.people.people import (
    ENROLMENT_PRIOR,
    ArmCourse,
    Enrolment,
    People,
    enrolment_pains,
    habitual_magnesium_of,
    joined,
    pain_at,
)
from windup.fit.problem.people.standing import Balance, balance_of
from windup.models import (
    REFERENCE_CENTRAL_SHARE,
    REFERENCE_PAIN,
    Course,
    PainModel,
    Values,
    lasting_drive,
)

# Near a fold the change of drive that tips a state is about half the square of its margin, as a share of the
# drive. Where drives of ordinary weeks differ by a hundredth (SD; expert, and little), a patient with margin
# m is not tipped with probability 2 Phi(m^2 / 0.02) - 1, which is nearly Phi((m - 0.116) / 0.05).
MARGIN_THAT_LASTS = 0.116
MARGIN_WIDTH = 0.05
# Share of activity over which a drive passes from negative, which cannot last, to positive (expert).
SHARE_WIDTH = 0.05
# Share of net activity by which a patient of some years may still be under way (expert).
UNSETTLED_WIDTH = 0.02
# Points by which a state may hurt less than its patient does (expert: half a step of the scale).
MISSED_WIDTH = 0.5
# Pains that patients of trials have had for years. Eligibility usually begins at 3 or 4 (the studies in
# datasets/trials), and within a trial patients lie a point or two around its mean.
LASTING_PAINS = np.arange(3.0, 9.01, 0.5)


@final
@dataclass(frozen=True)
class OnePatient(People):
    """An arm is one patient at its mean pain; patients of all usual pains must be able to last."""

    @property
    def priors(self) -> Mapping[str, dist.Distribution]:
        """None."""
        return {}

    def by_study(self, design: Design) -> Mapping[str, int]:
        """None."""
        return {}

    @property
    def solved(self) -> int:
        """One."""
        return 1

    def observed(self, design: Design) -> Observed:
        """Rows, and what is printed of spreads of all visits together."""
        return observed_in(design)

    def enrolled(
        self, model: PainModel[Any, Any], design: Design, draw: Mapping[str, Array], values: Values
    ) -> Enrolment:
        """One patient of every study at its pain at enrolment."""
        studies = len(design.studies)
        # Beside the studies: one patient of every pain in every kind of illness, and the reference patient.
        kinds = np.unique(design.central_share[np.flatnonzero(design.painful)])
        pains, their_shares = (axis.ravel() for axis in np.meshgrid(LASTING_PAINS, kinds))
        shares = np.concatenate([design.central_share, their_shares, [REFERENCE_CENTRAL_SHARE]])
        habitual = joined([habitual_magnesium_of(design, draw), np.ones(len(pains) + 1)])
        all_pains = jnp.concatenate([enrolment_pains(design, draw), jnp.asarray([*pains, REFERENCE_PAIN])])
        people = model.at_enrolment(all_pains, shares, habitual, values)
        # Parts of one table: a slice of every leaf would be a hundred small programs.
        leaves, structure = jax.tree.flatten((people, lasting_drive(people.strength, shares, habitual)))
        table = jnp.stack(leaves)
        (study, drive), (typical, driven), (reference, _) = (
            jax.tree.unflatten(structure, list(part))
            for part in jnp.split(table, [studies, len(shares) - 1], axis=1)
        )
        lasting = jnp.zeros(())
        # Where no study has pain, nobody says how long his has lasted.
        if len(pains):
            margin = model.margin(typical.state, driven, values)
            lasting = log_lasting(margin, typical.drive_share, typical.unsettled, typical.missed)
        return Enrolment(drive, study.state, lasting, reference, np.arange(studies))

    def first_reports(
        self,
        model: PainModel[Any, Any],
        design: Design,
        draw: Mapping[str, Array],
        values: Values,
        whitened: Float[Array, "points studies"],
    ) -> Float[Array, "points studies"]:
        """The pain at enrolment itself."""
        return pain_at(whitened)

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
        """Course of that patient, and of the one whose cause is away, as a mixture."""
        mean = solve(
            model,
            design.schedule,
            enrolment.drive,
            values,
            enrolled=enrolment.state,
            dose_factors=dose_factors,
        )
        removal = design.removal
        if removal.schedule is None or cause_stays is None:
            return ArmCourse(mean, levels=of_one_patient(design, mean.pain, None, mean.pain))
        after = solve(
            model,
            removal.schedule,
            without_cause(enrolment.drive),
            values,
            enrolled=enrolment.state,
            integrate_untreated=True,
        )
        change = after.pain[removal.solved] - mean.pain[removal.visit]
        gone = share_without_cause(removal, cause_stays)
        return ArmCourse(
            mean._replace(pain=added(removal, mean.pain, gone * change)),
            levels=of_one_patient(design, mean.pain, cause_stays, after.pain),
        )

    def lasting_share(
        self,
        model: PainModel[Any, Any],
        central_share: Float[np.ndarray, " conditions"],
        draw: Mapping[str, Array],
        values: Values,
    ) -> Float[Array, "causes conditions"]:
        """1 where the pain of the one patient would last, else 0."""
        balance = Balance(balance_of(model, central_share, values)[None], jnp.ones(1))
        log_odds = jnp.full((len(central_share), 1), ENROLMENT_PRIOR[0])
        return jnp.mean(lasting(balance, central_share, log_odds, jnp.ones_like(log_odds)), axis=2)


ONE_PATIENT = OnePatient()


def log_lasting(margin: Array, drive_share: Array, unsettled: Array, missed: Array) -> Array:
    r"""Log probability that patients of every pain and kind of illness could be found in a state that lasts.

    Patients of a trial have had their pain for years, and within a trial they have all pains of
    ``LASTING_PAINS``. Nobody stays that long on the unstable branch of a fold (a margin below 0), so close to
    it that the drive of an ordinary week tips him, nor below the pain that the loops hold by themselves (a
    negative share of the drive); and a state that hurts less than he does is not his. Every such patient says
    so by himself; it is evidence, kept apart from the rows so that the summary can show what it says of the
    loops before any trial is read:

    .. math:: \sum_i \log \Phi\Big(\frac{m_i - m_0}{\epsilon_m}\Big) - \log\big(1 + e^{-d_i / \epsilon_d}\big)
        - \frac12 \log\big(1 + r_i^2 / \epsilon_r^2\big) - \frac12 q_i^2 / \epsilon_q^2

    with margins :math:`m_i`, shares :math:`d_i`, what is unsettled :math:`r_i`, missed pain :math:`q_i`,
    :math:`m_0` = ``MARGIN_THAT_LASTS`` and the widths ``MARGIN_WIDTH``, ``SHARE_WIDTH``, ``UNSETTLED_WIDTH``
    and ``MISSED_WIDTH``.
    """
    return (
        jnp.sum(log_ndtr((margin - MARGIN_THAT_LASTS) / MARGIN_WIDTH))
        + jnp.sum(jax.nn.log_sigmoid(drive_share / SHARE_WIDTH))
        # What is unsettled grows exponentially with the gain of the loop that creeps: its square would be a
        # wall that no step size crosses.
        - 0.5 * jnp.sum(jnp.log1p((unsettled / UNSETTLED_WIDTH) ** 2))
        - 0.5 * jnp.sum((missed / MISSED_WIDTH) ** 2)
    )
