"""The tables of a folder of trials, checked and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.blocks import WITHIN_HOURS


@final
@dataclass(frozen=True, eq=False)
class Trials:
    """Published trials: studies, what their arms received, and what was observed.

    Parameters
    ----------
    studies
        One row per study.
    dosing
        One row per arm, drug and phase, with the computed columns ``daily_dose`` and
        ``daily_dose_unit``, and ``daily_low`` and ``daily_high`` of a dose that was adjusted to the patient;
        ``bioavailability`` of a substance with an absorption of its own.
    observations
        One row per arm, time and outcome, with the computed columns ``kind``, ``estimate``,
        ``standard_deviation``, ``standard_error``, ``n_effective`` and ``cut``, and who decided whether the
        row is used: ``decided_by`` (``table``, ``windup``, or ``settings`` where a block is off) and ``why``;
        ``blocks`` names the blocks of the likelihood that the row needs.
    catalogue
        Drugs, conditions and instruments that come with windup, and those of the folder.
    sha256
        Hash of the bytes of the files, in the order studies, dosing, observations, and of the catalogue's
        tables that the folder holds, in the order of `windup.datasets.CATALOGUE_TABLES`. A workbook of
        several tables counts once.
    files
        These bytes by the name of the file, so that a run can keep what it was fitted to; empty for tables
        that no file holds.
    notes
        Sentences on how the files were read, where that is not plain: their encoding, what stands between
        their columns, columns left out.
    blocks
        Blocks of the likelihood whose rows are used (`windup.datasets.BLOCKS`).

    Notes
    -----
    Every table has the column ``line``: where the row stands in its file. Missing numbers are NaN, missing
    text is ``''``; ``crossover``, ``withdrawal`` and ``used`` are booleans. All text columns are as described
    in ``trials/README.md``.
    """

    studies: pd.DataFrame
    dosing: pd.DataFrame
    observations: pd.DataFrame
    catalogue: Catalogue
    sha256: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    @property
    def of_courses(self) -> pd.DataFrame:
        """Used observations that a course over days and weeks is compared with."""
        rows = self.observations
        return rows[rows["used"] & ~self._within_hours]

    @property
    def of_hours(self) -> pd.DataFrame:
        """Used observations of minutes to hours after a short intervention."""
        rows = self.observations
        return rows[rows["used"] & self._within_hours]

    @property
    def _within_hours(self) -> pd.Series:
        return self.observations["blocks"].str.split(";").map(lambda needed: WITHIN_HOURS in needed)
