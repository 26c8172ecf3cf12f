"""Results of arms and contrasts as a file of aggregate data holds them, whatever its layout."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class ArmResult:
    """What a file says of one arm at one time.

    Attributes
    ----------
    line
        Line of the file.
    suffix
        What the names of its columns end in: ``_2`` for arm 2 of a row; ``''`` where a row is an arm.
    study, label, arm
        Study, treatment, and name of the arm where the file has one.
    outcome
        Label of the outcome; ``''`` where the file has none.
    week
        Time, weeks; NaN where the row has none.
    mean, sd, se, n, events
        As they stand there; NaN where they do not.
    year, kind
        Year of publication (NaN where it is not given) and class of the treatment.
    """

    line: int
    suffix: str
    study: str
    label: str
    arm: str
    outcome: str
    week: float
    mean: float = math.nan
    sd: float = math.nan
    se: float = math.nan
    n: float = math.nan
    events: float = math.nan
    year: float = math.nan
    kind: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its numbers, so that two results can be compared."""
        return tuple(f"{each:.10g}" for each in (self.mean, self.sd, self.se, self.n, self.events))


@final
@dataclass(frozen=True)
class ContrastResult:
    """What a file says of the difference between two arms at one time.

    Attributes
    ----------
    line
        Line of the file.
    study, outcome, week, year
        As in `ArmResult`.
    label, arm
        Treatment and name of the first arm.
    reference, reference_arm
        The same of the arm that is taken away from it.
    effect, se, n
        The difference, its standard error, and the patients of both arms; NaN where they are not given.
    """

    line: int
    study: str
    label: str
    arm: str
    reference: str
    reference_arm: str
    outcome: str
    week: float
    effect: float
    se: float = math.nan
    n: float = math.nan
    year: float = math.nan
    kind: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its numbers, so that two results can be compared."""
        return tuple(f"{each:.10g}" for each in (self.effect, self.se, self.n))


type Result = ArmResult | ContrastResult
