"""Rows of minutes to hours as arrays: whose they are, when they were taken, and what was given before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from scipy.stats import norm

from windup.datasets import MAGNESIUM_KINDS, Trials
from windup.fit.design.arrays import LARGEST_KEPT_SHARE
from windup.models import MAGNESIUM_MG_PER_MMOL, Given

HOURS_PER_WEEK = 168.0

# A single administration is spread over the half hour that ends at its week: no table holds its length, and
# the infusions whose length is printed took 30 minutes (noppers2011, gravennielsen2000_fm).
SHORT_INFUSION_HOURS = 0.5

_CSF = "csf_mg"


class HoursRows(NamedTuple):
    """One entry per row, in the order of the table.

    Attributes
    ----------
    label
        Names of the rows.
    study, arm
        Indexes among the studies and arms of these rows.
    course
        Index of the study among those of the design, for rows of pain; 0 for others.
    hours
        Time after the start of treatment.
    kind
        As in `windup.datasets.HOURS_KINDS`.
    estimate
        Level in its unit; of shares of responders the score.
    standard_error
        Sampling error on that scale, NaN where it is not known.
    n
        Number of patients.
    kept
        Share of the baseline pain that a responder keeps at most; 0 for levels.
    after
        True after the week of the arm's first drug or placebo; a row at that week is one before it.
    magnesium, swallowed, ketamine
        Doses of each arm: intravenous magnesium (mmol), oral magnesium (mg), ketamine (mg of racemate).
    """

    label: tuple[str, ...]
    study: Int[np.ndarray, " rows"]
    arm: Int[np.ndarray, " rows"]
    course: Int[np.ndarray, " rows"]
    hours: Float[np.ndarray, " rows"]
    kind: tuple[str, ...]
    estimate: Float[np.ndarray, " rows"]
    standard_error: Float[np.ndarray, " rows"]
    n: Float[np.ndarray, " rows"]
    kept: Float[np.ndarray, " rows"]
    after: Bool[np.ndarray, " rows"]
    magnesium: tuple[Given, ...]
    swallowed: tuple[Given, ...]
    ketamine: tuple[Given, ...]

    @property
    def of_magnesium(self) -> Bool[np.ndarray, " rows"]:
        """Rows of serum and CSF."""
        chosen: Bool[np.ndarray, " rows"] = np.isin(self.kind, MAGNESIUM_KINDS)
        return chosen

    @property
    def of_csf(self) -> Bool[np.ndarray, " rows"]:
        """Rows of CSF."""
        chosen: Bool[np.ndarray, " rows"] = np.array(self.kind) == _CSF
        return chosen

    @property
    def of_shares(self) -> Bool[np.ndarray, " rows"]:
        """Rows of shares of responders."""
        return self.kept > 0.0


def hours_rows(trials: Trials, studies: tuple[str, ...]) -> HoursRows | None:
    """Used rows of minutes to hours; None where there is none.

    Parameters
    ----------
    trials
        With the block ``within_hours``, or without.
    studies
        Of the design: those of rows of pain are among them.
    """
    table = trials.of_hours
    if table.empty:
        return None
    keys = list(zip(table["study_id"], table["arm_id"], strict=True))
    arms, names = list(dict.fromkeys(keys)), list(dict.fromkeys(table["study_id"]))
    kinds = tuple(table["kind"])
    hours = HOURS_PER_WEEK * table["time_weeks"].to_numpy(float)
    n = table["n_effective"].to_numpy(float)
    kept = np.array([LARGEST_KEPT_SHARE.get(kind, 0.0) for kind in kinds])
    estimate, error = _scored(
        table["estimate"].to_numpy(float), table["standard_error"].to_numpy(float), n, kept
    )
    doses = [_arm(trials.dosing, *arm) for arm in arms]
    begun = np.array([_first_hour(trials.dosing, *arm) for arm in arms])
    arm = np.array([arms.index(key) for key in keys])
    return HoursRows(
        label=tuple(table["row_id"]),
        study=np.array([names.index(name) for name in table["study_id"]]),
        arm=arm,
        course=np.array([studies.index(s) if s in studies else 0 for s in table["study_id"]]),
        hours=hours,
        kind=kinds,
        estimate=estimate,
        standard_error=error,
        n=n,
        kept=kept,
        after=hours > begun[arm],
        magnesium=tuple(_given(rows, "magnesium", "iv", MAGNESIUM_MG_PER_MMOL) for rows in doses),
        swallowed=tuple(_given(rows, "magnesium", "oral", 1.0) for rows in doses),
        ketamine=tuple(_given(rows, "ketamine", "iv", 1.0) for rows in doses),
    )


def _arm(dosing: pd.DataFrame, study: str, arm: str) -> pd.DataFrame:
    return dosing[(dosing["study_id"] == study) & (dosing["arm_id"] == arm)]


def _first_hour(dosing: pd.DataFrame, study: str, arm: str) -> float:
    """Hour of the first drug or placebo; never where there is none."""
    mine = _arm(dosing, study, arm)
    starts = mine.loc[mine["drug"] != "none", "start_week"]
    return HOURS_PER_WEEK * float(starts.min()) if len(starts) else np.inf


def _given(rows: pd.DataFrame, drug: str, route: str, unit_mg: float) -> Given:
    mine = rows[(rows["drug"] == drug) & (rows["route"] == route)]
    doses = np.array([*_pieces(mine, swallowed=route == "oral")], float).reshape(-1, 3)
    return Given(doses[:, 0] / unit_mg, doses[:, 1], doses[:, 2])


def _pieces(rows: pd.DataFrame, *, swallowed: bool) -> Iterator[tuple[float, float, float]]:
    for _, row in rows.iterrows():
        start, end = (HOURS_PER_WEEK * row[name] for name in ("start_week", "end_week"))
        if end > start:
            yield row["daily_dose"] * (end - start) / 24.0, start, end
        elif swallowed:
            yield row["daily_dose"], start, start
        else:
            yield row["daily_dose"], start - SHORT_INFUSION_HOURS, start


def _scored(
    estimate: Float[np.ndarray, " rows"],
    error: Float[np.ndarray, " rows"],
    n: Float[np.ndarray, " rows"],
    kept: Float[np.ndarray, " rows"],
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
    """Shares as scores with their sampling errors (`windup.fit.design.errors.share_errors`); levels as is."""
    shares = kept > 0.0
    share = np.where(shares, (estimate * n + 0.5) / (n + 1.0), 0.5)
    score = norm.ppf(share)
    of_score = np.sqrt(share * (1.0 - share) / n) / norm.pdf(score)
    return np.where(shares, score, estimate), np.where(shares, of_score, error)
