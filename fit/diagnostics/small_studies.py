r"""Whether small trials of a treatment report more relief than large ones: small-study effects.

A difference :math:`y_{di}` of trial :math:`i` of treatment :math:`d` from its control arm, with the standard
error :math:`s_{di}`, is regressed on that error,

.. math:: y_{di} = \theta_d + \beta s_{di} + u_{di} + e_{di}, \qquad u_{di} \sim N(0, \tau^2), \quad
    e_{di} \sim N(0, s_{di}^2)

(`windup.fit.diagnostics.pooling.regression`): Egger's regression with an intercept for each treatment, as in
a comparison-adjusted funnel. Rules, fixed before any look at a result:

1. Trials with a placebo or a sham, and with a standard error.
2. Of each trial and treatment the mean over its arms, at the visit on treatment nearest to week 12
   (`windup.fit.diagnostics.own_trials`).
3. Treatments with at least two such trials, since one alone says nothing about the slope.
4. Fewer than ten trials together give no answer (as Sterne et al. advise).

A negative :math:`\beta` says that small trials report more relief. Unpublished small trials without an
effect are one cause; less careful trials, or more severely ill patients, are others. The regression cannot
separate these causes. The same regression of what the model leaves, :math:`y_{di} - m_{di}` with the
posterior mean :math:`m_{di}` of the difference, shows whether its terms for small and open trials explain the
pattern.

References
----------
Egger M et al. Bias in meta-analysis detected by a simple, graphical test. BMJ 1997;315:629-34.
doi:10.1136/bmj.315.7109.629. Chaimani A et al. Graphical tools for network meta-analysis in STATA. PLoS One
2013;8:e76654. doi:10.1371/journal.pone.0076654. Sterne JAC et al. Recommendations for examining and
interpreting funnel plot asymmetry. BMJ 2011;343:d4002. doi:10.1136/bmj.d4002.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from windup.datasets import Trials
from windup.fit.design.measured.trial_effects import on_treatment_near
from windup.fit.diagnostics.own_trials import OWN_TRIALS, read_contrasts, trials_of
from windup.fit.diagnostics.pooling import regression

# Trials of a treatment, and of all together, below which nothing is said.
_OF_TREATMENT, _TOGETHER = 2, 10


def small_studies(tree: xr.DataTree) -> dict[str, Any] | None:
    r"""Small-study effects in the trials of a run; None where there are too few.

    Parameters
    ----------
    tree
        The run.

    Returns
    -------
    dict or None
        ``trials`` and ``treatments``; and of ``measured`` differences and what the model ``left`` of them:
        ``slope`` :math:`\beta` (points per point of standard error) with ``low_95`` and ``high_95``, the
        ``shift`` that it makes between the lower and the upper quartile of the standard errors (points), and
        ``between_trials_sd`` :math:`\tau` (points).
    """
    if OWN_TRIALS not in tree.children:
        return None
    contrasts, expected = read_contrasts(tree)
    return _found(contrasts, expected.mean(axis=0, keepdims=True))


def small_study_effects(trials: Trials) -> dict[str, Any] | None:
    r"""Small-study effects in tables of trials; None where there are too few.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.

    Returns
    -------
    dict or None
        ``trials`` and ``treatments``, and of the ``measured`` differences ``slope`` :math:`\beta` (points per
        point of standard error, negative where small trials report more relief) with ``low_95`` and
        ``high_95``, ``shift`` between the quartiles of the standard errors (points) and ``between_trials_sd``
        (points).
    """
    return _found(on_treatment_near(trials), None)


def _found(
    contrasts: pd.DataFrame, expected: Float[np.ndarray, "1 contrasts"] | None
) -> dict[str, Any] | None:
    nothing = np.zeros((1, len(contrasts)))
    known = [
        (drug, trial["measured"], float(trial["expected"][0]), trial["error"])
        for drug, part in contrasts.groupby("drug", sort=False)
        for trial in trials_of(part, nothing if expected is None else expected)
        if trial["placebo_controlled"] and np.isfinite(trial["error"])
    ]
    table = pd.DataFrame(known, columns=["drug", "measured", "expected", "error"])
    table = table[table.groupby("drug")["drug"].transform("size") >= _OF_TREATMENT]
    if len(table) < _TOGETHER:
        return None
    of = {"measured": table["measured"]}
    if expected is not None:
        of["left"] = table["measured"] - table["expected"]
    return {
        "trials": len(table),
        "treatments": int(table["drug"].nunique()),
        **{name: _slope(numbers.to_numpy(float), table) for name, numbers in of.items()},
    }


def _slope(numbers: Float[np.ndarray, " trials"], table: pd.DataFrame) -> dict[str, float]:
    error = table["error"].to_numpy(float)
    treatments = pd.get_dummies(table["drug"]).to_numpy(float)
    found = regression(numbers, error, np.column_stack([error, treatments]))
    slope = float(found.coefficients[0])
    return {
        "slope": slope,
        "low_95": float(found.low_95[0]),
        "high_95": float(found.high_95[0]),
        "shift": slope * float(np.subtract(*np.quantile(error, [0.75, 0.25]))),
        "between_trials_sd": found.between_sd,
    }
