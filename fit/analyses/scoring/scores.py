"""Scores of predictions of rows: coverage, CRPS, log predictive density, bias."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import logsumexp
from scoringrules import crps_ensemble

from windup.datasets import LINKED_KINDS, STANDARDISED_KIND
from windup.fit.design.arrays import SHARE_KINDS, Design
from windup.fit.display.format import LEVELS
from windup.fit.problem.priors import SD_PRIOR

CLEAR_ERRORS = 2.0
"""Standard errors above which a difference is clear."""

_PAIN = ("mean", "change", "percent_change", "contrast", *LINKED_KINDS, STANDARDISED_KIND)


def errors_by_drug(design: Design, rows: pd.DataFrame) -> pd.DataFrame:
    """Mean error of the pain of treated arms after baseline, by drug.

    Parameters
    ----------
    design
        Trials.
    rows
        From `windup.fit.analyses.scoring.scores.row_scores`.

    Returns
    -------
    pandas.DataFrame
        ``drug`` (``placebo`` for arms without any of the cascade), ``rows``, ``studies``, ``bias`` (predicted
        minus observed in points on the 0-10 scale; above 0 more relief was seen than predicted) and
        ``crps``. An arm with two drugs counts for both.
    """
    visits = design.visits
    at = design.rows.visits[:, 0]
    after = np.isin(rows["kind"], _PAIN) & (visits.elapsed_days[at] > 0.0)
    names = pd.Series([list(design.arm_drugs[arm]) or ["placebo"] for arm in visits.arm[at]])
    table = rows.assign(drug=names)[after].explode("drug")
    grouped = table.groupby("drug", sort=True)
    errors = pd.DataFrame(
        {
            "rows": grouped.size(),
            "studies": grouped["study"].nunique(),
            "bias": grouped["error"].mean(),
            "crps": grouped["crps_points"].mean(),
        }
    )
    return errors.reset_index()


# Rows of other kinds are brought to the 0-10 scale of pain, so that they can be averaged with the rest: a
# percent change by the pain at baseline, a standardised difference by the SD between patients, a share of
# responders by 10, magnesium by 10 per mmol/L (a convention; `crps_by_kind` is in the rows' own units).
_SHARE, _MAGNESIUM, _TYPICAL_PAIN = 10.0, 10.0, 6.5


# A tenth of the range of an instrument counts as a point.
_PAIN_KINDS = ("mean", "change", "contrast", *LINKED_KINDS)


def points_per_unit(design: Design) -> Float[np.ndarray, " rows"]:
    """Factor that brings each row to the 0-10 scale."""
    kind, study = np.array(design.rows.kind), design.rows.study
    pain = np.where(np.isfinite(design.baseline_pain), design.baseline_pain, _TYPICAL_PAIN)[study]
    sd = np.where(design.rows.latent_divisor >= 0, SD_PRIOR["mean"], design.rows.divisor)
    factor = np.select(
        [
            np.isin(kind, _PAIN_KINDS),
            kind == "percent_change",
            kind == STANDARDISED_KIND,
            np.isin(kind, SHARE_KINDS),
        ],
        [1.0, pain / 100.0, sd, _SHARE],
        _MAGNESIUM,
    )
    return np.asarray(factor, float)


def row_scores(design: Design, replicated: Float[np.ndarray, "draws rows"]) -> pd.DataFrame:
    """Each row with its prediction.

    Parameters
    ----------
    design
        Trials that are predicted.
    replicated
        Replicates in the rows' own units; draws whose solve failed are left out.

    Returns
    -------
    pandas.DataFrame
        Where the row stands in its table, ``observed``, ``predicted`` (median), limits ``low_L`` and
        ``high_L`` and ``covered_L`` for each level L in percent, ``crps`` in the row's own unit,
        ``crps_points`` on the 0-10 scale, and ``error`` (predicted minus observed, 0-10 scale).
    """
    used = replicated[np.isfinite(replicated).all(axis=1)]
    observed, rows = design.rows.estimate, design.rows
    table = pd.DataFrame(
        {
            "study": np.array(design.studies)[rows.study],
            "arm": design.table["arm_id"].to_numpy(),
            "reference_arm": design.table["reference_arm"].to_numpy(),
            "week": design.table["time_weeks"].to_numpy(float),
            "kind": np.array(rows.kind),
            "observed": observed,
            "predicted": np.median(used, axis=0),
        }
    )
    for level in LEVELS:
        tail = (1.0 - level / 100.0) / 2.0
        low, high = np.quantile(used, (tail, 1.0 - tail), axis=0)
        table[f"low_{level}"], table[f"high_{level}"] = low, high
        table[f"covered_{level}"] = (low <= observed) & (observed <= high)
    # By probability-weighted moments: unbiased for any number of draws, and no table of all pairs of them.
    table["crps"] = crps_ensemble(observed, used.T, estimator="pwm", backend="numpy")
    table["crps_points"] = table["crps"] * points_per_unit(design)
    table["error"] = (table["predicted"] - observed) * points_per_unit(design)
    return table


def elpd_of(log_density: Float[np.ndarray, "draws studies"]) -> Float[np.ndarray, " studies"]:
    """Log predictive density of each study: log of the mean over draws; a failed solve counts as 0."""
    safe = np.where(np.isfinite(log_density), log_density, -np.inf)
    elpd: Float[np.ndarray, " studies"] = logsumexp(safe, axis=0) - np.log(len(safe))
    return elpd


def totals(rows: pd.DataFrame, elpd: Iterable[float]) -> dict[str, Any]:
    """Number of rows, coverage, mean CRPS on the 0-10 scale, and summed log predictive density."""
    scores: dict[str, Any] = {"rows": len(rows)}
    scores |= {f"coverage_{level}": float(rows[f"covered_{level}"].mean()) for level in LEVELS}
    return scores | {"crps": float(rows["crps_points"].mean()), "elpd": float(np.sum(list(elpd)))}


def is_clear(difference: float, error: float) -> bool:
    """Whether a difference, of either sign, exceeds two standard errors; never where these are unknown."""
    return bool(abs(difference) > CLEAR_ERRORS * error)


def error_of_sum(values: Float[np.ndarray, " studies"]) -> float:
    """Standard error of a sum over studies; NaN below two."""
    return float(np.sqrt(len(values)) * np.std(values, ddof=1)) if len(values) > 1 else float("nan")
