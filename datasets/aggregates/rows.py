"""Rows of ``observations.csv`` from results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

from windup.datasets.aggregates.outcomes import is_share
from windup.datasets.aggregates.reading.mapping import Cells
from windup.datasets.aggregates.reading.records import ArmResult, ContrastResult, Result
from windup.datasets.aggregates.treatments import Treatment
from windup.datasets.dictionary.rows import Row, number

_SECONDARY = "secondary_source"
_KEPT = ("baseline_week", "limit", "used", "reason", "source")


@final
@dataclass(frozen=True)
class PlacedResult:
    """A result whose arms and outcome are known.

    Attributes
    ----------
    result
        The result.
    arm_id, treatment
        Its arm, and what that received.
    reference_arm, reference
        The same of the arm that a contrast is taken against; ``''`` and None otherwise.
    cells
        Outcome, scale and what else the map says of it; None where that is not known.
    """

    result: Result
    arm_id: str
    treatment: Treatment
    reference_arm: str = ""
    reference: Treatment | None = None
    cells: Cells | None = None

    @property
    def key(self) -> tuple[str, str, str, float, str]:
        """What only one result may say: study, arms, week and outcome, in the order of the table."""
        result = self.result
        week = math.inf if math.isnan(result.week) else result.week
        return result.study, self.arm_id, self.reference_arm, week, result.outcome


def against_control(placed: PlacedResult) -> tuple[PlacedResult, bool]:
    """A contrast whose reference arm is the control, and whether it had to be turned round."""
    result, reference = placed.result, placed.reference
    if not isinstance(result, ContrastResult) or reference is None:
        return placed, False
    if not placed.treatment.is_control or reference.is_control:
        return placed, False
    turned = replace(
        placed,
        result=replace(result, effect=-result.effect),
        arm_id=placed.reference_arm,
        treatment=reference,
        reference_arm=placed.arm_id,
        reference=placed.treatment,
    )
    return turned, True


def missing_cells(placed: PlacedResult) -> Iterator[tuple[str, str, str]]:
    """What a result lacks to be a row: the name of the column, what was found, and what to do."""
    result = placed.result
    if isinstance(result, ContrastResult):
        return
    share = placed.cells is not None and is_share(placed.cells["outcome"])
    counted = not math.isnan(result.events)
    if math.isnan(result.mean) and not counted:
        name = "events" if share else "mean"
        yield f"{name}{result.suffix}", "The cell is empty.", "Fill it, or remove the row."
    elif math.isnan(result.mean) and not share and placed.cells and placed.cells["outcome"] != "other":
        found = f"There is no mean, and the outcome is '{placed.cells['outcome']}'."
        yield f"mean{result.suffix}", found, "Name an outcome of responders in the map, or fill the mean."
    if counted and (share or math.isnan(result.mean)):
        if math.isnan(result.n):
            found = "The cell is empty, and the row has responders."
            yield f"n{result.suffix}", found, "Fill it: the share is that of these patients."
        elif result.events > result.n:
            found = f"{result.events:g} responders are more than {result.n:g} patients."
            yield f"events{result.suffix}", found, "Check both numbers."


def row_of(placed: PlacedResult, file: str, *, turned: bool) -> Row:
    """Row of a result.

    Parameters
    ----------
    placed
        The result, with its cells.
    file
        Name of the file.
    turned
        Whether the file has the contrast the other way round.
    """
    result, cells = placed.result, placed.cells or {}
    flags = [word for word in cells.get("flags", "").split(";") if word]
    baseline = ["baseline"] if isinstance(result, ArmResult) and result.week <= 0.0 else []
    return {
        "study_id": result.study,
        "arm_id": placed.arm_id,
        "time_weeks": number(result.week),
        "outcome": cells["outcome"],
        "scale": cells["scale"],
        "n": number(result.n),
        "reference_arm": placed.reference_arm,
        "flags": ";".join(dict.fromkeys([*flags, *baseline, _SECONDARY])),
        "location": f"{file}, row {result.line}",
        **{name: cells[name] for name in _KEPT if cells.get(name)},
        **_values(result, cells["outcome"], turned=turned),
    }


def _values(result: Result, outcome: str, *, turned: bool) -> Row:
    if isinstance(result, ContrastResult):
        how = "computed: sign changed, so that the reference arm is the control" if turned else "reported"
        return {"value": number(result.effect), "se": number(result.se), "how": how}
    if not math.isnan(result.events) and (is_share(outcome) or math.isnan(result.mean)):
        share = 100.0 * result.events / result.n
        return {"value": number(share), "how": f"computed: {result.events:g} of {result.n:g}"}
    return {
        "value": number(result.mean), "sd": number(result.sd), "se": number(result.se), "how": "reported",
    }  # fmt: skip
