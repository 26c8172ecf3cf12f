"""A condition, and the groups of conditions that share a placebo response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Condition:
    """One row of ``conditions.csv``.

    Attributes
    ----------
    name, label, synonyms
        Word of the tables, how it is shown, and other names that it is found by.
    chronic
        Whether a weekly mean of pain means something in it: only then may rows of pain on 0-10 be included.
    episodic
        Whether pain comes in attacks or menses: then rows of linked instruments may be included, with the
        block ``episodes``.
    kind
        ``peripheral``, ``central`` or ``mixed``; ``''`` where it is neither chronic nor episodic.
    central_share
        Share of the drive that has no peripheral source, 0 to 1; None where it is neither.
    placebo_group
        Group whose placebo response it shares; ``''`` where it is neither.
    """

    name: str
    label: str
    chronic: bool
    synonyms: tuple[str, ...] = ()
    kind: str = ""
    central_share: float | None = None
    placebo_group: str = ""
    episodic: bool = False


@final
@dataclass(frozen=True)
class PlaceboGroup:
    """One row of ``placebo_groups.csv``: prior of the mean fall of pain on placebo by the end of a trial.

    Attributes
    ----------
    name, label
        Word of the tables, and how it is shown.
    mean, sd
        Normal prior, NRS points.
    source
        Where it comes from.
    """

    name: str
    label: str
    mean: float
    sd: float
    source: str
