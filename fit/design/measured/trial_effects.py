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
4. *Number and standard error*: `windup.fit.design.measured.published`.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from windup.datasets import Trials
from windup.fit.design.measured.published import Published, difference_at

WEEK = 12.0
"""Week of the effects that a fit reports."""
INERT = frozenset({"placebo", "none"})
"""Names of arms' drugs that are none."""
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
    records = [record for study in controlled(trials) for record in _of_study(study)]
    return pd.DataFrame(records, columns=list(COLUMNS))


def on_treatment_near(trials: Trials, week: float = WEEK) -> pd.DataFrame:
    """Of each controlled arm the visit on treatment nearest to a week; columns as in `trial_effects`."""
    effects = nearest(trial_effects(trials), week)
    return effects[effects["on_treatment"].astype(bool)].reset_index(drop=True)


class Controlled(NamedTuple):
    """A study of chronic pain without randomised withdrawal, with included numbers.

    Attributes
    ----------
    facts, dosing
        Its row of the studies, and its rows of the dosing.
    published
        Its included numbers.
    given
        Drugs of each arm with such numbers, placebo among them.
    """

    facts: Mapping[Hashable, Any]
    dosing: pd.DataFrame
    published: Published
    given: dict[str, frozenset[str]]

    def on_treatment(self, arm: str, drugs: Collection[str], week: float) -> bool:
        """Whether these drugs were still taken, or are a single treatment."""
        mine = self.dosing[(self.dosing["arm_id"] == arm) & self.dosing["drug"].isin(drugs)]
        ends = float(mine["end_week"].max())
        short = ends - float(mine["start_week"].min()) <= _SHORT_WEEKS
        return short or not week > ends + _SLACK_WEEKS


def controlled(trials: Trials) -> Iterator[Controlled]:
    """Studies whose arms can be compared (rule 3)."""
    facts = {str(row["study_id"]): row for row in trials.studies.to_dict("records")}
    dosing = {str(name): part for name, part in trials.dosing.groupby("study_id")}
    for name, rows in trials.of_courses.groupby("study_id", sort=False):
        study = str(name)
        chronic = facts[study]["condition"] in trials.catalogue.chronic_conditions
        if not chronic or facts[study]["withdrawal"] or study not in dosing:
            continue
        published = Published(rows)
        given = {
            str(arm): frozenset(part["drug"])
            for arm, part in dosing[study].groupby("arm_id", sort=False)
            if arm in published.arms()
        }
        yield Controlled(facts[study], dosing[study], published, given)


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


def _of_study(study: Controlled) -> Iterator[dict[str, Any]]:
    published, given = study.published, study.given
    randomised = study.dosing.groupby("arm_id")["n_randomised"].max().fillna(0.0)

    def patients(arm: str, week: float) -> float:
        return published.n.get((arm, week), float(randomised[arm]))

    for arm, drugs in given.items():
        control = _control_of(arm, given)
        if control is None:
            continue
        added = sorted(drugs - INERT - given[control])
        for week in published.later():
            found = difference_at(published, arm, control, week)
            if found is None:
                continue
            side, read_from = found
            yield {
                "study": study.facts["study_id"],
                "citation": study.facts["citation"],
                "condition": study.facts["condition"],
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
                "on_treatment": study.on_treatment(arm, added, week),
            }


def _control_of(arm: str, given: dict[str, frozenset[str]]) -> str | None:
    """Arm whose drugs are a proper subset of those of another (rule 2)."""
    mine = given[arm] - INERT
    fewer = {
        other: (len(drugs - INERT), "placebo" in drugs)
        for other, drugs in given.items()
        if drugs - INERT < mine
    }
    best = [other for other, rank in fewer.items() if rank == max(fewer.values())]
    return best[0] if len(best) == 1 else None
