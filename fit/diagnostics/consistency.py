r"""Whether trials of two treatments agree with the trials of each: consistency of the network.

For a pair of treatments the *direct* difference :math:`d` is the pooled difference between them in trials
that gave both (`windup.fit.design.measured.head_to_head`). The *indirect* one is that of their pooled
differences from placebo, :math:`i = \hat\mu_1 - \hat\mu_2`, in all other trials
(`windup.fit.design.measured.trial_effects`): a study that is direct evidence of the pair is no indirect
evidence of it. Both are differences in NRS points, pooled by random effects
(`windup.fit.diagnostics.pooling`). The pair departs by

.. math:: z = \frac{d - i}{\sqrt{SE_d^2 + SE_i^2}}.

That is node-splitting through placebo, the only indirect way that these trials offer often. No model enters.
Directly compared patients are of one condition and indirectly compared ones of several, so that a departure
may be of conditions, doses or trials and not of chance. Of 20 pairs without any, one departs by more than 2.

References
----------
Bucher HC et al. The results of direct and indirect treatment comparisons in meta-analysis of randomized
controlled trials. J Clin Epidemiol 1997;50:683-91. doi:10.1016/S0895-4356(97)00049-8. Dias S et al. Checking
consistency in mixed treatment comparison meta-analysis. Stat Med 2010;29:932-44. doi:10.1002/sim.3767.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from windup.datasets import Trials
from windup.fit.design.measured.head_to_head import head_to_head
from windup.fit.design.measured.trial_effects import on_treatment_near
from windup.fit.diagnostics.own_trials import averaged_error
from windup.fit.diagnostics.pooling import Pooled, random_effects

_COLUMNS = (
    "drug",
    "other",
    "conditions",
    "trials",
    "without_error",
    "direct",
    "direct_standard_error",
    "placebo_trials_drug",
    "placebo_trials_other",
    "indirect",
    "indirect_standard_error",
    "z",
)


def consistency(trials: Trials) -> pd.DataFrame:
    """Direct and indirect differences of every pair of treatments that a trial compares.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.

    Returns
    -------
    pandas.DataFrame
        One row per pair, largest departure first: ``drug``, ``other``; ``conditions`` of the direct trials,
        joined by commas; ``trials`` that compare the two with a standard error, and those ``without_error``;
        ``direct`` difference (points, negative where ``drug`` relieves more) with its standard error;
        ``placebo_trials_drug`` and ``placebo_trials_other`` behind the ``indirect`` one, with its standard
        error; ``z`` of the departure. NaN where trials are missing.
    """
    pairs = head_to_head(trials)
    against = on_treatment_near(trials)
    against = against[against["placebo_controlled"].astype(bool)]
    rows = [
        _of_pair(str(drug), str(other), part, against[~against["study"].isin(part["study"])])
        for (drug, other), part in pairs.groupby(["drug", "other"], sort=True)
    ]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    order = table["z"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    return table.loc[order].reset_index(drop=True)


def _of_pair(drug: str, other: str, direct: pd.DataFrame, against: pd.DataFrame) -> dict[str, Any]:
    placebo = (against[against["drug"] == name] for name in (drug, other))
    own, mine, theirs = (list(_by_study(table)) for table in (direct, *placebo))
    between, of_drug, of_other = (_pooled(each) for each in (own, mine, theirs))
    row: dict[str, Any] = {
        "drug": drug,
        "other": other,
        "conditions": ", ".join(sorted(set(direct["condition"]))),
        "trials": len(own),
        "without_error": direct["study"].nunique() - len(own),
        "placebo_trials_drug": len(mine),
        "placebo_trials_other": len(theirs),
    }
    if between is not None:
        row |= {"direct": between.mean, "direct_standard_error": between.standard_error}
    if of_drug is not None and of_other is not None:
        row |= {
            "indirect": of_drug.mean - of_other.mean,
            "indirect_standard_error": math.hypot(of_drug.standard_error, of_other.standard_error),
        }
    if {"direct", "indirect"} <= row.keys():
        error = math.hypot(row["direct_standard_error"], row["indirect_standard_error"])
        row["z"] = (row["direct"] - row["indirect"]) / error
    return row


def _by_study(table: pd.DataFrame) -> Iterable[tuple[float, float]]:
    """Mean difference and its standard error of each study that has one."""
    for _, part in table[np.isfinite(table["standard_error"].astype(float))].groupby("study", sort=False):
        yield float(part["difference"].mean()), averaged_error(part["standard_error"].to_numpy(float))


def _pooled(trials: list[tuple[float, float]]) -> Pooled | None:
    return random_effects(*(np.array(each) for each in zip(*trials, strict=True))) if trials else None
