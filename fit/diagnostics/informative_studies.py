"""The comparisons of treatments with most visits: chosen before any look at how well they fit."""

from __future__ import annotations

from typing import Final

import pandas as pd
import xarray as xr

from windup.fit.storage.tree import group

SHOWN: Final = 9
STUDY_COURSES: Final = "study_courses"
"""Group of a run with the model's courses of these studies (`windup.fit.posterior.study_courses`)."""
KINDS: Final = ("mean", "change")
"""Kinds of observations that are a course of pain."""


def courses_in(tree: xr.DataTree) -> pd.DataFrame:
    """Courses of the model between the visits of these studies; empty in runs that have none."""
    if STUDY_COURSES not in tree.children:
        return pd.DataFrame()
    return group(tree, STUDY_COURSES).to_dataframe().reset_index(drop=True)


def informative_studies(rows: pd.DataFrame, count: int = SHOWN) -> list[tuple[str, str]]:
    """Studies and the kind of their rows, those with most visits first.

    Each has three visits or more, and arms that received different treatments.

    Parameters
    ----------
    rows
        With ``study``, ``kind``, ``week`` and ``drugs``
        (`windup.fit.diagnostics.predictive.coverage.predictive_rows`).
    count
        Largest number of studies.
    """
    pain = rows[rows["kind"].isin(KINDS)]
    if pain.empty:
        return []
    groups = pain.groupby(["study", "kind"])
    table = pd.DataFrame(
        {
            "visits": groups["week"].nunique(),
            "treatments": groups["drugs"].nunique(),
            "rows": groups.size(),
        }
    ).reset_index()
    table = table[(table["visits"] >= 3) & (table["treatments"] >= 2)]
    ordered = table.sort_values(["visits", "rows", "study"], ascending=[False, False, True])
    once = ordered.drop_duplicates("study").head(count)
    return list(zip(once["study"].astype(str), once["kind"].astype(str), strict=True))
