"""Used rows of minutes to hours that the block of the likelihood cannot read."""

from __future__ import annotations

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.hours import hours_findings, is_within_hours
from windup.datasets.dictionary.usage import MAGNESIUM_KINDS
from windup.datasets.files.errors import Fault


def hours_faults(
    studies: pd.DataFrame, dosing: pd.DataFrame, observations: pd.DataFrame, catalogue: Catalogue
) -> list[Fault]:
    """All that keeps used rows with the flag ``within_hours`` from their block, whether it is on or not.

    Parameters
    ----------
    studies, dosing, observations
        Typed tables indexed by line.
    catalogue
        Drugs and instruments.
    """
    used = observations[observations["used"] == "yes"]
    flagged = used["flags"].map(is_within_hours).to_numpy(bool)
    if not flagged.any():
        return []
    kinds = [catalogue.kind_of(*each) for each in zip(used["outcome"], used["scale"], strict=True)]
    of_pain = [bool(kind) and kind not in MAGNESIUM_KINDS for kind in kinds]
    with_course = set(used.loc[~flagged & of_pain, "study_id"])
    crossover = dict(zip(studies["study_id"], studies["crossover"], strict=True))
    return [
        Fault("observations.csv", int(str(line)), *finding)
        for line, row in used[flagged].iterrows()
        for finding in hours_findings(
            row,
            dosing[(dosing["study_id"] == row["study_id"]) & (dosing["arm_id"] == row["arm_id"])],
            str(crossover.get(row["study_id"], "")),
            with_course=row["study_id"] in with_course,
            catalogue=catalogue,
        )
    ]
