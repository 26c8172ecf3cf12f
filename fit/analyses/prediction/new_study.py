"""What a single study adds to the mean one: its course without a drug, deviations of drugs, its scoring."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtr

from windup.datasets import Catalogue, Regimen
from windup.fit.analyses.prediction.courses import RegimenCourse
from windup.fit.design.doses import DAYS_PER_WEEK
from windup.fit.design.hypothetical_arms import doses_of
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.errors.responders import score_of
from windup.fit.problem.errors.student_t import STUDENT_T
from windup.fit.problem.priors import DRUG_SPREAD_SD
from windup.fit.problem.problem import Draw


class StudyCourse(NamedTuple):
    """A study's own part of pain at the reported weeks, ``(draws, reported)``; 0 in the mean study.

    ``deviation`` of the treated arm, ``placebo`` the fall of both on placebo, natural course included,
    ``offset`` of both at all visits, ``(draws, 1)``.
    """

    deviation: Float[np.ndarray, "draws reported"]
    placebo: Float[np.ndarray, "draws reported"]
    offset: Float[np.ndarray, "draws 1"]


def mean_study(regimen: Regimen, draws: Draw, catalogue: Catalogue) -> StudyCourse:
    """The study without deviations, of the year 2010, with blinded patients."""
    groups = [group.name for group in catalogue.placebo_groups]
    group = groups.index(catalogue.condition_by_name[regimen.condition].placebo_group)
    fall = np.asarray(draws["placebo_response"])[:, group]
    fall = fall + np.asarray(draws["placebo_per_baseline_point"]) * (regimen.pain - 6.0)
    placebo = fall[:, None] * onset(regimen, draws["placebo_time"])
    placebo = placebo + np.asarray(draws["natural_course"])[:, None] * onset(regimen, draws["natural_time"])
    nothing = np.zeros_like(placebo)
    return StudyCourse(nothing, placebo, nothing[:, :1])


def onset(regimen: Regimen, days: Array | np.ndarray) -> Float[np.ndarray, "draws reported"]:
    """Share that has built up by each reported week, with a time constant in days."""
    since = DAYS_PER_WEEK * np.array(regimen.reported)
    share: Float[np.ndarray, "draws reported"] = -np.expm1(-since / np.asarray(days)[:, None])
    return share


def new_study(
    generator: np.random.Generator,
    regimen: Regimen,
    draws: Draw,
    drugs: tuple[str, ...],
    catalogue: Catalogue,
    errors: ErrorModel = STUDENT_T,
) -> StudyCourse:
    """One more study of the same regimen: normal deviations times one scale, as the error model has them.

    Parameters
    ----------
    generator
        Random numbers.
    regimen
        What is given.
    draws
        Parameters of the observation model, draws in front.
    drugs
        Drugs whose own spread was fitted, in order; a spread of another drug is drawn from the common one.
    catalogue
        Drugs and conditions.
    errors
        The error model of the fit.
    """
    mean, doses = mean_study(regimen, draws, catalogue), doses_of(regimen, catalogue)
    count = len(mean.placebo)
    days = DAYS_PER_WEEK * np.array(regimen.reported)
    scale = errors.new_study_scale(generator, draws, count)[:, None]
    load = np.stack([doses.drug_load(doses.drugs, day, len(doses.drugs)) for day in days])
    deviation = np.zeros_like(mean.placebo)
    for column, drug in enumerate(doses.drugs):
        spread = drug_spread(generator, drug, draws, drugs)
        deviation += (spread * generator.standard_normal(count))[:, None] * load[None, :, column]
    placebo = np.zeros_like(deviation)
    for course in ("placebo", "natural"):
        own = np.asarray(draws[f"{course}_spread"]) * generator.standard_normal(count)
        placebo += own[:, None] * onset(regimen, draws[f"{course}_time"])
    offset = (np.asarray(draws["offset_spread"]) * generator.standard_normal(count))[:, None]
    # Deviations are symmetric: the sign of a draw is free.
    return StudyCourse(scale * deviation, mean.placebo - scale * placebo, scale * offset)


def drug_spread(
    generator: np.random.Generator, drug: str, draws: Draw, drugs: tuple[str, ...]
) -> Float[np.ndarray, " draws"]:
    """SD between studies of the effect of a drug, points; of one that was not fitted, from the common one."""
    common = np.asarray(draws["drug_spread"])
    own = (
        np.asarray(draws["drug_spread_by_drug"])[:, drugs.index(drug)]
        if drug in drugs
        else generator.standard_normal(len(common))
    )
    spread: Float[np.ndarray, " draws"] = common * np.exp(DRUG_SPREAD_SD * own)
    return spread


def responder_share(
    predicted: RegimenCourse, regimen: Regimen, draws: Draw, study: StudyCourse, kept: float, *, treated: bool
) -> Float[np.ndarray, "draws reported"]:
    """Share whose pain has fallen to ``kept`` of its baseline, with the placebo course of the condition."""
    at = np.searchsorted(predicted.weeks, regimen.reported)
    course = predicted.pain if treated else predicted.no_drug
    pain = course[:, at] + study.offset - study.placebo + (study.deviation if treated else 0.0)
    baseline = course[:, :1] + study.offset
    spread = np.asarray(draws["individual_spread"])[:, None]
    share: Float[np.ndarray, "draws reported"] = ndtr(score_of(pain, baseline, kept, spread))
    return share
