r"""Predictions of each row and each study when it is left out, from the draws of one run.

A row left out has the weights :math:`1 / p(y_r \mid y_{-r}, \theta)`, smoothed (PSIS-LOO), and its
probability integral transform is the weighted mean of :math:`P(\tilde y_r \le y_r \mid y_{-r}, \theta)`.
Replicates of the run will not do for it: their study effects have seen the row. Both densities are those of
the likelihood, the study's effects integrated out; in studies with responder shares, whose effects are drawn,
given these.

References
----------
Vehtari, Gelman, Gabry 2017, doi 10.1007/s11222-016-9696-4. Gelfand, Dey, Chang 1992 (LOO-PIT).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from scipy.special import logsumexp
from scipy.stats import binom
from scipy.stats import t as student

from windup.fit.diagnostics.predictive.leave_one_out import Elpd, leave_one_out
from windup.fit.execution.batches import over_draws
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.problem import Problem
from windup.fit.problem.row_given_others import RowGivenOthers, row_given_others
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.storage.tree import group

DRAWS = 1000
_SHARE = "responder"


class LeftOutRows(NamedTuple):
    """Leave-one-out predictions of rows and studies.

    Attributes
    ----------
    rows
        Per row ``pit`` (probability integral transform, uniform where predictions are right) and
        ``pareto_k``.
    studies
        Per study: the weights leave it out of the draws, which keep what they learned of its patients.
    """

    rows: pd.DataFrame
    studies: Elpd

    def study_k(self) -> dict[str, float]:
        """Pareto k by study."""
        pareto_k = self.studies.pareto_k
        return dict(zip(pareto_k["study"].values.tolist(), pareto_k.values.tolist(), strict=True))

    @property
    def good_k(self) -> float:
        """Largest k that this number of draws bears."""
        return float(self.studies.good_k)


def left_out_rows(run: FittedRun, *, draws: int = DRAWS, progress: Progress = silent) -> LeftOutRows:
    """Leave out every row and every study of a run by importance weights.

    Parameters
    ----------
    run
        The run.
    draws
        Largest number of draws for rows; all count for studies.
    progress
        Called with the progress of the phase ``rows``.
    """
    prepare_process()
    problem = run.problem
    (rows_given_others,) = over_draws(
        lambda draw: row_given_others(problem, draw), (run.draws(draws),), "rows", progress
    )
    whole = np.isfinite(rows_given_others.log_density).all(axis=1)
    solved = RowGivenOthers(*(part[whole] for part in rows_given_others))
    rows = pit_left_out(np.asarray(solved.log_density), _below(problem, solved, run.settings.seed))
    return LeftOutRows(rows, studies_left_out(run.tree))


def pit_left_out(
    log_density: Float[np.ndarray, "draws rows"], below: Float[np.ndarray, "draws rows"]
) -> pd.DataFrame:
    """Probability integral transform of every row left out, and the Pareto k of its weights.

    Parameters
    ----------
    log_density
        Of each row given the others, at draws given all.
    below
        Probability of a value below the row's, given the others.
    """
    dims = ("chain", "draw", "row")
    elpd = leave_one_out(xr.DataArray(log_density[None], dims=dims))
    log_weight = elpd.log_weights.transpose(*dims).values[0]
    weight = np.exp(log_weight - logsumexp(log_weight, axis=0))
    pit = np.clip(np.sum(weight * below, axis=0), 0.0, 1.0)
    return pd.DataFrame({"pit": pit, "pareto_k": elpd.pareto_k.values})


def studies_left_out(tree: xr.DataTree) -> Elpd:
    """Every study of a run left out by weights of all its draws."""
    return leave_one_out(group(tree, "log_likelihood")["per_study"])


def _below(problem: Problem, given_others: RowGivenOthers, seed: int) -> np.ndarray:
    """Probability of a value below the observed one, draws in front; of a share spread over its step."""
    below: np.ndarray = student.cdf(given_others.score, given_others.degrees_of_freedom)
    rows = problem.design.rows
    shares = np.flatnonzero(np.isfinite(given_others.share).any(axis=0))
    if len(shares):
        n = np.round(np.asarray(rows.n)[shares])
        responders = np.round(np.asarray(problem.observed.estimate)[shares] * np.asarray(rows.n)[shares])
        low, high = (binom.cdf(responders - step, n, given_others.share[:, shares]) for step in (1, 0))
        luck = np.random.default_rng(seed).uniform(size=len(shares))
        below[:, shares] = low + luck * (high - low)
    return below
