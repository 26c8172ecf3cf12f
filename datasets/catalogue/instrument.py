"""An instrument or unit in which an outcome is printed, and how it becomes that of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from windup.datasets.dictionary.usage import LEVELS, LIMIT_KIND, SHARES

type Quantity = Literal[
    "pain",
    "linked_pain",
    "attack_pain",
    "attack_count",
    "standardised_pain",
    "magnesium",
    "percent",
    "none",
]


LINKED = ("linked_pain", "attack_pain", "attack_count")
"""Quantities that a fit reads through a link with 0-10."""

# Sums of items of 0-4 run lower and flatter than one rating of the worst or average pain: a shift of 0.5 is
# 1.2 tenths of the range at its middle, and 95 % of slopes lie between 0.7 and 1.5 (expert).
LINK_SHIFT, LINK_SHIFT_SD, LINK_SLOPE_LOG_SD = 0.0, 0.5, 0.2


@final
@dataclass(frozen=True)
class Instrument:
    r"""One row of ``instruments.csv``.

    A pain instrument from ``low`` to ``high`` is read as :math:`10 (x - low) / (high - low)` where higher is
    worse, and as :math:`10 (high - x) / (high - low)` where higher is better: a convention, not a measured
    identity. A unit of magnesium is multiplied by ``factor``. Linked pain is brought to tenths of its own
    range in the same way, and a fit estimates how these relate to 0-10
    (`windup.fit.problem.instrument_link`).

    Attributes
    ----------
    name, label
        Word of the tables, and how it is shown.
    quantity
        ``pain`` (read as 0-10), ``linked_pain`` (its link with 0-10 is estimated), ``attack_pain`` (pain of
        attacks or menses) and ``attack_count`` (their days or number), both by links too,
        ``standardised_pain`` (pain on 0-10 in units of the SD between patients, for differences alone),
        ``magnesium``, ``percent``, or ``none`` where the model has nothing to compare it with.
    low, high
        Ends of the scale; None where it has none.
    higher_is_worse
        Direction.
    factor
        mmol/L per unit of magnesium; 1 elsewhere.
    source
        Reference of the scale or of the conversion.
    link
        Word of its link with 0-10: instruments with one word share the link; '' where nothing is linked.
    link_shift, link_shift_sd
        Mean and SD of the normal prior of the shift of that link, log odds.
    link_slope_log_sd
        SD of the logarithm of its slope, whose median is 1.
    step
        Least difference of two answers; 0 where there is any between two others.
    """

    name: str
    label: str
    quantity: Quantity
    low: float | None = None
    high: float | None = None
    higher_is_worse: bool = True
    factor: float = 1.0
    source: str = ""
    link: str = ""
    link_shift: float = LINK_SHIFT
    link_shift_sd: float = LINK_SHIFT_SD
    link_slope_log_sd: float = LINK_SLOPE_LOG_SD
    step: float = 0.0

    @property
    def of_attacks(self) -> bool:
        """Whether it measures attacks or menses."""
        return self.quantity in ("attack_pain", "attack_count")

    @property
    def slope(self) -> float:
        """Units of the model per printed unit, negative where higher is better; for differences.

        Examples
        --------
        >>> Instrument("VAS_0_100", "visual analogue scale", "pain", 0.0, 100.0).slope
        0.1
        """
        if self.quantity == "standardised_pain":
            return 1.0 if self.higher_is_worse else -1.0
        if self.quantity not in _SCALES or self.low is None or self.high is None:
            return self.factor
        slope = 10.0 / (self.high - self.low)
        return slope if self.higher_is_worse else -slope

    @property
    def offset(self) -> float:
        """Model value of a printed 0; for levels.

        Examples
        --------
        >>> relief = Instrument("REL", "freedom from pain", "pain", 0.0, 10.0, higher_is_worse=False)
        >>> relief.offset + relief.slope * 10.0
        0.0
        """
        if self.quantity not in _SCALES or self.low is None or self.high is None:
            return 0.0
        end = self.low if self.higher_is_worse else self.high
        return 0.0 if end == 0.0 else -self.slope * end

    def unit_of(self, kind: str) -> float:
        """Units of the model per printed unit in a row of a kind: shares become fractions."""
        return 0.01 if kind in SHARES else self.slope

    def estimate(self, printed: float, kind: str) -> float:
        """Printed value of a row of a kind in the unit of the model.

        Pain becomes 0-10, where higher is worse, and linked pain tenths of its range; a standardised
        difference stays in SDs, where higher is worse; magnesium becomes mmol/L; a percent change stays in
        per cent; a share becomes a fraction. Where higher is better, a share at a limit or above it is the
        rest of the share with so much pain.

        Examples
        --------
        >>> comfort = Instrument("COM", "comfort", "pain", 1.0, 7.0, higher_is_worse=False)
        >>> comfort.estimate(1.0, "mean"), comfort.estimate(3.0, "change")
        (10.0, -5.0)
        """
        if kind == LIMIT_KIND and not self.higher_is_worse:
            return 1.0 - printed * self.unit_of(kind)
        if kind not in LEVELS:
            return printed * self.unit_of(kind)
        value = self.offset + self.slope * printed
        # An end of the scale is an end of 0-10, to the last digit.
        return min(_ENDS, key=lambda end: abs(value - end)) if self._is_end(printed) else value

    def _is_end(self, printed: float) -> bool:
        return self.quantity in _SCALES and printed in (self.low, self.high)


_SCALES = ("pain", *LINKED)
_ENDS = (0.0, 10.0)
