"""An instrument or unit in which an outcome is printed, and how it becomes that of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

type Quantity = Literal["pain", "magnesium", "percent", "none"]


@final
@dataclass(frozen=True)
class Instrument:
    r"""One row of ``instruments.csv``.

    A pain instrument from ``low`` to ``high`` is read as :math:`10 (x - low) / (high - low)` where higher is
    worse, and as :math:`10 (high - x) / (high - low)` where higher is better: a convention, not a measured
    identity. A unit of magnesium is multiplied by ``factor``.

    Attributes
    ----------
    name, label
        Word of the tables, and how it is shown.
    quantity
        ``pain``, ``magnesium``, ``percent``, or ``none`` where the model has nothing to compare it with.
    low, high
        Ends of the scale; None where it has none.
    higher_is_worse
        Direction.
    factor
        mmol/L per unit of magnesium; 1 elsewhere.
    source
        Reference of the scale or of the conversion.
    """

    name: str
    label: str
    quantity: Quantity
    low: float | None = None
    high: float | None = None
    higher_is_worse: bool = True
    factor: float = 1.0
    source: str = ""

    @property
    def slope(self) -> float:
        """Units of the model per printed unit, negative where higher is better; for differences.

        Examples
        --------
        >>> Instrument("VAS_0_100", "visual analogue scale", "pain", 0.0, 100.0).slope
        0.1
        """
        if self.quantity != "pain" or self.low is None or self.high is None:
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
        if self.quantity != "pain" or self.low is None or self.high is None:
            return 0.0
        end = self.low if self.higher_is_worse else self.high
        return 0.0 if end == 0.0 else -self.slope * end
