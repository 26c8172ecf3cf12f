"""Predictions of interventions: the function behind ``windup predict``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import pandas as pd
import xarray as xr

from windup.datasets import Regimen, load_regimens
from windup.fit.analyses.prediction.basis import PredictionDraws, Source, basis_of, source_of
from windup.fit.analyses.prediction.courses import RegimenCourse, predicted
from windup.fit.analyses.prediction.tables import (
    combinations_table,
    courses_table,
    doses_table,
    effects_table,
    ranks_table,
    responders_table,
    washout_table,
)
from windup.fit.analyses.prediction.transport import beyond_covariates
from windup.fit.analyses.prediction.trial_courses import long_regimens, measured, trial_courses_table
from windup.fit.design.arrays import Design
from windup.fit.design.basis import Basis
from windup.fit.design.doses import DAYS_PER_WEEK
from windup.fit.design.hypothetical_arms import doses_of
from windup.fit.design.support import beyond, support_of
from windup.fit.errors import NothingToPredict
from windup.fit.execution.identity import versions
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.fitted_run import FittedRun

DRAWS = 500


@final
@dataclass(frozen=True, eq=False)
class Prediction:
    """What a finished run predicts of regimens.

    Attributes
    ----------
    regimens
        What was predicted.
    tables
        Tidy tables by name: ``effects``, ``courses``, ``responders``, ``ranks``, ``doses``, ``washout`` and
        ``combinations``, in which every row has the basis of its regimen; ``trial_courses``, the course of
        the effect on the drugs with most trials, and ``trial_effects``, what these trials measured.
    tree
        Draws of pain, magnesium and differences in the groups ``posterior`` and ``prior``.
    """

    regimens: tuple[Regimen, ...]
    tables: dict[str, pd.DataFrame]
    tree: xr.DataTree


def predict(
    run: FittedRun,
    regimens: Path | tuple[Regimen, ...] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = silent,
) -> Prediction:
    """Predict what regimens do, also ones that nobody ever tried, from posterior and prior.

    Parameters
    ----------
    run
        From `windup.fit.read_run`.
    regimens
        A TOML file, regimens, or None for the packaged ones.
    draws
        Largest number of draws of posterior and of prior.
    seed
        Of the deviations of a new study.
    progress
        Called with the progress of the phase ``predict``.

    Returns
    -------
    Prediction
        Differences are from no drug in the same patient, NRS points, negative is less pain; the placebo
        course is the same in both arms and cancels, and enters responder shares alone. ``study`` says whether
        a number is for the mean study or for a new one, which deviates as the trials do from each other.

    Raises
    ------
    RegimenFaults
        With every fault of the file.

    Notes
    -----
    Patients are enrolled steady at their pain, as in `windup.fit.posterior.regimens.effects_at_12_weeks`.
    Prior draws are those before the one assumption that patients' states last
    (`windup.fit.problem.people.one_patient.log_lasting`).
    """
    prepare_process()
    chosen = regimens if isinstance(regimens, tuple) else regimens_for(run, regimens)
    sets = run.draws(draws), run.draws(draws, of="prior")
    effects = measured(run)
    longer = long_regimens(chosen, effects)
    both = predicted(run, (*chosen, *longer), sets, progress)
    posterior, prior = (each[: len(chosen)] for each in both)
    generator = np.random.default_rng(seed)
    about = run.problem.drugs, run.trials.catalogue, run.problem.errors
    sources = [
        source_of(generator, chosen, each, of, *about)
        for each, of in zip((posterior, prior), sets, strict=True)
    ]
    found = prediction_of(run, chosen, *sources)
    of_longer = both[0][len(chosen) :]
    found.tables["trial_courses"] = trial_courses_table(generator, longer, of_longer, sets[0], *about)
    shown = {regimen.drugs[0] for regimen in longer}
    found.tables["trial_effects"] = effects[effects["drug"].isin(shown)].reset_index(drop=True)
    return found


def prediction_of(
    run: FittedRun, regimens: tuple[Regimen, ...], posterior: Source, prior: Source
) -> Prediction:
    """Tables and tree of draws that were solved."""
    basis = tuple(
        _basis(run, *each) for each in zip(regimens, posterior.predicted, prior.predicted, strict=True)
    )
    design = run.problem.design
    trials = tuple(support_of(design, regimen.drugs).studies for regimen in regimens)
    rows = PredictionDraws(regimens, basis, trials, posterior, prior)
    tables = {
        "effects": effects_table(rows),
        "courses": courses_table(rows),
        "responders": responders_table(rows),
        "ranks": ranks_table(rows),
        "doses": doses_table(rows, run.trials.catalogue),
        "washout": washout_table(rows),
        "combinations": combinations_table(rows),
    }
    return Prediction(regimens, tables, _tree(run, regimens, posterior, prior))


def _basis(run: FittedRun, regimen: Regimen, posterior: RegimenCourse, prior: RegimenCourse) -> Basis:
    """Basis of the difference that a regimen makes at its last reported week."""
    last = regimen.reported[-1:]
    return basis_of(
        posterior.at(last)[:, 0],
        prior.at(last)[:, 0],
        (*beyond_trials(run.problem.design, regimen), *beyond_covariates(run, regimen)),
    )


def beyond_trials(design: Design, regimen: Regimen) -> tuple[str, ...]:
    """In what a regimen goes beyond the trials by its last reported week; empty where it lies inside them."""
    doses, last_day = doses_of(regimen, design.catalogue), DAYS_PER_WEEK * regimen.reported[-1]
    return beyond(design, doses, regimen.condition, last_day)


def regimens_for(run: FittedRun, path: Path | None) -> tuple[Regimen, ...]:
    """Regimens of a file, or the packaged ones in the conditions of the run.

    Raises
    ------
    NothingToPredict
        When no study of the run is one of pain, or no packaged regimen is for their conditions.
    """
    known = conditions_in(run)
    if not known:
        raise NothingToPredict(
            "No study of this run reports chronic pain, so there is no patient to predict for. Fit trials "
            "that report pain."
        )
    if path is not None:
        return load_regimens(path, catalogue=run.trials.catalogue, conditions=known)
    regimens = packaged_regimens(run)
    if not regimens:
        raise NothingToPredict(
            f"No packaged regimen is for the conditions of this run ({', '.join(known)}). Describe yours in "
            "a TOML file, and give it by --regimens."
        )
    return regimens


def packaged_regimens(run: FittedRun) -> tuple[Regimen, ...]:
    """Packaged regimens in the conditions of the run; there may be none."""
    known = conditions_in(run)
    return tuple(regimen for regimen in load_regimens() if regimen.condition in known)


def conditions_in(run: FittedRun) -> tuple[str, ...]:
    """Conditions of the studies in pain that the run used."""
    design = run.problem.design
    used = {c for c, painful in zip(design.conditions, design.painful, strict=True) if painful}
    return tuple(condition for condition in run.trials.catalogue.chronic_conditions if condition in used)


def _tree(run: FittedRun, regimens: tuple[Regimen, ...], posterior: Source, prior: Source) -> xr.DataTree:
    weeks = sorted({float(week) for each in posterior.predicted for week in each.weeks})
    names = [regimen.name for regimen in regimens]
    groups = {
        name: xr.Dataset(
            {
                quantity: (
                    ("draw", "regimen", "week"),
                    _padded(source.predicted, quantity, weeks),
                    {"unit": "mmol/L" if quantity.endswith("magnesium") else "NRS points"},
                )
                for quantity in ("pain", "no_drug", "serum_magnesium", "csf_magnesium")
            },
            coords={"regimen": names, "week": weeks},
        )
        for name, source in (("posterior", posterior), ("prior", prior))
    }
    tree = xr.DataTree.from_dict(groups)
    about = {
        "model": run.settings.model,
        "data_sha256": json.loads(run.tree.attrs["data_sha256"]),
        "versions": versions(),
    }
    tree.attrs = {name: json.dumps(value) for name, value in about.items()}
    return tree


def _padded(predictions: tuple[RegimenCourse, ...], quantity: str, weeks: list[float]) -> np.ndarray:
    """One quantity of all regimens on one grid of weeks, NaN where a regimen is not looked at."""
    draws = len(predictions[0].pain)
    padded = np.full((draws, len(predictions), len(weeks)), np.nan, np.float32)
    for number, each in enumerate(predictions):
        padded[:, number, np.searchsorted(weeks, each.weeks)] = getattr(each, quantity)
    return padded
