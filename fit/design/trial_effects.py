r"""What each controlled trial measured: an arm's change in pain less that of its control arm.

These are the numbers that a reader compares an estimate with. They are read from the tables alone; no model
enters. Rules, in this order:

1. *Included observations only*, at weeks after baseline.
2. *Control arm.* The arm of the same study, with included observations, whose drugs are a proper subset of
   the arm's. Of several, the one that shares most drugs, then one with placebo before one without. Where
   several are still equal the table does not define which is meant, and the arm is left out. The effect is
   that of the drugs that the control arm lacks.
3. *Left out*: randomised withdrawal (everybody has the drug at baseline, so the difference is a return of
   pain), studies without a control arm, and studies outside chronic pain.
4. *Number.* A printed contrast with the control arm; else the difference of two printed changes; else of two
   means, each less its baseline; else of two percent changes, each times its arm's baseline; else of two
   means where a baseline is missing (in a crossover trial both arms have one baseline). A percent change
   without a printed baseline is taken of 6.5 points (expert: that of the reference patient). All are in NRS
   points (`windup.datasets.tables.estimates`).
5. *Standard error.* That of the contrast; else :math:`\sqrt{SE_1^2 + SE_0^2}`. The change of a mean has
   :math:`SE^2 = SE_t^2 + SE_b^2 - 2 r\, SE_t SE_b` with :math:`r = 0.5` (expert: trials rarely print it). Not
   a number where a part is missing. A crossover trial that prints no contrast is treated as a parallel one,
   which overstates it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from windup.datasets import Trials

WEEK = 12.0
"""Week of the effects that a fit reports."""
# Correlation of a patient's baseline and later pain (expert; rule 5).
BASELINE_CORRELATION = 0.5
# Baseline of percent changes whose trial prints none (expert; rule 4).
ASSUMED_BASELINE = 6.5
_CONTROL = frozenset({"placebo", "none"})
# A course of at most this long is a single treatment whose effect is looked for later (a patch, an infusion).
_SHORT_WEEKS = 1.0
# Rounding of weeks in publications.
_SLACK_WEEKS = 0.5
COLUMNS = (
    "study",
    "citation",
    "condition",
    "drug",
    "arm",
    "control",
    "placebo_controlled",
    "week",
    "difference",
    "standard_error",
    "n",
    "n_control",
    "read_from",
    "on_treatment",
)


class _Side(NamedTuple):
    """A number of one arm and its standard error."""

    value: float
    error: float


def trial_effects(trials: Trials) -> pd.DataFrame:
    """Differences in change of pain of every controlled arm and visit.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.

    Returns
    -------
    pandas.DataFrame
        One row per arm and week: ``study``, ``citation``, ``condition``, ``drug`` (drugs that the control
        arm lacks, joined by ``+``), ``arm``, ``control``, ``placebo_controlled`` (the control arm got placebo
        or a sham), ``week``, ``difference`` (NRS points, negative is less pain than in the control arm),
        ``standard_error`` (NRS points, NaN where it is not known), ``n`` (patients of both arms) and
        ``n_control``, ``read_from`` (``contrast``, ``change``, ``mean``, ``percent_change``,
        ``percent_change of 6.5`` or ``final mean``) and ``on_treatment`` (the drug was still taken, or the
        course lasted a week at most).

    Notes
    -----
    A difference is that trial's own: its dose, week, condition and patients, not those of an estimate.
    """
    used = trials.of_courses
    facts = {str(row["study_id"]): row for row in trials.studies.to_dict("records")}
    dosing = {str(name): part for name, part in trials.dosing.groupby("study_id")}
    records = [
        record
        for study, rows in ((str(name), part) for name, part in used.groupby("study_id", sort=False))
        if facts[study]["condition"] in trials.catalogue.chronic_conditions
        and not facts[study]["withdrawal"]
        and study in dosing
        for record in _of_study(study, facts[study], rows, dosing[study])
    ]
    return pd.DataFrame(records, columns=list(COLUMNS))


def nearest(effects: pd.DataFrame, week: float) -> pd.DataFrame:
    """Of each arm the visit that is nearest to a week, on treatment wherever there is such a visit.

    Parameters
    ----------
    effects
        From `trial_effects`.
    week
        Weeks since the first dose.
    """
    far = (effects["week"] - week).abs()
    ordered = effects.assign(_off=~effects["on_treatment"].astype(bool), _far=far)
    ordered = ordered.sort_values(["_off", "_far", "week"], kind="stable")
    return ordered.drop_duplicates(["study", "arm"]).drop(columns=["_off", "_far"]).sort_index()


class _Published:
    """Included numbers of one study, by arm, arm of reference and kind."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.weeks: dict[tuple[str, str, str], dict[float, _Side]] = {}
        self.n: dict[tuple[str, float], float] = {}
        row: Any
        for row in rows.itertuples():
            by_week = self.weeks.setdefault((row.arm_id, row.reference_arm, row.kind), {})
            by_week[row.time_weeks] = _Side(row.estimate, row.standard_error)
            if not row.reference_arm and not math.isnan(row.n):
                self.n[row.arm_id, row.time_weeks] = row.n

    def arms(self) -> set[str]:
        return {arm for key in self.weeks for arm in key[:2]}

    def at(self, arm: str, kind: str, week: float, reference: str = "") -> _Side | None:
        return self.weeks.get((arm, reference, kind), {}).get(week)

    def baseline(self, arm: str) -> _Side | None:
        means = {week: side for week, side in self.weeks.get((arm, "", "mean"), {}).items() if week <= 0.0}
        return means[max(means)] if means else None


def _of_study(
    study: str, facts: Mapping[Hashable, Any], rows: pd.DataFrame, dosing: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    published = _Published(rows)
    given = {
        str(arm): frozenset(part["drug"])
        for arm, part in dosing.groupby("arm_id", sort=False)
        if arm in published.arms()
    }
    randomised = dosing.groupby("arm_id")["n_randomised"].max().fillna(0.0)

    def patients(arm: str, week: float) -> float:
        return published.n.get((arm, week), float(randomised[arm]))

    for arm, drugs in given.items():
        control = _control_of(arm, given)
        if control is None:
            continue
        added = sorted(drugs - _CONTROL - given[control])
        mine = dosing[(dosing["arm_id"] == arm) & dosing["drug"].isin(added)]
        ends = float(mine["end_week"].max())
        short = ends - float(mine["start_week"].min()) <= _SHORT_WEEKS
        for week in sorted({week for by in published.weeks.values() for week in by if week > 0.0}):
            found = _at_week(published, arm, control, week)
            if found is None:
                continue
            side, read_from = found
            yield {
                "study": study,
                "citation": facts["citation"],
                "condition": facts["condition"],
                "drug": "+".join(added),
                "arm": arm,
                "control": control,
                "placebo_controlled": "placebo" in given[control],
                "week": week,
                "difference": side.value,
                "standard_error": side.error,
                "n": patients(arm, week) + patients(control, week),
                "n_control": patients(control, week),
                "read_from": read_from,
                "on_treatment": short or not week > ends + _SLACK_WEEKS,
            }


def _control_of(arm: str, given: dict[str, frozenset[str]]) -> str | None:
    """Arm whose drugs are a proper subset of those of another (rule 2)."""
    mine = given[arm] - _CONTROL
    fewer = {
        other: (len(drugs - _CONTROL), "placebo" in drugs)
        for other, drugs in given.items()
        if drugs - _CONTROL < mine
    }
    best = [other for other, rank in fewer.items() if rank == max(fewer.values())]
    return best[0] if len(best) == 1 else None


def _at_week(published: _Published, arm: str, control: str, week: float) -> tuple[_Side, str] | None:
    """The difference of two arms at a week, and what it is read from (rule 4)."""
    pair = (arm, control)
    if (contrast := published.at(arm, "contrast", week, control)) is not None:
        return contrast, "contrast"
    if (found := _difference([published.at(each, "change", week) for each in pair])) is not None:
        return found, "change"
    means = [published.at(each, "mean", week) for each in pair]
    base = [published.baseline(each) for each in pair]
    if (found := _difference([_change(*each) for each in zip(means, base, strict=True)])) is not None:
        return found, "mean"
    percent = [published.at(each, "percent_change", week) for each in pair]
    if all(percent) and not all(base):
        assumed = _Side(ASSUMED_BASELINE, math.nan)
        found = _difference([_share(each, assumed) for each in percent])
        return None if found is None else (found, f"percent_change of {ASSUMED_BASELINE:g}")
    if (found := _difference([_share(*each) for each in zip(percent, base, strict=True)])) is not None:
        return found, "percent_change"
    found = _difference(means)
    return None if found is None else (found, "final mean")


def _difference(sides: list[_Side | None]) -> _Side | None:
    treated, control = sides
    if treated is None or control is None:
        return None
    return _Side(treated.value - control.value, math.hypot(treated.error, control.error))


def _change(later: _Side | None, base: _Side | None) -> _Side | None:
    if later is None or base is None:
        return None
    variance = later.error**2 + base.error**2 - 2.0 * BASELINE_CORRELATION * later.error * base.error
    return _Side(later.value - base.value, math.sqrt(variance))


def _share(percent: _Side | None, base: _Side | None) -> _Side | None:
    """Percent change in NRS points."""
    if percent is None or base is None:
        return None
    return _Side(percent.value * base.value / 100.0, percent.error * base.value / 100.0)
