"""Claims about the plan of an integration: every arm stops where it is looked at, and nowhere else."""

import numpy as np
import pytest

from windup.models import Schedule
from windup.models.integrator.plan import Plan, plan

DAYS = np.array([0.0, 1.0, 2.0, 4.0, 7.0, 10.0, 14.0])
# Nodes 2 and 5 are not common: 2 is a change of dose of arm 0, 5 a visit of arm 1.
PASSING = np.array([2, 5])


def schedule_of(visits: dict[int, list[int]], given: dict[int, tuple[int, int]]) -> Schedule:
    """Arms with visits at nodes, and pregabalin in steps from one node to another."""
    arms = len(visits)
    doses = {name: np.zeros((len(DAYS) - 1, arms)) for name in ("nsaid", "pregabalin")}
    for arm, (first, last) in given.items():
        doses["pregabalin"][first:last, arm] = 300.0
    return Schedule(
        trial_days=DAYS,
        study=np.zeros(arms, int),
        doses=doses,
        visit_arm=np.concatenate([np.full(len(nodes), arm) for arm, nodes in visits.items()]),
        visit_node=np.concatenate(list(visits.values())),
        passing=PASSING,
    )


SCHEDULE = schedule_of({0: [0, 3], 1: [5, 6], 2: [0, 4]}, {0: (0, 2), 1: (0, 6), 2: (1, 4)})


@pytest.fixture(scope="module")
def found() -> Plan:
    return plan(SCHEDULE, np.arange(3))


def nodes_of(found: Plan, arm: int) -> set[int]:
    """Nodes at which an arm stops."""
    return set(np.flatnonzero(found.turn_to[found.group_of[arm]] >= 0))


def test_every_visit_has_its_turn(found: Plan) -> None:
    for arm, node in zip(SCHEDULE.visit_arm, SCHEDULE.visit_node, strict=True):
        assert node == 0 or node in nodes_of(found, arm)


def test_every_change_of_dose_has_its_turn(found: Plan) -> None:
    assert 2 in nodes_of(found, 0)


def test_turns_of_a_group_follow_each_other(found: Plan) -> None:
    for group in range(len(found.arm)):
        mine = found.group == group
        assert found.begin[mine][0] == 0
        np.testing.assert_array_equal(found.begin[mine][1:], found.end[mine][:-1])


def test_group_passes_nodes_that_none_of_its_arms_needs() -> None:
    alone = plan(schedule_of({0: [6]}, {0: (0, 6)}), np.array([0]))
    assert nodes_of(alone, 0) == {1, 3, 4, 6}


def test_arm_stops_where_it_settles_and_no_other_does() -> None:
    schedule = schedule_of({0: [6], 1: [6]}, {0: (0, 6), 1: (0, 6)})
    settling = schedule._replace(settling_arm=np.array([0]), settling_node=np.array([5]))
    assert nodes_of(plan(settling, np.array([0])), 0) == {1, 3, 4, 5, 6}
    assert nodes_of(plan(settling, np.array([1])), 1) == {1, 3, 4, 6}


def test_dose_of_a_turn_over_several_steps_keeps_its_amount(found: Plan) -> None:
    doses = found.doses(SCHEDULE)["pregabalin"]
    days = DAYS[found.end] - DAYS[found.begin]
    for arm, amount in enumerate((2.0, 14.0, 6.0)):
        mine = found.group == found.group_of[arm]
        np.testing.assert_allclose(days[mine] @ doses[mine, found.lane_of[arm]], 300.0 * amount)


def test_rows_of_arms_that_do_not_move_are_those_at_enrolment() -> None:
    still = plan(SCHEDULE, np.array([1]))
    arms = np.array([0, 2, 0, 1, 1])
    np.testing.assert_array_equal(still.row(arms, np.array([0, 4, 3, 0, 5]))[:4], [0, 2, 0, 1])
    assert still.row(arms, np.array([0, 4, 3, 0, 5]))[4] >= 3


def test_no_two_arms_share_a_row(found: Plan) -> None:
    rows = found.row(SCHEDULE.visit_arm, SCHEDULE.visit_node)
    assert len(set(rows)) == len(rows)
