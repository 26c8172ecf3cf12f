"""Blocks of the likelihood: kinds of rows that a fit can leave out; by default all but two are on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final


@final
@dataclass(frozen=True)
class Block:
    """Rows that need a part of the likelihood of their own.

    Parameters
    ----------
    meaning
        Which rows, and what the fit does with them, in a sentence.
    reason
        Reason of its rows, one of the closed list, in a fit without the block.
    """

    meaning: str
    reason: str


INSTRUMENTS = "instruments"
"""Block of pain on other instruments with a stated range."""

OUTSIDE_DRUGS = "outside_drugs"
"""Block of arms with a treatment that no model has a mechanism for."""

WITHOUT_COMPARATOR = "without_comparator"
"""Block of arms that no randomised arm is compared with."""

EPISODES = "episodes"
"""Block of pain that comes in attacks or menses."""

STANDARDISED = "standardised"
"""Block of standardised mean differences of pain between two arms."""

WITHIN_HOURS = "within_hours"
"""Block of rows measured minutes to hours after a short intervention."""

CAUSE_REMOVED = "cause_removed"
"""Block of studies in which the cause of pain is taken away in an arm."""

BLOCKS: Mapping[str, Block] = MappingProxyType(
    {
        CAUSE_REMOVED: Block(
            "studies in which an operation takes the cause of pain away in an arm; the peripheral drive of "
            "most of its people ends then, and they follow the course of the model",
            "cause of pain removed",
        ),
        OUTSIDE_DRUGS: Block(
            "arms with a treatment that no model has a mechanism for; each class of these has one relief",
            "treatment outside the cascade",
        ),
        WITHOUT_COMPARATOR: Block(
            "pain of arms that no randomised arm is compared with; the course of each has a bias of its own",
            "uncontrolled",
        ),
        INSTRUMENTS: Block(
            "pain on another instrument with a stated range; its link with 0-10 is estimated",
            "another instrument with a stated range",
        ),
        EPISODES: Block(
            "pain of attacks or menses, and days and counts of attacks; how they answer to the pain of a "
            "model is estimated",
            "episodic pain, not a weekly mean",
        ),
        STANDARDISED: Block(
            "standardised mean differences of pain between two arms; the SD between patients of the study "
            "brings the pain of a model to them",
            "standardised difference",
        ),
        WITHIN_HOURS: Block(
            "levels of magnesium and pain, minutes to hours after a short intervention; kinetics in two "
            "compartments, slow states of a model frozen",
            "acute or minute-scale",
        ),
    }
)
"""Blocks by the name that settings give them."""

OFF_BY_DEFAULT = (CAUSE_REMOVED, WITHIN_HOURS)
"""Blocks that a fit has only where its settings name them."""

DEFAULT_BLOCKS: tuple[str, ...] = tuple(name for name in BLOCKS if name not in OFF_BY_DEFAULT)
"""Blocks of a fit whose settings name none."""


def first_off(needed: Iterable[str], on: Iterable[str]) -> str:
    """The first block that a row needs and a fit does not have; ``''`` where there is none."""
    return next((name for name in needed if name not in on), "")
