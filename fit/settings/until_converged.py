"""Sampling that goes on until its convergence checks hold: how far it may go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from windup.fit.errors import SettingsError
from windup.fit.settings.samplers import WHOLE_NUMBERS, check_whole_number


@final
@dataclass(frozen=True, kw_only=True)
class UntilConverged:
    """Markov chains go on until every convergence check holds with a margin, or a limit is reached.

    R-hat, effective sample sizes, divergences and E-BFMI are looked at after numbers of draws that grow by a
    quarter each (`windup.fit.diagnostics.stopping` has the margins). Where separate modes were found, no
    number of draws makes chains agree: as many are drawn as the sampler's ``draws`` then.

    Parameters
    ----------
    draws
        Largest number of draws of each chain.
    minutes
        Largest wall time of warm-up and draws, in minutes; 0 for no limit. Draws of two runs with the same
        key are the same as far as both go; where a run stops by time depends on the machine.

    Raises
    ------
    SettingsError
        When a value is not allowed.
    """

    draws: int = 6000
    minutes: float = 0.0

    def __post_init__(self) -> None:
        check_whole_number("draws", self.draws, *WHOLE_NUMBERS["draws"])
        check_minutes("minutes", self.minutes)


def check_minutes(name: str, value: object) -> None:
    """Refuse what is no time.

    Raises
    ------
    SettingsError
        When it is no finite number of at least 0.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value < math.inf:
        raise SettingsError(f"{name} is {value!r}; give a number of minutes, or 0 for no limit.")
