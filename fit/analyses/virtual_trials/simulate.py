"""Virtual trials of a fitted run: the function behind ``windup simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from windup.datasets import Catalogue, PlannedTrial, load_trial_plans
from windup.fit.analyses.prediction.basis import basis_of
from windup.fit.analyses.prediction.courses import mechanism_of
from windup.fit.analyses.prediction.new_study import new_study
from windup.fit.analyses.prediction.predict import conditions_in
from windup.fit.analyses.virtual_trials.analysis import analysed
from windup.fit.analyses.virtual_trials.information_gain import expected_information
from windup.fit.analyses.virtual_trials.patients import Patients, StudyPart, baseline_grid, virtual_patients
from windup.fit.design.doses import DAYS_PER_WEEK
from windup.fit.design.hypothetical_arms import NO_DRUG, Arms, doses_of, patient_in
from windup.fit.design.support import beyond
from windup.fit.diagnostics.effects import MINIMAL_IMPORTANT_POINTS
from windup.fit.execution.batches import over_draws
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.problem import Draw, values_of
from windup.fit.runs.fitted_run import FittedRun

DRAWS = 500


class Simulation(NamedTuple):
    """Virtual trials of every plan.

    Attributes
    ----------
    arms
        Per plan and treated arm: ``assurance`` (probability of significant relief, averaged over everything
        that is not known) with its Monte-Carlo error, ``power_at_median`` and ``power_at_one_point`` (at the
        posterior median of the true effect and at 1 point, of the analysis of covariance), the true effect,
        ``information_nats``
        and ``information_per_100_patients``, share of patients seen at the end, and what it rests on.
    trials
        Per plan, arm and virtual trial: true effect in the mean study and in this one, estimate, error, p.
    patients
        Patients of the first virtual trial of each plan, one row per visit.
    """

    arms: pd.DataFrame
    trials: pd.DataFrame
    patients: pd.DataFrame


def simulate(
    run: FittedRun,
    plans: Path | tuple[PlannedTrial, ...],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = silent,
) -> Simulation:
    """Simulate planned trials with individual patients, a virtual trial for each draw of the posterior.

    Parameters
    ----------
    run
        From `windup.fit.read_run`.
    plans
        A TOML file, or plans.
    draws
        Virtual trials of each plan.
    seed
        Of studies and patients.
    progress
        Called with the progress, in draws.

    Returns
    -------
    Simulation
        Assurance is not power: it is averaged over effects that the posterior holds possible, of the drug, of
        this study and of its patients (O'Hagan, Stevens, Campbell 2005, doi 10.1002/pst.175).

    Raises
    ------
    RegimenFaults
        With every fault of the file.
    """
    prepare_process()
    chosen = (
        load_trial_plans(plans, catalogue=run.trials.catalogue, conditions=conditions_in(run))
        if isinstance(plans, Path)
        else plans
    )
    after, before = run.draws(draws), run.draws(draws, of="prior")
    posterior, prior = _courses(run, chosen, (after, before), progress)
    generator = np.random.default_rng(seed)
    tables = [
        _simulated(generator, run, plan, course, unlearned, after)
        for plan, course, unlearned in zip(chosen, posterior, prior, strict=True)
    ]
    arms, trials, patients = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    return Simulation(arms, trials, patients)


def _courses(
    run: FittedRun, plans: tuple[PlannedTrial, ...], sets: tuple[Draw, ...], progress: Progress
) -> tuple[list[np.ndarray], ...]:
    """Pain of each plan, ``(draws, arms, nodes, visits)``, for every set of draws."""
    catalogue = run.trials.catalogue
    arms = Arms(catalogue.dose_columns)
    places = [np.array(_places(arms, plan, catalogue)) for plan in plans]
    schedule = arms.schedule()
    model = run.problem.model
    courses = over_draws(
        lambda draw: arms.solve(model, schedule, values_of(run.problem, draw)).pain,
        mechanism_of(run, sets),
        "simulate",
        progress,
    )
    return tuple([pain[:, place] for place in places] for pain in courses)


def _places(arms: Arms, plan: PlannedTrial, catalogue: Catalogue) -> list[list[tuple[int, ...]]]:
    def of(pain: float, number: int) -> tuple[int, ...]:
        patient = patient_in(plan.condition, pain, plan.magnesium_intake, catalogue)
        arm = plan.arm[number]
        doses = doses_of(plan.regimen(arm), catalogue) if arm.phase else NO_DRUG
        return arms.visits(patient, doses, plan.visits)

    grid = baseline_grid(plan).tolist()
    return [[of(pain, number) for pain in grid] for number in range(len(plan.arm))]


def _simulated(
    generator: np.random.Generator,
    run: FittedRun,
    plan: PlannedTrial,
    courses: np.ndarray,
    unlearned: np.ndarray,
    draws: Draw,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables of one plan."""
    usable = np.isfinite(courses).all(axis=(1, 2, 3))
    courses, draws = courses[usable], {name: value[usable] for name, value in draws.items()}
    about = run.problem.drugs, run.trials.catalogue, run.problem.errors
    shifts = _shifts(generator, plan, draws, *about)
    trials, first = list[pd.DataFrame](), None
    for number, course in enumerate(courses):
        own = (float(draws[name][number]) for name in ("individual_spread", "visit_correlation"))
        patients = virtual_patients(generator, plan, course, StudyPart(shifts[number], *own))
        first = patients if first is None else first
        pain, shift = _at_pain(plan, course), shifts[number, :, -1]
        trials.append(_trial(plan, patients, pain[1:] - pain[0], shift[1:] - shift[0]).assign(draw=number))
    table = pd.concat(trials, ignore_index=True)
    prior = np.array([_at_pain(plan, course) for course in unlearned])
    lines = [
        _arm(generator, run, plan, arm, table, prior[:, arm] - prior[:, 0]) for arm in range(1, len(plan.arm))
    ]
    return pd.DataFrame(lines), table, _recorded(plan, first)


def _trial(plan: PlannedTrial, patients: Patients, effect: np.ndarray, deviation: np.ndarray) -> pd.DataFrame:
    """One virtual trial, a row for each arm but the first."""
    tested, change = analysed(plan, patients), analysed(plan, patients, "change")
    arms = range(1, len(plan.arm))
    return pd.DataFrame(
        {
            "trial": plan.name,
            "arm": [plan.arm[arm].name for arm in arms],
            "true_mean_study": effect,
            "true_this_study": effect + deviation,
            "estimate": tested.estimate,
            "error": tested.error,
            "p": tested.p,
            "success": tested.successes(plan),
            "change": change.estimate,
            "change_error": change.error,
            "stayed": [patients.stayed[np.isin(patients.arm, (0, arm))].mean() for arm in arms],
        }
    )


def _at_pain(plan: PlannedTrial, course: np.ndarray) -> np.ndarray:
    """Pain of every arm at the last visit in patients with the mean pain."""
    grid = baseline_grid(plan)
    return np.array([np.interp(plan.pain, grid, each[:, -1]) for each in course])


def _shifts(
    generator: np.random.Generator,
    plan: PlannedTrial,
    draws: Draw,
    drugs: tuple[str, ...],
    catalogue: Catalogue,
    errors: ErrorModel,
) -> np.ndarray:
    """Placebo course and deviations of one new study per draw, ``(draws, arms, visits)``."""
    treated = {
        arm.name: new_study(generator, plan.regimen(arm), draws, drugs, catalogue, errors)
        for arm in plan.arm
        if arm.phase
    }
    placebo = next(iter(treated.values())).placebo
    own = [treated[arm.name].deviation if arm.name in treated else 0.0 for arm in plan.arm]
    return np.stack([each - placebo for each in own], axis=1)


def _arm(
    generator: np.random.Generator,
    run: FittedRun,
    plan: PlannedTrial,
    arm: int,
    trials: pd.DataFrame,
    prior: np.ndarray,
) -> dict[str, object]:
    mine = trials[trials["arm"] == plan.arm[arm].name]
    effect, error = mine["true_mean_study"].to_numpy(), mine["change_error"].to_numpy()
    study = (mine["true_this_study"] - mine["true_mean_study"]).to_numpy()
    assurance = float(mine["success"].mean())
    known = np.isfinite(error)
    gain, gain_error = expected_information(
        generator, effect[known], np.full(known.sum(), study[known].std()), error[known]
    )
    patients = sum(each.patients for each in plan.arm)
    doses = doses_of(plan.regimen(plan.arm[arm]), run.trials.catalogue) if plan.arm[arm].phase else NO_DRUG
    days = DAYS_PER_WEEK * plan.visits[-1]
    reasons = beyond(run.problem.design, doses, plan.condition, days)
    typical = float(np.median(error[known]))
    # Patients who left and count with their baseline have no effect.
    share_of_effect = float(mine["stayed"].mean()) if plan.missing == "baseline" else 1.0
    low, middle, high = np.quantile(effect, (0.025, 0.5, 0.975))
    return {
        "trial": plan.name,
        "arm": plan.arm[arm].name,
        "patients": patients,
        "endpoint": plan.endpoint,
        "assurance": assurance,
        "assurance_error": float(np.sqrt(assurance * (1.0 - assurance) / len(mine))),
        "power_at_median": _power(plan, share_of_effect * float(middle), typical),
        "power_at_one_point": _power(plan, -share_of_effect * MINIMAL_IMPORTANT_POINTS, typical),
        "effect_median": middle,
        "effect_low_95": low,
        "effect_high_95": high,
        "standard_error": typical,
        "stayed": float(mine["stayed"].mean()),
        "information_nats": gain,
        "information_error": gain_error,
        "information_per_100_patients": 100.0 * gain / patients,
        **basis_of(effect, prior, reasons)._asdict(),
    }


def _power(plan: PlannedTrial, effect: float, error: float) -> float:
    """Power of the analysis of covariance at an effect in this study; below 0 is relief."""
    return float(stats.norm.cdf(-effect / error - stats.norm.ppf(1.0 - plan.alpha / 2.0)))


def _recorded(plan: PlannedTrial, patients: Patients | None) -> pd.DataFrame:
    """Patients of a virtual trial, one row per visit."""
    if patients is None:
        return pd.DataFrame()
    names = np.array([arm.name for arm in plan.arm])[patients.arm]
    weeks = np.array([0.0, *plan.visits])
    pain = np.column_stack([patients.baseline, patients.pain])
    count = len(names)
    return pd.DataFrame(
        {
            "trial": plan.name,
            "patient": np.repeat(np.arange(1, count + 1), len(weeks)),
            "arm": np.repeat(names, len(weeks)),
            "week": np.tile(weeks, count),
            "pain": pain.ravel(),
        }
    )
