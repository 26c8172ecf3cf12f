r"""What a study printed, and the difference of two of its arms in change of pain.

*Number.* A printed contrast of the two; else the difference of two printed changes; else of two means, each
less its baseline; else of two percent changes, each times its arm's baseline; else of two means where a
baseline is missing (in a crossover trial both arms have one baseline). A percent change without a printed
baseline is taken of 6.5 points (expert: that of the reference patient). All are in NRS points
(`windup.datasets.tables.estimates`).

*Standard error.* That of the contrast; else :math:`\sqrt{SE_1^2 + SE_0^2}`. The change of a mean has
:math:`SE^2 = SE_t^2 + SE_b^2 - 2 r\, SE_t SE_b` with :math:`r = 0.5` (expert: trials rarely print it). Not a
number where a part is missing. A crossover trial that prints no contrast is treated as a parallel one, which
overstates it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd

# Correlation of a patient's baseline and later pain (expert).
BASELINE_CORRELATION = 0.5
# Baseline of percent changes whose trial prints none (expert).
ASSUMED_BASELINE = 6.5


class Side(NamedTuple):
    """A number of one arm and its standard error."""

    value: float
    error: float


class Published:
    """Included numbers of one study, by arm, arm of reference and kind."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.weeks: dict[tuple[str, str, str], dict[float, Side]] = {}
        self.n: dict[tuple[str, float], float] = {}
        row: Any
        for row in rows.itertuples():
            by_week = self.weeks.setdefault((row.arm_id, row.reference_arm, row.kind), {})
            by_week[row.time_weeks] = Side(row.estimate, row.standard_error)
            if not row.reference_arm and not math.isnan(row.n):
                self.n[row.arm_id, row.time_weeks] = row.n

    def later(self) -> list[float]:
        """Weeks after the beginning, in order."""
        return sorted({week for by in self.weeks.values() for week in by if week > 0.0})

    def arms(self) -> set[str]:
        """Arms with a number."""
        return {arm for key in self.weeks for arm in key[:2]}

    def at(self, arm: str, kind: str, week: float, reference: str = "") -> Side | None:
        """Number of an arm, or of its difference from another, at a week."""
        return self.weeks.get((arm, reference, kind), {}).get(week)

    def baseline(self, arm: str) -> Side | None:
        """Last mean of an arm at its beginning or before."""
        means = {week: side for week, side in self.weeks.get((arm, "", "mean"), {}).items() if week <= 0.0}
        return means[max(means)] if means else None


def difference_at(published: Published, arm: str, control: str, week: float) -> tuple[Side, str] | None:
    """The difference of two arms at a week by the rules of this module, and what it is read from."""
    pair = (arm, control)
    if (contrast := published.at(arm, "contrast", week, control)) is not None:
        return contrast, "contrast"
    if (reversed_ := published.at(control, "contrast", week, arm)) is not None:
        return Side(-reversed_.value, reversed_.error), "contrast"
    if (found := _difference([published.at(each, "change", week) for each in pair])) is not None:
        return found, "change"
    means = [published.at(each, "mean", week) for each in pair]
    base = [published.baseline(each) for each in pair]
    if (found := _difference([_change(*each) for each in zip(means, base, strict=True)])) is not None:
        return found, "mean"
    percent = [published.at(each, "percent_change", week) for each in pair]
    if all(percent) and not all(base):
        assumed = Side(ASSUMED_BASELINE, math.nan)
        found = _difference([_share(each, assumed) for each in percent])
        return None if found is None else (found, f"percent_change of {ASSUMED_BASELINE:g}")
    if (found := _difference([_share(*each) for each in zip(percent, base, strict=True)])) is not None:
        return found, "percent_change"
    found = _difference(means)
    return None if found is None else (found, "final mean")


def _difference(sides: list[Side | None]) -> Side | None:
    treated, control = sides
    if treated is None or control is None:
        return None
    return Side(treated.value - control.value, math.hypot(treated.error, control.error))


def _change(later: Side | None, base: Side | None) -> Side | None:
    if later is None or base is None:
        return None
    variance = later.error**2 + base.error**2 - 2.0 * BASELINE_CORRELATION * later.error * base.error
    return Side(later.value - base.value, math.sqrt(variance))


def _share(percent: Side | None, base: Side | None) -> Side | None:
    """Percent change in NRS points."""
    if percent is None or base is None:
        return None
    return Side(percent.value * base.value / 100.0, percent.error * base.value / 100.0)
