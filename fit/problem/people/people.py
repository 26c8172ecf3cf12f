"""What a fit takes the patients of a study for: the interface, and what all of its answers share."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpyro import distributions as dist

from windup.fit.design.arrays import Design, Observed
from windup.fit.problem.people.levels import Levels
from windup.models import Course, Drive, Enrolled, PainModel, Values

# Pain at enrolment, log odds on the 0-10 scale: 6 points, 95 % of trials between 3.6 and 8 (what enrolment
# criteria ask for; expert). Fixed on purpose: a fitted spread of a latent that the mechanism can amplify has
# a spurious mode at 0.
ENROLMENT_PRIOR = (0.4, 0.5)

# SD between studies of the log magnesium that patients absorb from their diet: 95 % of studies between 0.6
# and 1.6 of the customary. Mean intakes of groups of adults lie between 200 and 450 mg/day, and illness and
# drugs change what is absorbed and lost (expert).
INTAKE_LOG_SD = 0.25

# Studies of magnesium alone have no pain rows; their people enter the pain states nowhere that is observed.
WITHOUT_PAIN = 1.0

ENROLMENT, INTAKE = "enrolment_by_study", "magnesium_intake_by_study"
REPORTING = "passing_report_by_study"


class Enrolment(NamedTuple):
    """Patients of all studies at enrolment.

    Attributes
    ----------
    drive, state
        Of every patient that is solved, in the order of the schedule that `People.schedule` returns.
    log_lasting
        Log probability that such patients last (`windup.fit.problem.people.one_patient.log_lasting`).
    reference
        The patient whose response is the leverage of a drug.
    typical
        Index among them of one patient in the middle of every study.
    arms
        What `People.course` needs beside them; None where every arm is one patient.
    """

    drive: Drive
    state: Any
    log_lasting: Array
    reference: Enrolled[Any]
    typical: Int[np.ndarray, " studies"]
    arms: Any = None


class ArmCourse(NamedTuple):
    """Means of the arms at all visits, and the SD between the reports of their patients there.

    ``spread`` is without what people differ in their response to placebo; None where an arm is one patient.
    ``levels`` are reports at the visits of shares at a limit, in a population without that spread, too; None
    without any.
    """

    mean: Course
    spread: Float[Array, " visits"] | None = None
    levels: Levels | None = None


class People(abc.ABC):
    """Abstract; what the patients of an arm are."""

    @property
    @abc.abstractmethod
    def priors(self) -> Mapping[str, dist.Distribution]:
        """Priors of the scalars that it has beside those of every fit."""

    @abc.abstractmethod
    def by_study(self, design: Design) -> Mapping[str, int]:
        """Lengths by name of standard normal vectors of studies that it has beside those of every fit."""

    @property
    @abc.abstractmethod
    def solved(self) -> int:
        """Number of people of a study whose courses are solved."""

    @abc.abstractmethod
    def observed(self, design: Design) -> Observed:
        """What the trials of a design published, as far as it says something of these people."""

    @abc.abstractmethod
    def enrolled(
        self, model: PainModel[Any, Any], design: Design, draw: Mapping[str, Array], values: Values
    ) -> Enrolment:
        """Patients of all studies at enrolment.

        Parameters
        ----------
        model, design
            Of the problem.
        draw
            Parameters by name, fixed ones included.
        values
            Those of the mechanism.
        """

    @abc.abstractmethod
    def first_reports(
        self,
        model: PainModel[Any, Any],
        design: Design,
        draw: Mapping[str, Array],
        values: Values,
        whitened: Float[Array, "points studies"],
    ) -> Float[Array, "points studies"]:
        """Mean pain that patients report at entry, at whitened log odds of the pain at enrolment."""

    @abc.abstractmethod
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
        """Courses of all arms at the visits of a design.

        ``cause_stays`` are the log odds of the share of people whose cause each procedure of
        ``Design.removal`` does not take away; None where there is none.
        """

    @abc.abstractmethod
    def lasting_share(
        self,
        model: PainModel[Any, Any],
        central_share: Float[np.ndarray, " conditions"],
        draw: Mapping[str, Array],
        values: Values,
    ) -> Float[Array, "causes conditions"]:
        """Share of the patients of a usual trial who would keep half of their pain without its cause.

        By what is taken away (`windup.fit.problem.people.lasting`) and by condition. A usual trial has the
        median pain at enrolment and asks for 4 points.
        """


def enrolment_pain_of(draw: Mapping[str, Array]) -> Array:
    """Pain at enrolment of every painful study, 0-10.

    Trials select patients by pain, not by drive, so the prior is on the pain at enrolment and the drive
    follows from it. It also keeps a study's latent where its own baseline pins it whatever the mechanism
    does.
    """
    return pain_at(draw[ENROLMENT])


def pain_at(whitened: Array) -> Array:
    """Pain, 0-10, at whitened log odds of it."""
    return 10.0 / (1.0 + jnp.exp(-log_odds_at(whitened)))


def log_odds_at(whitened: Array) -> Array:
    """Log odds of pain at whitened ones."""
    location, scale = ENROLMENT_PRIOR
    return location + scale * whitened


def enrolment_pains(design: Design, draw: Mapping[str, Array]) -> Array:
    """Pain at enrolment of every study, ``WITHOUT_PAIN`` where none is observed."""
    painful = np.flatnonzero(design.painful)
    pains: Array = jnp.full(len(design.studies), WITHOUT_PAIN).at[painful].set(enrolment_pain_of(draw))
    return pains


def habitual_magnesium_of(design: Design, draw: Mapping[str, Array]) -> Any:
    r"""Magnesium that patients of every study absorb from their diet, relative to the customary 1.

    An unknown :math:`e^{0.25 z}`, :math:`z \sim N(0, 1)`, of each study with rows of magnesium, where the
    settings say so; else what the design holds.
    """
    if not latent_intakes(design):
        return design.habitual_magnesium
    studies = np.flatnonzero(design.with_magnesium)
    return jnp.ones(len(design.studies)).at[studies].set(jnp.exp(INTAKE_LOG_SD * draw[INTAKE]))


def latent_intakes(design: Design) -> int:
    """Number of studies whose magnesium intake is an unknown of the fit."""
    return int(design.with_magnesium.sum()) if design.exposure.latent_intake else 0


def joined(parts: Sequence[Any]) -> Any:
    """Parts one after the other; known numbers stay known."""
    any_traced = any(isinstance(part, jax.Array) for part in parts)
    return jnp.concatenate(parts) if any_traced else np.concatenate(parts)
