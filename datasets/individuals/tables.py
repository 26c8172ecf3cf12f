"""The three tables of trials that are made from individual data, and the table of all moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from windup.datasets.dictionary.rows import Row, number, texts_of
from windup.datasets.individuals.moments import PatientMoments
from windup.datasets.individuals.request import Request

MOMENTS = "moments.csv"
"""Name of the file of all moments, which no fit reads."""


@final
@dataclass(frozen=True, eq=False)
class PatientTrials:
    """Tables of trials made from individual data, and all moments of their arms.

    Attributes
    ----------
    studies, dosing, observations
        Cells as text, with every column of the data dictionary; what patients do not show is empty.
    moments
        Mean vector and covariance of each arm, in the order of ``dosing``.
    notes
        Sentences on what was not read, and on what the numbers cannot show.
    """

    studies: pd.DataFrame
    dosing: pd.DataFrame
    observations: pd.DataFrame
    moments: tuple[PatientMoments, ...]
    notes: tuple[str, ...]

    @property
    def files(self) -> dict[str, str]:
        """Text of the three tables and of ``moments.csv``, by the name of the file."""
        texts = texts_of(self.studies, self.dosing, self.observations)
        return texts | {MOMENTS: _moments_table(self.moments).to_csv(index=False, lineterminator="\n")}


def study_rows(moments: Sequence[PatientMoments], request: Request) -> list[Row]:
    """Rows of ``studies.csv``: what was said of the study, and how many patients it has."""
    patients: dict[str, int] = {}
    for each in moments:
        patients[each.study_id] = patients.get(each.study_id, 0) + each.patients
    counted = "patients, counted in every arm" if request.crossover else "patients"
    return [
        {"notes": f"Moments of individual data of {people} {counted}."}
        | dict(request.study)
        | {"study_id": name}
        for name, people in patients.items()
    ]


def dosing_rows(moments: Sequence[PatientMoments], doses: pd.DataFrame) -> list[Row]:
    """Rows of ``dosing.csv``: the phases of every arm, or one without a drug where none are known.

    Parameters
    ----------
    moments
        Of the arms.
    doses
        Typed table of what they received; without rows where it is not known.
    """
    rows: list[Row] = []
    for each in moments:
        last = max(other.weeks.max(initial=0.0) for other in moments if other.study_id == each.study_id)
        known = {"study_id": each.study_id, "arm_id": each.arm_id, "n_randomised": str(each.patients)}
        lasting = {"start_week": "0", "end_week": number(float(last))}
        if not len(doses):
            rows.append(known | lasting)
            continue
        mine = doses[(doses["study_id"] == each.study_id) & (doses["arm_id"] == each.arm_id)]
        for phase in mine.to_dict("records"):
            cells = {
                str(name): cell if isinstance(cell, str) else number(float(cell))
                for name, cell in phase.items()
            }
            rows.append(lasting | {name: cell for name, cell in cells.items() if cell} | known)
    return rows


def _moments_table(moments: Sequence[PatientMoments]) -> pd.DataFrame:
    rows = []
    for each in moments:
        for i, week in enumerate(each.weeks):
            for j in range(i + 1):
                deviation = each.sd[i] * each.sd[j]
                rows.append(
                    {
                        "study_id": each.study_id,
                        "arm_id": each.arm_id,
                        "week": number(week),
                        "other_week": number(each.weeks[j]),
                        "n": str(each.pairs[i, j]),
                        "mean": number(each.mean[i]),
                        "covariance": number(each.covariance[i, j]),
                        "correlation": number(each.covariance[i, j] / deviation if deviation > 0 else np.nan),
                        "read_correlation": number(each.read_correlation[i, j]),
                    }
                )
    header = [
        "study_id", "arm_id", "week", "other_week", "n", "mean", "covariance", "correlation",
        "read_correlation",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=header)
