"""Covariates of studies, by which effects of treatments may differ."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from windup.datasets import Trials
from windup.fit.errors import SettingsError

BASELINE = "baseline_pain"
"""Name of the covariate that the observations give: mean pain of all arms at entry, NRS points."""
# Of a category, levels with fewer studies are one level.
_FEWEST, _OTHERS = 3, "others"


def covariate_table(trials: Trials, names: Sequence[str], of: Collection[str]) -> pd.DataFrame:
    """Numeric covariates of studies.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.
    names
        Columns of ``studies.csv``, or `BASELINE`. A column of words becomes one column for each of its levels
        but the most frequent one, 1 where a study has it; levels of fewer than three studies are one level.
    of
        Studies that are to be compared.

    Returns
    -------
    pandas.DataFrame
        One row per study, by ``study_id``; NaN where a study has no value.

    Raises
    ------
    SettingsError
        When a name is no column, or a column is the same in all of them.
    """
    every = trials.studies.set_index("study_id")
    studies = every[every.index.isin(list(of))]
    parts, faults = list[pd.DataFrame](), list[str]()
    for name in dict.fromkeys(names):
        if name == BASELINE:
            parts.append(_baseline(trials).reindex(studies.index).to_frame(BASELINE))
        elif name not in studies:
            known = ", ".join(sorted([BASELINE, *_usable(studies)]))
            faults.append(f"'{name}' is no covariate. Covariates are: {known}.")
        elif studies[name].dropna().nunique() < 2:
            faults.append(f"'{name}' is the same in all compared studies that have it, or empty.")
        elif pd.api.types.is_numeric_dtype(studies[name]) and not pd.api.types.is_bool_dtype(studies[name]):
            parts.append(studies[[name]].astype(float))
        elif (levels := _levels(studies[name])).empty or not len(levels.columns):
            faults.append(f"'{name}' has no two levels with {_FEWEST} compared studies each.")
        else:
            parts.append(levels)
    if faults:
        raise SettingsError(" ".join(faults))
    return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=studies.index)


def _usable(studies: pd.DataFrame) -> list[str]:
    """Columns that differ, and that are no texts of single studies."""
    return [
        str(name)
        for name in studies
        if name != "pmid" and 2 <= studies[name].dropna().nunique() <= 0.5 * max(studies[name].count(), 4)
    ]


def _baseline(trials: Trials) -> pd.Series:
    rows = trials.of_courses
    begin = rows[(rows["kind"] == "mean") & (rows["time_weeks"] <= 0.0)]
    return begin.groupby("study_id")["estimate"].mean()


def _levels(column: pd.Series) -> pd.DataFrame:
    words = column.astype("string")
    words = words.where(words.str.len() > 0)
    counts = words.value_counts()
    words = words.where(words.isna() | words.map(counts).ge(_FEWEST), _OTHERS)
    usual = str(words.value_counts().index[0])
    levels = sorted(set(words.dropna()) - {usual})
    found = {f"{column.name} {level}": (words == level).astype("Float64") for level in levels}
    return pd.DataFrame(found, index=column.index).astype(float).where(words.notna(), np.nan)
