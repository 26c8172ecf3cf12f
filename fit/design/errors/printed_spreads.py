r"""Spreads between patients that studies print beside the rows that a fit uses.

Two kinds of numbers are read, of studies with used rows. Rows with the flag ``duplicate`` are second copies
of a table and stay out, and so do SDs with the flag ``dispersion_doubtful``.

**SDs behind contrasts.** A contrast of two parallel arms of :math:`n_1` and :math:`n_2` patients has
:math:`SE = \sigma \sqrt{1/n_1 + 1/n_2}`. A contrast of pain on 0-10 after baseline therefore implies the
per-patient SD :math:`\sigma = SE \sqrt{n_1 n_2 / (n_1 + n_2)}` (Cochrane Handbook, section 6.5.2.3). Read are
contrasts that are unused because they repeat a used fact (``duplicates another row``). The mean log of a
study is one number, and it informs one latent SD of that study:

- A latent SD of baselines alone is not informed: who may enrol needs some pain, which narrows baselines.
- With latent SDs of means and of changes, it is that of the means. Else the number would count twice.
- A latent SD of used contrasts alone is not informed: the SD of a contrast is that of residuals already.
- A contrast of a crossover trial has the SD of paired differences, which is another quantity.

**Correlations of two visits.** Where one arm prints the SDs :math:`s_0` at baseline, :math:`s_1` at a later
visit and :math:`s_c` of the change between them, on one scale,

.. math:: r = \frac{s_0^2 + s_1^2 - s_c^2}{2 s_0 s_1}

is the correlation of the two visits (Cochrane Handbook, section 6.5.2.8). The number of a study is the mean
of Fisher's :math:`\mathrm{artanh}\, r` over arms and visits, weighted by patients. A visit has the smallest
n of its three rows, and an arm the largest n of its visits. Patients of arms add up, except in a crossover
trial, where they are the same people. Rows are read whether or not the fit uses them, so that the number does
not depend on blocks.

- Rows with the reason ``suspect figures`` are not read, and those of a ``subgroup of another row`` are not,
  because their patients would count twice.
- No three SDs with :math:`|r| \ge 1` can be of the same patients, so that one of them is a misprint or of
  other patients; which one is not known, and the visit is left out. No other value of r is left out.
- Where an arm has two SDs for one of the three, it is not known which belong together: left out.
- The three must be SDs of patients. That of a change that was adjusted for the baseline is one of residuals,
  with which r would be too large: mark it as ``dispersion_doubtful``.

References
----------
Higgins JPT, Li T, Deeks JJ. Choosing effect measures and computing estimates of effect. In: Cochrane Handbook
for Systematic Reviews of Interventions, version 6.4, 2023, chapter 6. doi:10.1002/9781119536604.ch6
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from windup.datasets import Trials
from windup.fit.design.arrays import DISPERSION_CLASSES, Dispersions, PrintedSpreads, Rows

_REPEATS, _COPY = "duplicates another row", "duplicate"
_NOT_READ = "suspect figures", "subgroup of another row"
_OF_PAIN = tuple(DISPERSION_CLASSES.index(name) for name in ("mean", "change"))
_ARM = ["study_id", "arm_id", "scale"]


def printed_spreads(
    trials: Trials, studies: tuple[str, ...], table: pd.DataFrame, rows: Rows, dispersions: Dispersions
) -> PrintedSpreads:
    """What the studies of a fit print of spreads between patients.

    Parameters
    ----------
    trials
        With the rows that the fit does not use.
    studies
        Those of the fit, in order.
    table, rows, dispersions
        Used rows, as a table and as arrays, and their SDs.
    """
    crossover = set(trials.studies.loc[trials.studies["crossover"], "study_id"])
    every = trials.observations
    copy = every["flags"].str.split(";").map(lambda flags: _COPY in flags)
    mine = every[every["study_id"].isin(studies) & ~copy]
    implied = [
        (np.log(sds).mean(), latent)
        for study, latent in sorted(_informed(table, rows, dispersions).items())
        if studies[study] not in crossover and len(sds := _behind_contrasts(mine, studies[study]))
    ]
    correlations = [
        (*found, number)
        for number, study in enumerate(studies)
        if (found := _correlation(mine[mine["study_id"] == study], crossover=study in crossover)) is not None
    ]
    return PrintedSpreads(
        np.array([each[0] for each in implied], float),
        np.array([each[1] for each in implied], int),
        np.array([each[0] for each in correlations], float),
        np.array([each[2] for each in correlations], int),
        np.array([each[1] for each in correlations], float),
    )


def _informed(table: pd.DataFrame, rows: Rows, dispersions: Dispersions) -> dict[int, int]:
    """Latent SD that a study's contrasts inform, by study."""
    later = table["time_weeks"].to_numpy(float) > 0.0
    single = table["reference_arm"].to_numpy(str) == ""
    chosen: dict[int, int] = {}
    for latent, group in enumerate(dispersions.missing_class):
        mine = (rows.dispersion == latent) & (rows.link < 0) & later & single
        if group not in _OF_PAIN or not mine.any():
            continue
        study = int(rows.study[np.flatnonzero(mine)[0]])
        if study not in chosen or group < dispersions.missing_class[chosen[study]]:
            chosen[study] = latent
    return chosen


def _behind_contrasts(mine: pd.DataFrame, study: str) -> Float[np.ndarray, " contrasts"]:
    """Per-patient SD behind every unused contrast of pain of a study, on 0-10."""
    contrasts = mine[
        (mine["study_id"] == study)
        & ~mine["used"]
        & (mine["reason"] == _REPEATS)
        & (mine["kind"] == "contrast")
        & (mine["reference_arm"] != "")
        & (mine["time_weeks"] > 0.0)
    ]
    found = implied_sd(contrasts["standard_error"].to_numpy(float), contrasts["n_effective"].to_numpy(float))
    return found[found > 0.0]


def implied_sd(
    standard_error: Float[np.ndarray, " contrasts"], n_effective: Float[np.ndarray, " contrasts"]
) -> Float[np.ndarray, " contrasts"]:
    """Per-patient SD behind contrasts, in the unit of their standard errors; NaN where one is not known.

    Examples
    --------
    >>> implied_sd(np.array([0.5]), np.array([40 * 10 / (40 + 10)]))
    array([1.41421356])
    """
    sd: Float[np.ndarray, " contrasts"] = standard_error * np.sqrt(n_effective)
    return sd


def correlation_of(at_baseline: Any, later: Any, of_change: Any) -> Any:
    """Correlation of two visits from the SDs at both and of the change; beyond 1 if no patients have these.

    Examples
    --------
    >>> correlation_of(2.0, 2.0, 2.0)
    0.5
    """
    return (at_baseline**2 + later**2 - of_change**2) / (2.0 * at_baseline * later)


def _correlation(mine: pd.DataFrame, *, crossover: bool) -> tuple[float, float] | None:
    """Mean z of the correlations that a study prints, and its patients; None where it prints none."""
    known = (mine["standard_deviation"] > 0.0) & (mine["n_effective"] > 0.0)
    arms = mine[known & (mine["reference_arm"] == "") & ~mine["reason"].isin(_NOT_READ)]
    arms = arms[[*_ARM, "kind", "time_weeks", "baseline_week", "standard_deviation", "n_effective"]]
    arms = arms.rename(columns={"standard_deviation": "sd", "n_effective": "n"})
    changes = arms[arms["kind"] == "change"].fillna({"baseline_week": 0.0})
    changes = _single(changes, "time_weeks", "baseline_week")
    levels = _single(arms[arms["kind"] == "mean"], "time_weeks").drop(columns=["kind", "baseline_week"])
    begins = levels.rename(columns={"time_weeks": "baseline_week", "sd": "sd_begin", "n": "n_begin"})
    visits = changes.merge(levels, on=[*_ARM, "time_weeks"], suffixes=("", "_end"))
    visits = visits.merge(begins, on=[*_ARM, "baseline_week"])
    visits = visits[visits["time_weeks"] > visits["baseline_week"]]
    r = correlation_of(visits["sd_begin"], visits["sd_end"], visits["sd"])
    n = visits[["n", "n_end", "n_begin"]].min(axis=1)
    visits, r, n = (each[r.abs() < 1.0] for each in (visits, r, n))
    by_arm = n.groupby(visits["arm_id"]).max()
    patients = float(by_arm.max() if crossover else by_arm.sum())
    # The variance of z is 1 / (n - 3).
    if not patients > 3.0:
        return None
    return float(np.average(np.arctanh(r), weights=n)), patients


def _single(rows: pd.DataFrame, *times: str) -> pd.DataFrame:
    """Rows of which an arm has no second one at these times on the same scale."""
    return rows[~rows.duplicated([*_ARM, *times], keep=False)]


__all__ = ["correlation_of", "implied_sd", "printed_spreads"]
