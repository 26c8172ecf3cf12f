"""Entries of a diary, or visits around a planned week, as one pain of each patient at each visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import pandas as pd

from windup.datasets.individuals.columns import DAYS_PER_WEEK

KEYS = ["study_id", "arm_id", "patient_id"]
_ROUNDED = 6


@final
@dataclass(frozen=True)
class VisitWindows:
    """Days around planned weeks whose entries count for that week.

    The window of a week is the days from :math:`7 w + a` to :math:`7 w + b`, both included. The window of a
    baseline (week 0 or before) ends at day 0 at the latest.

    Attributes
    ----------
    weeks
        Planned weeks :math:`w`, ascending.
    first_day, last_day
        :math:`a` and :math:`b`, days; -6 and 0 are the week that ends at the visit.
    least_entries
        Entries that a patient needs in a window; with fewer the visit is missing.
    nearest
        Take the entry that is nearest to the planned day (of two the earlier), not the mean of all.

    Examples
    --------
    >>> list(VisitWindows((0.0, 1.0), first_day=-6.0).findings())
    []
    """

    weeks: tuple[float, ...]
    first_day: float = 0.0
    last_day: float = 0.0
    least_entries: int = 1
    nearest: bool = False

    def days_of(self, week: float) -> tuple[float, float]:
        """First and last day of the window of a week."""
        first, last = DAYS_PER_WEEK * week + self.first_day, DAYS_PER_WEEK * week + self.last_day
        return first, min(last, 0.0) if week <= 0.0 else last

    def time_of(self, week: float) -> float:
        """Week of a row: the middle of the window of a mean, the planned week of a single entry."""
        first, last = self.days_of(week)
        return week if self.nearest or first == last else (first + last) / 2.0 / DAYS_PER_WEEK

    @property
    def averaged(self) -> bool:
        """Whether a visit is a mean over days."""
        return not self.nearest and self.first_day < self.last_day

    def findings(self) -> Iterator[tuple[str, str, str]]:
        """What is wrong with the windows: the name, what was found, and what to do."""
        if not self.weeks:
            yield "visit_week", "Windows without a week.", "Name the weeks of the visits."
        if any(early >= late for early, late in pairwise(self.weeks)):
            yield "visit_week", "The weeks are not ascending.", "Name each week once, in their order."
        if self.first_day > self.last_day:
            found = f"The window begins on day {self.first_day:g} and ends on day {self.last_day:g}."
            yield "window_days", found, "Exchange the two days."
        if self.least_entries < 1:
            yield "least_entries", f"{self.least_entries} is below 1.", "Give 1 or more."
        spans = [(week, *self.days_of(week)) for week in self.weeks]
        for (week, first, last), (following, begin, _) in pairwise(spans):
            if last >= begin and week < following and first <= last:
                found = f"The windows of week {week:g} and week {following:g} share days."
                yield "window_days", found, "Make the window shorter."
        for week, first, last in spans:
            if week <= 0.0 and first > last and self.first_day <= self.last_day:
                found = f"The window of the baseline in week {week:g} begins after day 0."
                yield "window_days", found, "Begin it on day 0 or before."


def visit_values(entries: pd.DataFrame, windows: VisitWindows | None) -> tuple[pd.DataFrame, list[str]]:
    """Pain of each patient at each visit, one row each, with its week, and sentences on what was left out.

    Parameters
    ----------
    entries
        Columns ``study_id``, ``arm_id``, ``patient_id``, ``week`` and ``pain``; a patient has one entry at a
        time.
    windows
        Windows of the visits; None means that every time is a visit.

    Returns
    -------
    tuple
        The same columns, without missing pains, and the notes.
    """
    seen = entries[entries["pain"].notna()]
    if windows is None:
        return seen[[*KEYS, "week", "pain"]], []
    days = (seen["week"] * DAYS_PER_WEEK).round(_ROUNDED)
    visits: list[pd.DataFrame] = []
    read = few = 0
    for week in windows.weeks:
        first, last = (round(day, _ROUNDED) for day in windows.days_of(week))
        inside = seen[(days >= first) & (days <= last)]
        read += len(inside)
        enough = inside.groupby(KEYS)["pain"].transform("size") >= windows.least_entries
        few += len(inside.loc[~enough, KEYS].drop_duplicates())
        value = _nearest(inside[enough], week) if windows.nearest else _means(inside[enough])
        visits.append(value.assign(week=windows.time_of(week)))
    notes = [f"{len(seen) - read} entries lie in no window and are not read."] if read < len(seen) else []
    if few:
        notes.append(f"{few} visits have fewer than {windows.least_entries} entries and count as missing.")
    return pd.concat(visits)[[*KEYS, "week", "pain"]], notes


def _means(entries: pd.DataFrame) -> pd.DataFrame:
    return entries.groupby(KEYS)["pain"].mean().reset_index()


def _nearest(entries: pd.DataFrame, week: float) -> pd.DataFrame:
    away = (entries["week"] - week).abs().round(_ROUNDED)
    ordered = entries.assign(away=away).sort_values([*KEYS, "away", "week"])
    return ordered.drop_duplicates(KEYS)[[*KEYS, "pain"]]
