"""Sets of rows whose densities a comparison needs, and the marks of these rows in its tables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool

from windup.datasets import Trials
from windup.fit.analyses.comparison.extrapolated_rows import KINDS, extrapolated_rows
from windup.fit.design.arrays import Design
from windup.fit.design.treatments.comparators import ComparedRows, compared_rows


class RowSets(NamedTuple):
    """Rows of one design.

    Attributes
    ----------
    compared
        Rows of control arms and baselines, and treated rows.
    extrapolated
        Rows at which a mechanism extrapolates, by kind.
    """

    compared: ComparedRows
    extrapolated: dict[str, Bool[np.ndarray, " rows"]]

    @property
    def masks(self) -> tuple[Bool[np.ndarray, " rows"], ...]:
        """Given rows (`windup.fit.analyses.scoring.treated.GIVEN`), then these with rows of every kind."""
        given = self.compared.given
        return (given, *(given | rows for rows in self.extrapolated.values()))

    def counts(self, design: Design) -> dict[str, dict[str, int]]:
        """Number of rows of every kind, by study that has any."""
        found: dict[str, dict[str, int]] = {}
        for kind, rows in self.extrapolated.items():
            numbers, counts = np.unique(design.rows.study[rows], return_counts=True)
            names = [design.studies[number] for number in numbers]
            found[kind] = dict(zip(names, counts.tolist(), strict=True))
        return found

    def marked(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows in the order of the design with ``treated`` and, joined by ``;``, their kinds."""
        kinds = np.full(len(rows), "", object)
        for kind, chosen in self.extrapolated.items():
            kinds[chosen] = [f"{each};{kind}".lstrip(";") for each in kinds[chosen]]
        return rows.assign(treated=self.compared.treated, extrapolation=kinds)


def row_sets(trials: Trials, design: Design) -> RowSets:
    """Sets of the rows of a design, from its tables alone."""
    compared = compared_rows(trials, design)
    return RowSets(compared, extrapolated_rows(trials, design, compared))


def set_of(kind: str) -> int:
    """Place of a kind of rows, with the given ones, among `RowSets.masks`."""
    return 1 + KINDS.index(kind)
