"""Every regimen solved for every draw, with no drug, each of its drugs alone, and other doses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from windup.datasets import Catalogue, Regimen
from windup.fit.analyses.prediction.transport import check_covariates, shift
from windup.fit.design.hypothetical_arms import NO_DRUG, Arms, doses_of, patient_of
from windup.fit.execution.batches import over_draws
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.problem import Draw, values_of
from windup.fit.runs.fitted_run import FittedRun
from windup.models import Course

MULTIPLES = (0.25, 0.5, 1.0, 1.5, 2.0)


class RegimenCourse(NamedTuple):
    """One regimen in all draws; pain without the placebo course, in the mean study.

    Attributes
    ----------
    weeks
        Every week to the horizon, the reported ones and the end of the last phase.
    pain, no_drug
        Pain with the regimen and without any drug, 0-10.
    serum_magnesium, csf_magnesium
        With the regimen, mmol/L.
    alone
        Difference from no drug of each drug alone at the reported weeks, when there are several.
    by_dose
        Difference from no drug at the last reported week at ``MULTIPLES`` of the dose; empty for several
        drugs and for single applications.
    reported
        The reported weeks.
    """

    weeks: Float[np.ndarray, " weeks"]
    pain: Float[np.ndarray, "draws weeks"]
    no_drug: Float[np.ndarray, "draws weeks"]
    serum_magnesium: Float[np.ndarray, "draws weeks"]
    csf_magnesium: Float[np.ndarray, "draws weeks"]
    alone: dict[str, Float[np.ndarray, "draws reported"]]
    by_dose: Float[np.ndarray, "draws multiples"]
    reported: tuple[float, ...] = ()

    @property
    def difference(self) -> Float[np.ndarray, "draws weeks"]:
        """From no drug, NRS points; negative is less pain."""
        difference: Float[np.ndarray, "draws weeks"] = self.pain - self.no_drug
        return difference

    def at(self, weeks: tuple[float, ...]) -> Float[np.ndarray, "draws some"]:
        """Difference from no drug at some of its weeks."""
        chosen: np.ndarray = self.difference[:, np.searchsorted(self.weeks, weeks)]
        return chosen


class _Layout(NamedTuple):
    """Places of one regimen's numbers among all visits."""

    weeks: tuple[float, ...]
    treated: tuple[int, ...]
    untreated: tuple[int, ...]
    reported: tuple[int, ...]
    reported_weeks: tuple[float, ...]
    alone: dict[str, tuple[int, ...]]
    by_dose: tuple[int, ...]


def weeks_of(regimen: Regimen) -> tuple[float, ...]:
    """Weeks at which a regimen is looked at."""
    whole = np.arange(np.floor(regimen.weeks) + 1.0)
    return tuple(np.unique([*whole, *regimen.reported, regimen.last_week, regimen.weeks]).tolist())


def predicted(
    run: FittedRun, regimens: tuple[Regimen, ...], sets: tuple[Draw, ...], progress: Progress = silent
) -> tuple[tuple[RegimenCourse, ...], ...]:
    """Every regimen for every draw of several sets, such as those of posterior and prior.

    Parameters
    ----------
    run
        The finished run.
    regimens
        From `windup.datasets.load_regimens`.
    sets
        From `FittedRun.draws`, draws in front.
    progress
        Called with the progress of the phase ``predict``.

    Raises
    ------
    SettingsError
        When a regimen has covariates that the run does not have.
    """
    if not regimens:
        return ((),) * len(sets)
    check_covariates(run, regimens)
    problem, catalogue = run.problem, run.trials.catalogue
    arms = Arms(catalogue.dose_columns)
    layouts = tuple(_layout(arms, regimen, catalogue) for regimen in regimens)
    schedule = arms.schedule()

    def program(draw: Draw) -> Course:
        return arms.solve(problem.model, schedule, values_of(problem, draw))

    needed = mechanism_of(run, sets)
    courses = over_draws(program, needed, "predict", progress)
    return tuple(
        tuple(
            _carried(_read(course, layout), run, regimen, draws)
            for regimen, layout in zip(regimens, layouts, strict=True)
        )
        for course, draws in zip(courses, sets, strict=True)
    )


def _carried(found: RegimenCourse, run: FittedRun, regimen: Regimen, draws: Draw) -> RegimenCourse:
    """The same for the covariates of the regimen."""
    if not regimen.covariates:
        return found
    pain = np.clip(found.pain - shift(run, regimen, draws, found.weeks), 0.0, 10.0)
    # A slope knows no dose.
    return found._replace(pain=pain, by_dose=found.by_dose[:, :0])


def mechanism_of(run: FittedRun, sets: tuple[Draw, ...]) -> tuple[Draw, ...]:
    """The parameters that a solve needs, without those of the observation model."""
    names = [p.name for p in run.problem.model.parameters() if p.family != "fixed"]
    return tuple({name: draws[name] for name in names} for draws in sets)


def _layout(arms: Arms, regimen: Regimen, catalogue: Catalogue) -> _Layout:
    patient, weeks, doses = patient_of(regimen, catalogue), weeks_of(regimen), doses_of(regimen, catalogue)
    last = regimen.reported[-1:]
    several = len(regimen.drugs) > 1
    untreated = arms.visits(patient, NO_DRUG, weeks)
    # A drug that is counted in applications has no other dose.
    counted = any(catalogue.drug(phase.drug).reference_dose is None for phase in regimen.phase)
    graded = not several and not counted
    return _Layout(
        weeks=weeks,
        treated=arms.visits(patient, doses, weeks),
        untreated=untreated,
        reported=tuple(untreated[weeks.index(week)] for week in regimen.reported),
        reported_weeks=regimen.reported,
        alone={
            drug: arms.visits(patient, doses_of(regimen.alone(drug), catalogue), regimen.reported)
            for drug in (regimen.drugs if several else ())
        },
        by_dose=tuple(
            place
            for times in (MULTIPLES if graded else ())
            for place in arms.visits(patient, doses_of(regimen, catalogue, times), last)
        ),
    )


def _read(course: Course, layout: _Layout) -> RegimenCourse:
    pain = np.asarray(course.pain)
    treated, untreated, reported = (
        list(places) for places in (layout.treated, layout.untreated, layout.reported)
    )
    return RegimenCourse(
        weeks=np.array(layout.weeks),
        pain=pain[:, treated],
        no_drug=pain[:, untreated],
        serum_magnesium=np.asarray(course.serum_magnesium)[:, treated],
        csf_magnesium=np.asarray(course.csf_magnesium)[:, treated],
        alone={drug: pain[:, list(places)] - pain[:, reported] for drug, places in layout.alone.items()},
        by_dose=pain[:, list(layout.by_dose)] - pain[:, reported[-1:]],
        reported=layout.reported_weeks,
    )
