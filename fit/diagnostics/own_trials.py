r"""Whether the estimate of each treatment answers to its own trials.

A trial of a treatment measured a difference :math:`y_i` from its control arm, with the standard error
:math:`s_i` (`windup.fit.design.measured.trial_effects`). The model gives the same difference :math:`m_i`: the
arms of that trial at their doses, week, condition and patients, in the mean study, without the trial's own
deviations. Rules, fixed before any look at a result:

1. Of each arm the visit on treatment that is nearest to week 12.
2. Arms of one study with the same treatment are averaged, in :math:`y` and :math:`m`. They share a control
   arm, so their errors correlate by one half.
3. A trial without a standard error is left out, and counted.
4. The pooled contrast is :math:`\hat\mu = \sum w_i y_i` (`windup.fit.diagnostics.pooling`), the estimate
   :math:`\sum w_i m_i` with the same weights. The departure is the mean of the estimate minus
   :math:`\hat\mu`, and :math:`z` is the departure divided by the standard error of :math:`\hat\mu`. The
   uncertainty of the estimate is not added: it was fitted to these same trials.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from windup.fit.design.measured.network import shared_base
from windup.fit.diagnostics.effects import interval_of
from windup.fit.diagnostics.pooling import random_effects
from windup.fit.storage.tree import group

OWN_TRIALS: Final = "own_trials"
"""Group of a run: what its trials measured, and what its draws expect (`windup.fit.posterior.own_trials`)."""
EXPECTED: Final = "expected"
LARGEST_Z: Final = 2.0
"""A departure of more standard errors is flagged."""
_COLUMNS = (
    "drug",
    "trials",
    "placebo_controlled",
    "without_error",
    "patients",
    "pooled",
    "pooled_standard_error",
    "pooled_low_95",
    "pooled_high_95",
    "between_trials_sd",
    "median",
    "low_95",
    "high_95",
    "departure",
    "z",
    "departs",
)


def own_trials(tree: xr.DataTree) -> pd.DataFrame:
    """Estimate and pooled contrast of each treatment, largest departure first.

    Parameters
    ----------
    tree
        The run.

    Returns
    -------
    pandas.DataFrame
        Empty if the run lacks the group ``own_trials``. Else one row per treatment (drugs that the control
        arms lack, joined by ``+``): ``trials`` pooled, how many of them are ``placebo_controlled``, and those
        left out ``without_error``; ``patients`` of the pooled trials, control arms included; ``pooled`` with
        its standard error and 95 % confidence interval, and the SD between trials; ``median``, ``low_95`` and
        ``high_95`` of the estimate (credible interval); ``departure``, ``z`` and ``departs``. Differences are
        in NRS points, negative is less pain. Where no trial has a standard error, numbers are NaN.

    Notes
    -----
    A ``z`` of 3 means: had only chance stood between them, trials of this size would lie so far from the
    estimate in about 3 of 1,000 cases. The model may still be right: the trials may be biased, or other
    trials of the same mechanism outweigh them. It is a reason to look and not a verdict.
    """
    if OWN_TRIALS not in tree.children:
        return pd.DataFrame(columns=list(_COLUMNS))
    contrasts, expected = read_contrasts(tree)
    rows = [
        _of_treatment(str(drug), part, expected[:, part.index])
        for drug, part in contrasts.groupby("drug", sort=False)
    ]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    order = table["z"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    return table.loc[order].reset_index(drop=True)


def own_contrasts(tree: xr.DataTree) -> pd.DataFrame:
    """Each contrast behind `own_trials`.

    Returns
    -------
    pandas.DataFrame
        The columns of `windup.fit.design.measured.trial_effects.trial_effects`, and ``median``, ``low_95``
        and ``high_95`` of what the draws expect (NRS points). Empty if the run lacks the group
        ``own_trials``.
    """
    if OWN_TRIALS not in tree.children:
        return pd.DataFrame()
    contrasts, expected = read_contrasts(tree)
    intervals = pd.DataFrame([interval_of(column) for column in expected.T])
    return pd.concat([contrasts, intervals[["median", "low_95", "high_95"]]], axis=1)


def read_contrasts(tree: xr.DataTree) -> tuple[pd.DataFrame, np.ndarray]:
    """Contrasts, and what the draws that could be solved expect of them, ``(draws, contrasts)``."""
    found = group(tree, OWN_TRIALS)
    expected = found[EXPECTED].transpose("sample", "contrast").values
    contrasts = found.drop_vars(EXPECTED).to_dataframe().reset_index(drop=True)
    return contrasts, expected[np.isfinite(expected).all(axis=1)]


def trials_of(contrasts: pd.DataFrame, expected: np.ndarray) -> list[dict[str, Any]]:
    """The trials behind contrasts of one treatment, those of one study averaged (rule 2).

    Each has ``measured``, ``error`` (NaN where it is not known), ``expected`` (per draw), ``patients`` and
    ``placebo_controlled``.
    """
    return [
        _of_trial(part, expected[:, contrasts.index.get_indexer(part.index)])
        for _, part in contrasts.groupby("study", sort=False)
    ]


def _of_treatment(drug: str, contrasts: pd.DataFrame, expected: np.ndarray) -> dict[str, Any]:
    trials = trials_of(contrasts, expected)
    known = [trial for trial in trials if math.isfinite(trial["error"])]
    row: dict[str, Any] = {
        "drug": drug,
        "trials": len(known),
        "placebo_controlled": sum(trial["placebo_controlled"] for trial in known),
        "without_error": len(trials) - len(known),
        "patients": round(sum(trial["patients"] for trial in known)),
    }
    if not known:
        return row | dict.fromkeys(_COLUMNS[5:-1], math.nan) | {"departs": False}
    pooled = random_effects(*(np.array([trial[key] for trial in known]) for key in ("measured", "error")))
    estimate = np.stack([trial["expected"] for trial in known], axis=1) @ pooled.weights
    departure = float(estimate.mean()) - pooled.mean
    interval = interval_of(estimate)
    return row | {
        "pooled": pooled.mean,
        "pooled_standard_error": pooled.standard_error,
        "pooled_low_95": pooled.low_95,
        "pooled_high_95": pooled.high_95,
        "between_trials_sd": pooled.between_sd,
        **{name: interval[name] for name in ("median", "low_95", "high_95")},
        "departure": departure,
        "z": departure / pooled.standard_error,
        "departs": abs(departure / pooled.standard_error) > LARGEST_Z,
    }


def averaged_error(errors: Float[np.ndarray, " arms"]) -> float:
    """Standard error of the mean over arms of one trial, whose errors correlate by one half (rule 2)."""
    return math.sqrt(float(shared_base(errors).mean()))


def _of_trial(arms: pd.DataFrame, expected: np.ndarray) -> dict[str, Any]:
    """Mean over the arms of one trial (rule 2); those without an error only where no arm has one."""
    known = np.isfinite(arms["standard_error"].to_numpy(float))
    chosen = known if known.any() else np.ones(len(arms), bool)
    used = arms[chosen]
    treated = used["n"] - used["n_control"]
    return {
        "measured": float(used["difference"].mean()),
        "error": averaged_error(used["standard_error"].to_numpy(float)),
        "expected": expected[:, chosen].mean(axis=1),
        "patients": float(treated.sum() + used.groupby("control")["n_control"].max().sum()),
        "placebo_controlled": bool(used["placebo_controlled"].all()),
    }
