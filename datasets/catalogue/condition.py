"""A condition, groups of conditions that share a placebo response, and what takes a cause away."""

from __future__ import annotations

import math
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


@final
@dataclass(frozen=True)
class Procedure:
    r"""One row of ``procedures.csv``: an operation that takes the cause of pain away for good.

    In a share :math:`\rho` of people the cause stays even so: the wrong source was operated on, the nerve is
    still compressed, the joint is loose. Its prior is normal on the log odds of :math:`\rho`.

    Attributes
    ----------
    name, label, synonyms
        Word of the column ``drug`` in ``dosing.csv``, how it is shown, and other names that it is found by.
    conditions
        Conditions whose cause it takes away.
    low, high
        Ends of the interval that has 95 % of the prior of :math:`\rho`.
    source
        Where these numbers come from.
    """

    name: str
    label: str
    synonyms: tuple[str, ...]
    conditions: tuple[str, ...]
    low: float
    high: float
    source: str

    @property
    def log_odds(self) -> float:
        """Median of the prior of the log odds of the share."""
        return 0.5 * (_log_odds(self.low) + _log_odds(self.high))

    @property
    def log_odds_sd(self) -> float:
        """SD of that prior."""
        return (_log_odds(self.high) - _log_odds(self.low)) / (2.0 * _NORMAL_975)


_NORMAL_975 = 1.959963984540054


def _log_odds(share: float) -> float:
    return math.log(share / (1.0 - share))
