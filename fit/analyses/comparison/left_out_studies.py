"""Predictive density of held-out studies (PSIS-LOO or refits)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logsumexp

from windup.fit.analyses.comparison.folds import Fold, cross_validate_fold, folds_of
from windup.fit.analyses.scoring.held_out import seen_by
from windup.fit.analyses.scoring.score import predictions
from windup.fit.analyses.scoring.scores import elpd_of, row_scores, totals
from windup.fit.design.subset import only
from windup.fit.diagnostics.leave_one_out import Elpd, leave_one_out, truly_left_out
from windup.fit.execution.progress import Progress, renamed, silent
from windup.fit.execution.tasks import THIS_MACHINE, checkpoint_of, run_tasks
from windup.fit.problem.build import problem_of
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.sampling.chains.warm import earlier_in
from windup.fit.settings.fit import Settings

# Draws of the posterior, and draws of what belongs to a study for each of them.
DRAWS, INNER = 500, 4
# Of a fit of a fold: prediction needs fewer draws than a table of tails.
_FOLD = {"chains": 4, "warmup": 200}
FOLD_DRAWS = 250
_RESAMPLED = 2000


class LeftOut(NamedTuple):
    """Predictions of studies that the model has not seen.

    Attributes
    ----------
    elpd
        Log predictive density, ``elpd_i`` per study.
    rows
        Per row: `windup.fit.analyses.scoring.scores.row_scores`.
    max_rhat, min_ess
        Largest R-hat and least bulk effective sample size of all fits without a fold; NaN without such fits.
    """

    elpd: Elpd
    rows: pd.DataFrame
    max_rhat: float = float("nan")
    min_ess: float = float("nan")

    def totals(self) -> dict[str, Any]:
        """Coverage, CRPS and log predictive density of all rows."""
        return totals(self.rows, self.elpd.elpd_i.values)


def left_out_by_weights(run: FittedRun, draws: int, *, progress: Progress = silent) -> LeftOut:
    """Each study left out by importance weights of the draws."""
    problem, thinned = run.problem, run.draws(draws)
    count = len(next(iter(thinned.values())))
    repeated = {name: jnp.repeat(value, INNER, axis=0) for name, value in thinned.items()}
    predicted = predictions(
        repeated,
        problem,
        seen_by(problem),
        seed=run.settings.seed,
        progress=renamed(progress, f"{{phase}} of {run.folder.name}"),
    )
    inner = np.asarray(predicted.log_density).reshape(count, INNER, -1)
    log_density = logsumexp(np.where(np.isfinite(inner), inner, -np.inf), axis=1) - np.log(INNER)
    # A draw that cannot be solved predicts nothing: it is left out of all studies.
    solved = np.isfinite(log_density).all(axis=1)
    elpd = leave_one_out(
        xr.DataArray(
            log_density[solved][None],
            dims=("chain", "draw", "study"),
            coords={"study": list(problem.design.studies)},
        )
    )
    replicated = (
        np.asarray(predicted.replicated)
        .reshape(count, INNER, -1)[solved]
        .reshape(-1, len(problem.design.rows.study))
    )
    return LeftOut(elpd, row_scores(problem.design, _resampled(run, elpd, replicated)))


def _resampled(run: FittedRun, elpd: Elpd, replicated: np.ndarray) -> np.ndarray:
    """Replicates of each study's rows by the weights of the draws without it."""
    generator = np.random.default_rng(run.settings.seed)
    weights = elpd.log_weights.transpose("study", ...).values.reshape(elpd.n_data_points, -1)
    resampled = np.empty((_RESAMPLED, replicated.shape[1]))
    for number, log_weight in enumerate(weights):
        share = np.repeat(np.exp(log_weight - logsumexp(log_weight)), INNER) / INNER
        chosen = generator.choice(len(share), size=_RESAMPLED, p=share / share.sum())
        rows = run.problem.design.rows.study == number
        resampled[:, rows] = replicated[chosen][:, rows]
    return resampled


def left_out_by_folds(
    run: FittedRun,
    folds: int,
    draws: int,
    scheduler: str | None,
    store: Path,
    *,
    fold_draws: int = FOLD_DRAWS,
    progress: Progress = silent,
) -> LeftOut:
    """Each study predicted by a fit without its fold, of four chains of ``fold_draws``.

    The fits start from the run where that has converged: its posterior is close to theirs, so that a third of
    the warm-up is enough and no start is sought (docs/development/sampling-notes.md).
    """
    parts = folds_of(run.trials, folds)
    settings = dataclasses.replace(
        Settings.from_preset(
            "full",
            model=run.settings.model,
            errors=run.settings.errors,
            patients=run.settings.patients,
            seed=run.settings.seed,
            draws=fold_draws,
            priors=run.settings.priors,
            fixed=run.settings.fixed,
            unknown_doses=run.settings.unknown_doses,
            habitual_magnesium=run.settings.habitual_magnesium,
            blocks=run.settings.blocks,
            **_FOLD,
        ),
        preset="quick",
    )
    # A run with a notice is quick, interrupted or not converged.
    start = None if run.notices else earlier_in(run.tree, run.folder)
    named = {
        f"fold_{number + 1}_of_{folds}_{each.digest(run.trials)}": each
        for number, each in enumerate(Fold(studies, settings, draws, start=start) for studies in parts)
    }
    # Absolute: a worker may stand elsewhere.
    kept = {name: checkpoint_of(store.absolute(), name) for name in named}
    tasks = {name: each._replace(checkpoint=kept[name]) for name, each in named.items()}
    results = run_tasks(
        cross_validate_fold,
        run.trials,
        tasks,
        store=store,
        scheduler=scheduler or THIS_MACHINE,
        # While one of them compiles, which takes one core, another one samples.
        least=2,
        phase=f"folds of {run.settings.model}",
        progress=progress,
    )
    tables, elpd = [], dict[str, float]()
    for part, fold in zip(parts, results.values(), strict=True):
        design = problem_of(only(run.trials, part), settings).design
        tables.append(row_scores(design, fold["replicated"]))
        elpd |= dict(zip(design.studies, elpd_of(fold["log_density"]), strict=True))
    names = list(run.problem.design.studies)
    values = xr.DataArray([elpd[name] for name in names], dims="study", coords={"study": names})
    exact = truly_left_out(values, error=error_of_sum(values.values), draws=draws)
    return LeftOut(
        exact,
        pd.concat(tables, ignore_index=True),
        max_rhat=max(float(fold["max_rhat"]) for fold in results.values()),
        min_ess=min(float(fold["min_ess"]) for fold in results.values()),
    )


def error_of_sum(values: np.ndarray) -> float:
    """Standard error of a sum over studies."""
    return float(np.sqrt(len(values)) * np.std(values, ddof=1))
