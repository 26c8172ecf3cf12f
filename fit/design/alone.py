"""Arms that no randomised arm is compared with."""

from __future__ import annotations

import pandas as pd

from windup.datasets import LOOSE_DESIGNS, MAGNESIUM_KINDS


def arms_alone(
    table: pd.DataFrame, studies: pd.DataFrame, arms: tuple[tuple[str, str], ...]
) -> frozenset[tuple[str, str]]:
    """Arms whose course of pain nothing anchors.

    These are all arms of a study that was not randomised, and an arm that is the only one of its study with a
    used row of pain after baseline.

    Parameters
    ----------
    table
        Used rows.
    studies
        Their studies, by name, with the column ``design``.
    arms
        Study and name of every arm.
    """
    pain = table[~table["kind"].isin(MAGNESIUM_KINDS) & (table["time_weeks"] > 0.0)]
    seen = pd.concat(
        [
            pain[["study_id", "arm_id"]],
            pain.loc[pain["reference_arm"] != "", ["study_id", "reference_arm"]].set_axis(
                ["study_id", "arm_id"], axis=1
            ),
        ]
    ).drop_duplicates()
    count = seen["study_id"].value_counts()
    return frozenset(
        (study, arm)
        for study, arm in arms
        if studies.loc[study, "design"] in LOOSE_DESIGNS or count.get(study, 0) == 1
    )
