"""What the turns of the integrator's loop know before any parameter is drawn, cut into segments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from windup.models.integrator.checkpoints import cut, reading
from windup.models.integrator.plan import Plan
from windup.models.integrator.schedule import Schedule


class Turns(NamedTuple):
    """Turns of a segment; of all, with the segments in front.

    Attributes
    ----------
    days
        Length; 0 where a segment is filled up.
    group
        Whose turn it is.
    doses
        The set of doses that every lane takes.
    begins, begun
        Of groups that begin in the segment: in which turn, and which they are. Beyond the last turn: none.
    seen
        Rows of turns and lanes, a turn after the other, in which a visit is.
    """

    days: Float[np.ndarray | Array, " turns"]
    group: Int[np.ndarray | Array, " turns"]
    doses: Int[np.ndarray | Array, "turns lanes"]
    begins: Int[np.ndarray | Array, " groups"]
    begun: Int[np.ndarray | Array, " groups"]
    seen: Int[np.ndarray | Array, " rows"]


def turns_of(
    schedule: Schedule, lanes: Plan, doses: Int[np.ndarray, "turns lanes"]
) -> tuple[Turns, Int[np.ndarray, " visits"]]:
    """All turns, and the row of every visit in a table of all arms at enrolment above what was seen."""
    pieces = cut(len(lanes.group))
    begins = reading(np.array(lanes.restarts), pieces, 1, filling=pieces.length)
    begun = np.zeros(begins.rows.shape, int)
    begun.flat[begins.at] = np.arange(len(lanes.restarts))
    arms = len(schedule.study)
    row = lanes.row(schedule.visit_arm, schedule.visit_node)
    integrated = row >= arms
    seen = reading(row[integrated] - arms, pieces, lanes.arm.shape[1])
    row[integrated] = arms + seen.at
    days = schedule.trial_days[lanes.end] - schedule.trial_days[lanes.begin]
    turns = Turns(
        days=pieces.of(days, filling=0.0),
        group=pieces.of(lanes.group),
        doses=pieces.of(doses),
        begins=begins.rows,
        begun=begun,
        seen=seen.rows,
    )
    return turns, row
