"""Patients of every study at enrolment, and the evidence that such states last."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr
from jaxtyping import Array

from windup.fit.problem.priors import ENROLMENT_PRIOR, INTAKE_LOG_SD, whitened_sizes
from windup.fit.problem.problem import Draw, Problem
from windup.models import REFERENCE_CENTRAL_SHARE, REFERENCE_PAIN, Drive, Enrolled, Values, lasting_drive

# Studies of magnesium alone have no pain rows; their people enter the pain states nowhere that is observed.
WITHOUT_PAIN = 1.0
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


class Enrolment(NamedTuple):
    """Patients of all studies at enrolment: their drive and state, and whether such patients last.

    ``reference`` is the one whose response is the leverage of a drug.
    """

    drive: Drive
    state: Any
    log_lasting: Array
    reference: Enrolled[Any]


def enrolment(problem: Problem, draw: Draw, values: Values) -> Enrolment:
    """Patients of all studies at their pain at enrolment."""
    design = problem.design
    painful, studies = np.flatnonzero(design.painful), len(design.studies)
    pain = jnp.full(studies, WITHOUT_PAIN).at[painful].set(enrolment_pain_of(draw))
    # Beside the studies: one patient of every pain in every kind of illness, and the reference patient.
    kinds = np.unique(design.central_share[painful])
    pains, their_shares = (axis.ravel() for axis in np.meshgrid(LASTING_PAINS, kinds))
    shares = np.concatenate([design.central_share, their_shares, [REFERENCE_CENTRAL_SHARE]])
    intake = habitual_magnesium_of(problem, draw)
    joined: Any = jnp.concatenate if isinstance(intake, jax.Array) else np.concatenate
    habitual = joined([intake, np.ones(len(pains) + 1)])
    all_pains = jnp.concatenate([pain, jnp.asarray([*pains, REFERENCE_PAIN])])
    people = problem.model.at_enrolment(all_pains, shares, habitual, values)
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
        margin = problem.model.margin(typical.state, driven, values)
        lasting = log_lasting(margin, typical.drive_share, typical.unsettled, typical.missed)
    return Enrolment(drive, study.state, lasting, reference)


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


def enrolment_pain_of(draw: Draw) -> Array:
    """Pain at enrolment of every painful study, 0-10.

    Trials select patients by pain, not by drive, so the prior is on the pain at enrolment and the drive
    follows from it. It also keeps a study's latent where its own baseline pins it whatever the mechanism
    does.
    """
    location, scale = ENROLMENT_PRIOR
    return 10.0 / (1.0 + jnp.exp(-(location + scale * draw["enrolment_by_study"])))


def habitual_magnesium_of(problem: Problem, draw: Draw) -> Array | np.ndarray:
    r"""Magnesium that patients of every study absorb from their diet, relative to the customary 1.

    An unknown :math:`e^{0.25 z}`, :math:`z \sim N(0, 1)`, of each study with rows of magnesium, where the
    settings say so; else what the design holds.
    """
    name, design = "magnesium_intake_by_study", problem.design
    if name not in whitened_sizes(problem):
        return design.habitual_magnesium
    studies = np.flatnonzero(design.with_magnesium)
    return jnp.ones(len(design.studies)).at[studies].set(jnp.exp(INTAKE_LOG_SD * draw[name]))
