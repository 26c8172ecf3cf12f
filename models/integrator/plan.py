"""Which arm goes through the integrator in which lane and steps, and where its states are then found."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from windup.models.core.types import Doses
from windup.models.integrator.schedule import Schedule

# What one step costs however few its lanes, in lanes; measured on two CPU cores.
_STEP_COST = 20
# Doses of neighbouring steps differ by rounding where nothing changes.
_SAME_DOSE = 1e-9


class Plan(NamedTuple):
    """Arms of similar length share a group; groups go through one loop, one after the other.

    Attributes
    ----------
    arm
        Per group and lane: its arm. The first lanes of the first group may repeat one.
    group, begin, end
        Per turn of the loop: whose it is, and the nodes of the trial mesh between which it goes.
    restarts
        Turns at which a group begins.
    lane_of, group_of
        Per arm; -1 for an arm that is not integrated.
    turn_to
        Per group and node: the turn that ends there, -1 where none does.
    """

    arm: Int[np.ndarray, "groups lanes"]
    group: Int[np.ndarray, " turns"]
    begin: Int[np.ndarray, " turns"]
    end: Int[np.ndarray, " turns"]
    restarts: tuple[int, ...]
    lane_of: Int[np.ndarray, " arms"]
    group_of: Int[np.ndarray, " arms"]
    turn_to: Int[np.ndarray, "groups nodes"]

    def row(self, arm: Int[np.ndarray, " some"], node: Int[np.ndarray, " some"]) -> Int[np.ndarray, " some"]:
        """Row of arms at their visits, in a table of all arms at enrolment above all turns and lanes.

        An arm that is not integrated is the one at enrolment at every node.
        """
        arms, lanes = len(self.lane_of), self.arm.shape[1]
        turn = self.turn_to[self.group_of[arm], node]
        return np.where((self.group_of[arm] >= 0) & (node > 0), arms + turn * lanes + self.lane_of[arm], arm)

    def doses(self, schedule: Schedule) -> Doses:
        """Mean daily doses and parts of them, ``(turns, lanes)``."""
        steps = np.diff(schedule.trial_days)[:, None]
        days = (schedule.trial_days[self.end] - schedule.trial_days[self.begin])[:, None]
        arm = self.arm[self.group]

        def mean(dose: Array) -> Float[np.ndarray, "turns lanes"]:
            amounts = np.cumsum(steps * np.asarray(dose), axis=0)
            taken = np.concatenate([np.zeros((1, amounts.shape[1])), amounts])
            given: Float[np.ndarray, "turns lanes"] = taken[self.end[:, None], arm]
            return (given - taken[self.begin[:, None], arm]) / days  # type: ignore[no-any-return]

        means: Doses = jax.tree.map(mean, schedule.doses_and_parts)
        return means


def plan(schedule: Schedule, moving: Int[np.ndarray, " moving"]) -> Plan:
    """Groups of the size that makes the loop cheapest.

    Parameters
    ----------
    schedule
        Arms, and the visits that say how long each is integrated.
    moving
        Arms to be integrated.
    """
    stops = _stops(schedule)
    # One arm at least, so that there is a loop.
    moving = moving if len(moving) else np.zeros(1, int)
    last = np.array([stop.nonzero()[0].max(initial=1) for stop in stops[moving]])
    ordered = moving[np.argsort(last, kind="stable")]

    def grouped(lanes: int) -> Int[np.ndarray, "groups lanes"]:
        missing = -len(ordered) % lanes
        return np.concatenate([np.repeat(ordered[:1], missing), ordered]).reshape(-1, lanes)

    def cost(lanes: int) -> float:
        return sum(len(_turns(stops, group)) for group in grouped(lanes)) * (lanes + _STEP_COST)

    arm = grouped(min(range(1, len(ordered) + 1), key=cost))
    ends = [_turns(stops, group) for group in arm]
    restarts = np.cumsum([0, *map(len, ends[:-1])])
    lane_of, group_of = (np.full(len(schedule.study), -1) for _ in range(2))
    lane_of[arm], group_of[arm] = np.arange(arm.shape[1])[None, :], np.arange(len(arm))[:, None]
    turn_to = np.full((len(arm), len(schedule.trial_days)), -1)
    for number, (first, own) in enumerate(zip(restarts, ends, strict=True)):
        turn_to[number, own] = first + np.arange(len(own))
    return Plan(
        arm=arm,
        group=np.repeat(np.arange(len(arm)), [len(own) for own in ends]),
        begin=np.concatenate([np.concatenate([[0], own[:-1]]) for own in ends]),
        end=np.concatenate(ends),
        restarts=tuple(map(int, restarts)),
        lane_of=lane_of,
        group_of=group_of,
        turn_to=turn_to,
    )


def _stops(schedule: Schedule) -> Bool[np.ndarray, "arms nodes"]:
    """Nodes that every arm stops at, up to its last visit: common ones, its own, changes of its doses."""
    doses = np.stack([np.asarray(dose) for dose in schedule.doses_and_parts.values()])
    nodes = len(schedule.trial_days)
    stops = np.ones((len(schedule.study), nodes), bool)
    stops[:, schedule.passing] = False
    changes = np.abs(np.diff(doses, axis=1)) > _SAME_DOSE * doses.max(axis=1, keepdims=True)
    stops[:, 1:-1] |= changes.any(axis=0).T
    stops[schedule.visit_arm, schedule.visit_node] = True
    stops[schedule.settling_arm, schedule.settling_node] = True
    last = np.zeros(len(schedule.study), int)
    np.maximum.at(last, schedule.visit_arm, schedule.visit_node)
    return stops & (np.arange(nodes) <= last[:, None]) & (np.arange(nodes) > 0)


def _turns(
    stops: Bool[np.ndarray, "arms nodes"], group: Int[np.ndarray, " lanes"]
) -> Int[np.ndarray, " turns"]:
    """Nodes at which the turns of a group end; one turn at least."""
    found = np.flatnonzero(stops[group].any(axis=0))
    return found if len(found) else np.ones(1, int)
