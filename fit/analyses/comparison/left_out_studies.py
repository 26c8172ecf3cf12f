"""Predictive density of held-out studies (PSIS-LOO or refits)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logsumexp

from windup.fit.analyses.comparison.folds import Fold, cross_validate_fold, folds_of
from windup.fit.analyses.comparison.row_sets import row_sets
from windup.fit.analyses.scoring.densities import Densities
from windup.fit.analyses.scoring.held_out import seen_by
from windup.fit.analyses.scoring.score import predictions
from windup.fit.analyses.scoring.scores import elpd_of, error_of_sum, row_scores, totals
from windup.fit.analyses.scoring.treated import (
    GIVEN,
    NOTHING_TREATED,
    TreatedGivenControl,
    TreatedRows,
    treated_given_control,
    treated_rows,
)
from windup.fit.design.subset import only
from windup.fit.diagnostics.predictive.leave_one_out import Elpd, leave_one_out, truly_left_out
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
    densities
        At every draw, one block for each fit that predicts studies.
    treated
        Treated rows given the control rows of their study.
    kinds
        Number of rows at which a mechanism extrapolates, by kind and study.
    """

    elpd: Elpd
    rows: pd.DataFrame
    max_rhat: float = float("nan")
    min_ess: float = float("nan")
    densities: tuple[Densities, ...] = ()
    treated: TreatedGivenControl = NOTHING_TREATED
    kinds: Mapping[str, Mapping[str, int]] = {}

    def totals(self) -> dict[str, Any]:
        """Coverage, CRPS and log predictive density of all rows."""
        return totals(self.rows, self.elpd.elpd_i.values)


def left_out_by_weights(run: FittedRun, draws: int, *, progress: Progress = silent) -> LeftOut:
    """Each study left out by importance weights of the draws."""
    problem, thinned = run.problem, run.draws(draws)
    count = len(next(iter(thinned.values())))
    repeated = {name: jnp.repeat(value, INNER, axis=0) for name, value in thinned.items()}
    sets = row_sets(run.trials, problem.design)
    predicted = predictions(
        repeated,
        problem,
        seen_by(problem),
        sets=sets.masks,
        seed=run.settings.seed,
        progress=renamed(progress, f"{{phase}} of {run.folder.name}"),
    )
    log_density = _over_inner(predicted.log_density, count)
    # A draw that cannot be solved predicts nothing: it is left out of all studies.
    solved = np.isfinite(log_density).all(axis=1)
    elpd = leave_one_out(
        xr.DataArray(
            log_density[solved][None],
            dims=("chain", "draw", "study"),
            coords={"study": list(problem.design.studies)},
        )
    )
    log_weight = elpd.log_weights.transpose("study", ...).values.reshape(elpd.n_data_points, -1).T
    whole = np.repeat(solved, INNER)
    replicated, given, of_some = (
        np.asarray(each)[whole] for each in (predicted.replicated, predicted.given_first, predicted.of_some)
    )
    block = Densities(
        problem.design.studies,
        log_density[solved],
        _over_inner(predicted.of_some, count)[solved],
        log_weight,
    )
    # Each of the draws of what belongs to a study counts by what it makes of the given rows.
    treated = treated_rows(
        problem.design,
        sets.compared,
        given,
        of_some[:, GIVEN] + np.repeat(log_weight, INNER, axis=0),
        seed=run.settings.seed,
    )
    return LeftOut(
        elpd,
        sets.marked(row_scores(problem.design, _resampled(run, elpd, replicated))),
        densities=(block,),
        treated=treated_given_control((block,), (treated,), sets.compared.left_out),
        kinds=sets.counts(problem.design),
    )


def _over_inner(log_density: Any, count: int) -> np.ndarray:
    """Log densities averaged over the draws of what belongs to a study, ``count`` draws in front."""
    inner = np.asarray(log_density)
    inner = inner.reshape(count, INNER, *inner.shape[1:])
    mean: np.ndarray = logsumexp(np.where(np.isfinite(inner), inner, -np.inf), axis=1) - np.log(INNER)
    return mean


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
            covariates=run.settings.covariates,
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
    blocks, treated = list[Densities](), list[TreatedRows]()
    outside, kinds = dict[str, str](), dict[str, dict[str, int]]()
    for part, fold in zip(parts, results.values(), strict=True):
        trials = only(run.trials, part)
        design = problem_of(trials, settings).design
        sets, whole, of_some = row_sets(trials, design), fold["log_density"], fold["of_some"]
        tables.append(sets.marked(row_scores(design, fold["replicated"])))
        elpd |= dict(zip(design.studies, elpd_of(whole), strict=True))
        blocks.append(Densities(design.studies, whole, of_some, np.zeros_like(whole)))
        given, seed = fold["given_first"], run.settings.seed
        treated.append(treated_rows(design, sets.compared, given, of_some[:, GIVEN], seed=seed))
        outside |= sets.compared.left_out
        for kind, counts in sets.counts(design).items():
            kinds.setdefault(kind, {}).update(counts)
    names = list(run.problem.design.studies)
    values = xr.DataArray([elpd[name] for name in names], dims="study", coords={"study": names})
    exact = truly_left_out(values, error=error_of_sum(values.values), draws=draws)
    return LeftOut(
        exact,
        pd.concat(tables, ignore_index=True),
        max_rhat=max(float(fold["max_rhat"]) for fold in results.values()),
        min_ess=min(float(fold["min_ess"]) for fold in results.values()),
        densities=tuple(blocks),
        treated=treated_given_control(blocks, treated, outside),
        kinds=kinds,
    )
