"""Scoring a fitted run on trials it has not seen: the function behind ``windup score``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, final

import jax
import numpy as np
import pandas as pd
from jaxtyping import Array, Bool

from windup.datasets import Trials
from windup.fit.analyses.scoring.densities import Densities
from windup.fit.analyses.scoring.held_out import HeldOut, Seen, predict_trials, seen_by
from windup.fit.analyses.scoring.scores import elpd_of, errors_by_drug, row_scores, totals
from windup.fit.analyses.scoring.treated import (
    GIVEN,
    NOTHING_TREATED,
    TreatedGivenControl,
    treated_given_control,
    treated_rows,
)
from windup.fit.design.treatments.comparators import ComparedRows, compared_rows
from windup.fit.errors import RunFolderRefused
from windup.fit.execution.batches import over_draws
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.problem import Draw, Problem
from windup.fit.runs.fitted_run import FittedRun

# Draws of the posterior; a study's log density is averaged over them.
DRAWS = 1000


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Scores:
    """How well a run predicts trials.

    Attributes
    ----------
    rows
        Per row: `windup.fit.analyses.scoring.scores.row_scores`.
    elpd
        Per study: log predictive density of all its rows.
    drugs
        Per drug: `windup.fit.analyses.scoring.scores.errors_by_drug`.
    failed_draws
        Share of draws whose solve failed; they count as impossible.
    treated
        Treated rows given the control rows of their study.
    """

    rows: pd.DataFrame
    elpd: pd.Series[float]
    drugs: pd.DataFrame
    failed_draws: float
    treated: TreatedGivenControl = NOTHING_TREATED

    def totals(self, study: str | None = None) -> dict[str, Any]:
        """Scores of all rows, or of those of one study."""
        if study is None:
            return totals(self.rows, self.elpd)
        return totals(self.rows[self.rows["study"] == study], [self.elpd[study]])


def score(
    run: FittedRun,
    trials: Trials,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = silent,
) -> Scores:
    """Score a finished run on trials, without refitting it.

    Each study is predicted from its design (arms, doses, visits, numbers of patients, standard errors) and
    from the mean pain of its arms at baseline; the rows at baseline are predicted from the design alone.
    What belongs to a study is drawn again. See `windup.fit.analyses.scoring.held_out`.

    Parameters
    ----------
    run
        From `windup.fit.read_run`.
    trials
        From `windup.datasets.load_trials`; every row that a fit could use is scored. Studies that the run was
        fitted to are not unseen: `seen_studies` names them.
    draws
        Draws of the posterior that predictions are averaged over.
    seed
        Random seed.
    progress
        Called with the progress, in draws.

    Returns
    -------
    Scores
        Coverage near the level and a small CRPS are good; log densities compare models on the same rows.

    References
    ----------
    Gneiting and Raftery 2007, "Strictly proper scoring rules, prediction, and estimation", doi
    10.1198/016214506000001437.
    """
    from windup.fit.problem.build import problem_of

    prepare_process()
    problem = problem_of(trials, run.settings)
    compared = compared_rows(trials, problem.design)
    held_out = predictions(
        run.draws(draws),
        problem,
        seen_by(run.problem),
        sets=(compared.given,),
        seed=seed,
        progress=progress,
    )
    return scores_of(problem, held_out, compared, seed=seed)


def scores_of(problem: Problem, held_out: HeldOut, compared: ComparedRows, *, seed: int) -> Scores:
    """Scores of predictions of all draws, whose first set of rows is that of the given ones."""
    replicated, log_density = np.asarray(held_out.replicated), np.asarray(held_out.log_density)
    failed = ~np.isfinite(replicated).all(axis=1)
    if failed.all():
        raise RunFolderRefused("No draw of this run could be solved on these trials.")
    rows = row_scores(problem.design, replicated)
    elpd = pd.Series(elpd_of(log_density), index=list(problem.design.studies))
    of_some = np.asarray(held_out.of_some)
    treated = treated_given_control(
        (Densities(problem.design.studies, log_density, of_some, np.zeros_like(log_density)),),
        (
            treated_rows(
                problem.design, compared, np.asarray(held_out.given_first), of_some[:, GIVEN], seed=seed
            ),
        ),
        compared.left_out,
    )
    return Scores(rows, elpd, errors_by_drug(problem.design, rows), float(failed.mean()), treated)


def predictions(
    draws: Draw,
    problem: Problem,
    seen: Seen,
    *,
    sets: Sequence[Bool[np.ndarray, " rows"]] = (),
    seed: int,
    progress: Progress = silent,
) -> HeldOut:
    """Predictions of the trials of a problem by every draw, leading dimension ``draws``.

    ``sets`` of rows have their log densities, too (`windup.fit.analyses.scoring.held_out.predict_trials`).
    """
    count = len(next(iter(draws.values())))
    keys = np.asarray(jax.random.key_data(jax.random.split(jax.random.key(seed), count)))

    def program(each: tuple[Array, Draw]) -> HeldOut:
        return predict_trials(jax.random.wrap_key_data(each[0]), each[1], problem, seen, sets)

    held_out: HeldOut = over_draws(program, ((keys, draws),), "score", progress)[0]
    return held_out


def seen_studies(run: FittedRun, trials: Trials) -> tuple[str, ...]:
    """Studies that the run was fitted to."""
    known = set(run.problem.design.studies)
    return tuple(name for name in dict.fromkeys(trials.studies["study_id"]) if name in known)
