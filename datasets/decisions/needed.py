"""Blocks of the likelihood that a row needs, and rows whose blocks a fit does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, final

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.decisions.blocks import (
    BLOCKS,
    CAUSE_REMOVED,
    EPISODES,
    INSTRUMENTS,
    OUTSIDE_DRUGS,
    STANDARDISED,
    WITHIN_HOURS,
    WITHOUT_COMPARATOR,
    first_off,
)
from windup.datasets.decisions.hours import is_within_hours
from windup.datasets.dictionary.decisions import LOOSE_DESIGNS, WITHOUT_CONTROL_FLAGS
from windup.datasets.dictionary.usage import MAGNESIUM_KINDS, RESPONDERS, STANDARDISED_KIND, plain_kind

_WITHOUT_BIAS = (*MAGNESIUM_KINDS, "contrast", *RESPONDERS)


@final
@dataclass(frozen=True)
class Needs:
    """What decides which blocks a row needs.

    Attributes
    ----------
    design
        Design of every study.
    outside
        Arms that received a class of treatments outside the models.
    removed
        Studies of which an arm had a procedure that takes the cause away. All their rows need the block, so
        that a study is read with both of its arms or not at all.
    catalogue
        Instruments.
    """

    design: Mapping[str, str]
    outside: frozenset[tuple[str, str]]
    removed: frozenset[str]
    catalogue: Catalogue

    @classmethod
    def of(cls, studies: pd.DataFrame, dosing: pd.DataFrame, catalogue: Catalogue) -> Self:
        """From typed tables."""
        of_class = dosing[dosing["drug"].isin(list(catalogue.outside_class_by_name))]
        operated = dosing[dosing["drug"].isin(list(catalogue.procedure_by_name))]
        return cls(
            dict(zip(studies["study_id"], studies["design"], strict=True)),
            frozenset(zip(of_class["study_id"], of_class["arm_id"], strict=True)),
            frozenset(operated["study_id"]),
            catalogue,
        )

    def of_row(self, row: pd.Series) -> list[str]:
        """Blocks of the likelihood that a row of the observations needs, in the order of ``BLOCKS``."""
        whole, flags = self.catalogue.kind_of(row["outcome"], row["scale"]), set(row["flags"].split(";"))
        kind = plain_kind(whole)
        alone = self.design.get(row["study_id"]) in LOOSE_DESIGNS and not flags & WITHOUT_CONTROL_FLAGS
        hours = is_within_hours(row["flags"])
        instrument = self.catalogue.instrument_by_name.get(row["scale"])
        linked = bool(kind) and instrument is not None and bool(instrument.link)
        of_attacks = instrument is not None and instrument.of_attacks
        arms = {(row["study_id"], row[arm]) for arm in ("arm_id", "reference_arm")}
        needed = {
            CAUSE_REMOVED: row["study_id"] in self.removed,
            OUTSIDE_DRUGS: bool(self.outside & arms),
            INSTRUMENTS: linked and not of_attacks,
            EPISODES: linked and of_attacks,
            STANDARDISED: whole == STANDARDISED_KIND,
            WITHOUT_COMPARATOR: alone and bool(kind) and kind not in _WITHOUT_BIAS and not hours,
            WITHIN_HOURS: hours,
        }
        return [name for name in BLOCKS if needed[name]]


def without_blocks_that_are_off(observations: pd.DataFrame, blocks: tuple[str, ...]) -> pd.DataFrame:
    """Observations in which no row is used that needs a block which the fit does not have."""
    table = observations.copy()
    off = table["blocks"].map(lambda needed: first_off(filter(None, needed.split(";")), blocks))
    out = (off != "") & (table["used"] == "yes")
    table.loc[out, "used"] = "no"
    table.loc[out, "reason"] = off[out].map(lambda name: BLOCKS[name].reason)
    table.loc[out, "decided_by"] = "settings"
    table.loc[out, "why"] = off[out].map(lambda name: f"the block '{name}' of the likelihood is off")
    return table
