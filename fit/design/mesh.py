"""The mesh of a set of arms: common nodes, visits, changes of dose, and what settles after a drug."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from windup.fit.design.doses import ArmDoses
from windup.models import node_of, refined, trial_mesh, with_days

# After a drug began or ended its arm stops once within the half-week that is a step then, for the sake of a
# visit at its end: one stop does nearly as much as four within the week (docs/development/sampling-notes.md).
SETTLING_DAYS = 2.0


class ArmMesh(NamedTuple):
    """Fields of `windup.models.Schedule` that say where the arms stop."""

    trial_days: Float[np.ndarray, " nodes"]
    visit_node: Int[np.ndarray, " visits"]
    passing: Int[np.ndarray, " some"]
    settling_arm: Int[np.ndarray, " stops"]
    settling_node: Int[np.ndarray, " stops"]


def arm_mesh(
    arms: Sequence[ArmDoses],
    visit_arm: Int[np.ndarray, " visits"],
    visit_day: Float[np.ndarray, " visits"],
    *,
    refinement: int = 1,
) -> ArmMesh:
    """Nodes up to the last visit of all, and at which of them an arm stops.

    Parameters
    ----------
    arms
        Their doses.
    visit_arm, visit_day
        Per visit: its arm, and its day on that arm's clock.
    refinement
        Number of equal parts that every step between two nodes is cut into. Every arm stops at the nodes that
        this adds, so that none of its steps is longer than its own on the mesh as it is by that factor.
    """
    last = np.zeros(len(arms))
    np.maximum.at(last, visit_arm, visit_day)
    common = trial_mesh(float(last.max()))
    changes = [day for arm in arms for day in arm.changes if 0.0 < day < last.max()]
    settling = [
        (number, day)
        for number, arm in enumerate(arms)
        for day in np.array(arm.begins_and_ends) + SETTLING_DAYS
        if SETTLING_DAYS < day < last[number]
    ]
    settling_arm, settling_day = np.array(settling).reshape(-1, 2).T
    coarse = with_days(common, np.array([*visit_day, *changes, *settling_day]))
    nodes = refined(coarse, refinement)
    return ArmMesh(
        trial_days=nodes,
        visit_node=node_of(nodes, visit_day),
        passing=refinement * np.flatnonzero(~np.isin(coarse, common)),
        settling_arm=settling_arm.astype(int),
        settling_node=node_of(nodes, settling_day),
    )
