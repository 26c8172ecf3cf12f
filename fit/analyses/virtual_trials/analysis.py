"""The analysis of a trial with individual patients: each arm against the first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import stats

from windup.datasets import PlannedTrial
from windup.fit.analyses.virtual_trials.patients import Patients
from windup.fit.design.arrays import LARGEST_KEPT_SHARE


class Analysed(NamedTuple):
    """Estimates of all arms but the first, ``(arms - 1,)``.

    Attributes
    ----------
    estimate, error
        Difference from the first arm and its standard error: points of the change from baseline (below 0 is
        relief) or of the share of responders (above 0 is relief).
    p
        Two-sided.
    """

    estimate: Float[np.ndarray, " arms"]
    error: Float[np.ndarray, " arms"]
    p: Float[np.ndarray, " arms"]

    def successes(self, plan: PlannedTrial) -> np.ndarray:
        """Significant relief."""
        sign = -1.0 if plan.endpoint == "change" else 1.0
        relief: np.ndarray = (self.p < plan.alpha) & (sign * self.estimate > 0.0)
        return relief


def analysed(plan: PlannedTrial, patients: Patients, endpoint: str | None = None) -> Analysed:
    """Analysis of covariance of the last visit with the baseline, or test of two proportions.

    References
    ----------
    Vickers and Altman 2001, "Analysing controlled trials with baseline and follow up measurements", doi
    10.1136/bmj.323.7321.1123.
    """
    kind = plan.endpoint if endpoint is None else endpoint
    last = patients.endpoint(plan.missing)
    known = np.isfinite(last)
    if kind == "change":
        return _covariance(patients.arm[known], patients.baseline[known], last[known], len(plan.arm))
    # Who left without a value stays a patient who did not respond.
    responds = np.where(known, last <= LARGEST_KEPT_SHARE[kind] * patients.baseline, False)
    return _proportions(patients.arm, responds, len(plan.arm))


def _covariance(arm: np.ndarray, baseline: np.ndarray, last: np.ndarray, arms: int) -> Analysed:
    indicators = (arm[:, None] == np.arange(1, arms)).astype(float)
    design = np.column_stack([np.ones(len(arm)), baseline - baseline.mean(), indicators])
    left = len(arm) - design.shape[1]
    if left < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        nothing = np.full(arms - 1, np.nan)
        return Analysed(nothing, nothing, np.ones(arms - 1))
    coefficients, _, _, _ = np.linalg.lstsq(design, last, rcond=None)
    residual = last - design @ coefficients
    covariance = residual @ residual / left * np.linalg.inv(design.T @ design)
    estimate, error = coefficients[2:], np.sqrt(np.diag(covariance)[2:])
    return Analysed(estimate, error, 2.0 * stats.t.sf(np.abs(estimate / error), left))


def _proportions(arm: np.ndarray, responds: np.ndarray, arms: int) -> Analysed:
    number = np.bincount(arm, minlength=arms).astype(float)
    share = np.bincount(arm, weights=responds, minlength=arms) / number
    estimate = share[1:] - share[0]
    variance = share * (1.0 - share) / number
    pooled = (share[1:] * number[1:] + share[0] * number[0]) / (number[1:] + number[0])
    null = np.sqrt(pooled * (1.0 - pooled) * (1.0 / number[1:] + 1.0 / number[0]))
    z = np.divide(estimate, null, out=np.zeros_like(estimate), where=null > 0.0)
    return Analysed(estimate, np.sqrt(variance[1:] + variance[0]), 2.0 * stats.norm.sf(np.abs(z)))
