"""What trials measured of one treatment against another.

In a study with arms on two treatments of which neither is a part of the other: the difference in change of
pain between the two arms (`windup.fit.design.measured.published`), at the visit on both treatments nearest to
week 12. What both arms get cancels, so the treatments are the drugs that the other arm lacks. Withdrawal and
conditions outside chronic pain are left out, as in `windup.fit.design.measured.trial_effects`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pandas as pd

from windup.datasets import Trials
from windup.fit.design.measured.published import difference_at
from windup.fit.design.measured.trial_effects import INERT, WEEK, Controlled, controlled

COLUMNS = (
    "study",
    "citation",
    "condition",
    "drug",
    "other",
    "arm",
    "other_arm",
    "week",
    "difference",
    "standard_error",
    "read_from",
)


def head_to_head(trials: Trials) -> pd.DataFrame:
    """Differences between arms on two treatments.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`.

    Returns
    -------
    pandas.DataFrame
        One row per pair of arms: ``study``, ``citation``, ``condition``, ``drug`` and ``other`` (drugs joined
        by ``+``; ``drug`` comes first in the alphabet), ``arm``, ``other_arm``, ``week``, ``difference`` (NRS
        points, negative where ``drug`` relieves more), ``standard_error`` (NRS points, NaN where it is not
        known) and ``read_from``.
    """
    rows = [row for study in controlled(trials) for row in _of_study(study)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_study(study: Controlled) -> Iterator[dict[str, Any]]:
    for pair in itertools.combinations(study.given, 2):
        mine, others = (study.given[arm] - INERT for arm in pair)
        if mine <= others or others <= mine:
            continue
        sides = sorted(
            zip(("+".join(sorted(mine - others)), "+".join(sorted(others - mine))), pair, strict=True)
        )
        (drug, arm), (other, other_arm) = sides
        weeks = [
            week
            for week in study.published.later()
            if all(study.on_treatment(each, name.split("+"), week) for name, each in sides)
            and difference_at(study.published, arm, other_arm, week) is not None
        ]
        if not weeks:
            continue
        week = min(weeks, key=lambda week: abs(week - WEEK))
        found = difference_at(study.published, arm, other_arm, week)
        assert found is not None
        side, read_from = found
        yield {
            "study": study.facts["study_id"],
            "citation": study.facts["citation"],
            "condition": study.facts["condition"],
            "drug": drug,
            "other": other,
            "arm": arm,
            "other_arm": other_arm,
            "week": week,
            "difference": side.value,
            "standard_error": side.error,
            "read_from": read_from,
        }
