"""Effects over time on treatment and after it, next to what the trials of each drug measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from windup.datasets import Catalogue, Regimen
from windup.fit.analyses.prediction.courses import RegimenCourse
from windup.fit.analyses.prediction.new_study import new_study
from windup.fit.design.measured.trial_effects import trial_effects
from windup.fit.diagnostics.effects import interval_of
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.errors.student_t import STUDENT_T
from windup.fit.problem.problem import Draw
from windup.fit.runs.fitted_run import FittedRun

# Most included trials end within half a year; what comes after the last dose is over in two months.
ON_WEEKS, AFTER_WEEKS = 26.0, 8.0
SHOWN = 6


def measured(run: FittedRun) -> pd.DataFrame:
    """What the trials of a run measured while their patients were on treatment, of single drugs."""
    effects = trial_effects(run.trials)
    return effects[effects["on_treatment"].astype(bool) & ~effects["drug"].str.contains("+", regex=False)]


def long_regimens(regimens: tuple[Regimen, ...], effects: pd.DataFrame) -> tuple[Regimen, ...]:
    """Regimens of a single drug, taken for half a year and followed after the last dose.

    Parameters
    ----------
    regimens
        Regimens to choose from; the first of a drug is taken.
    effects
        From `measured`.

    Returns
    -------
    tuple
        Those of the drugs with most trials, at most six. A single administration stays one.
    """
    trials = effects.groupby("drug")["study"].nunique()
    visits = effects.groupby("drug").size()
    first: dict[str, Regimen] = {}
    for regimen in regimens:
        if len(regimen.drugs) == 1 and regimen.drugs[0] in trials.index:
            first.setdefault(regimen.drugs[0], regimen)
    most = sorted(first, key=lambda drug: (-int(trials[drug]), -int(visits[drug])))[:SHOWN]
    return tuple(_longer(first[drug]) for drug in most)


def _longer(regimen: Regimen) -> Regimen:
    last = regimen.phase[-1]
    end = last.start_week if last.is_single else max(ON_WEEKS, last.end_week)
    phases = (*regimen.phase[:-1], last.model_copy(update={"end_week": end}))
    weeks = max(ON_WEEKS, end) + AFTER_WEEKS
    reported = tuple(float(week) for week in np.arange(1.0, weeks + 1.0))
    return regimen.model_copy(update={"phase": phases, "weeks": weeks, "weeks_reported": reported})


def trial_courses_table(
    generator: np.random.Generator,
    regimens: tuple[Regimen, ...],
    courses: tuple[RegimenCourse, ...],
    draws: Draw,
    drugs: tuple[str, ...],
    catalogue: Catalogue,
    errors: ErrorModel = STUDENT_T,
) -> pd.DataFrame:
    """Difference from placebo of each long regimen by week.

    Returns
    -------
    pandas.DataFrame
        ``regimen``, ``drug``, ``last_dose_week``, ``week``; ``median`` and central intervals in the average
        study (credible intervals), and ``new_low_95``, ``new_high_95`` of the effect in a new study (NRS
        points).
    """
    table: list[dict[str, Any]] = []
    for regimen, course in zip(regimens, courses, strict=True):
        deviation = new_study(generator, regimen, draws, drugs, catalogue, errors).deviation
        ends = max(phase.end_week for phase in regimen.phase)
        head: dict[str, Any] = {"regimen": regimen.name, "drug": regimen.drugs[0], "last_dose_week": ends}
        table.append({**head, "week": 0.0, **interval_of(np.zeros(1)), "new_low_95": 0.0, "new_high_95": 0.0})
        for place, week in enumerate(regimen.reported):
            mean = course.at((week,))[:, 0]
            new = mean + deviation[:, place]
            low, high = np.quantile(new[np.isfinite(new)], (0.025, 0.975))
            numbers = interval_of(mean[np.isfinite(mean)])
            table.append({**head, "week": week, **numbers, "new_low_95": low, "new_high_95": high})
    return pd.DataFrame(table)
