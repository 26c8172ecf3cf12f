"""Frozen, graded meshes: fine after a change, coarse later."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

DAYS_PER_WEEK = 7.0
HALF_AN_HOUR = 0.02
"""Days: visits and changes of dose this close to a node are at it; phases this close follow each other."""


def illness_mesh(longest_days: float = 1095.0) -> Float[np.ndarray, " nodes"]:
    """Nodes (days since onset) of the run from health to enrolment; graded, since only its beginning is fast.

    Every node is a possible duration of illness.
    """
    nodes = np.array(
        [0, 0.5, 1, 2, 4, 7, 10, 14, 21, 28, 42, 60, 90, 120, 180, 270, 365, 545, 730, 1095], float
    )
    return nodes[nodes <= longest_days]


def trial_mesh(longest_days: float) -> Float[np.ndarray, " nodes"]:
    """Nodes (days since the first dose or randomisation) of a trial.

    Half-weeks to week 14 after a finer first week (titration steps fall on weeks), then fortnights to a year,
    months to two years and half-years beyond. One step at least, so that baselines alone have a course.
    """
    parts = [
        np.array([0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.5, 7.0]),
        np.arange(10.5, 99.0, 3.5),
        np.arange(112.0, 365.0, 14.0),
        np.arange(364.0, 729.0, 28.0),
        np.arange(728.0, 4000.0, 182.0),
    ]
    nodes = np.unique(np.concatenate(parts))
    last = max(int(np.searchsorted(nodes, longest_days)), 1)
    return nodes[: last + 1]


def with_days(
    nodes: Float[np.ndarray, " nodes"], days: Float[np.ndarray, " days"]
) -> Float[np.ndarray, " more"]:
    """The mesh with every one of ``days`` as a node, unless one lies within half an hour of it."""
    kept = list(nodes)
    for day in np.unique(days):
        if min(abs(day - node) for node in kept) > HALF_AN_HOUR:
            kept.append(day)
    return np.sort(np.array(kept, float))


def node_of(nodes: Float[np.ndarray, " nodes"], days: Float[np.ndarray, " days"]) -> Int[np.ndarray, " days"]:
    """Index of the node at every day.

    Raises
    ------
    ValueError
        Where no node lies within half an hour.
    """
    days = np.asarray(days, float)
    found: Int[np.ndarray, " days"] = np.argmin(np.abs(nodes[None, :] - days[:, None]), axis=1)
    far = np.abs(nodes[found] - days) > HALF_AN_HOUR
    if far.any():
        raise ValueError(f"No node of the mesh at the days {sorted(set(days[far]))}: see `with_days`.")
    return found


def refined(nodes: Float[np.ndarray, " nodes"], factor: int) -> Float[np.ndarray, " finer"]:
    """Every step cut into ``factor`` equal ones; for checking the error of a mesh."""
    parts = nodes[:-1, None] + np.diff(nodes)[:, None] * (np.arange(factor) / factor)
    return np.append(parts.ravel(), nodes[-1])


def average_over_steps(
    nodes: Float[np.ndarray, " nodes"], start_day: float, end_day: float
) -> Float[np.ndarray, " steps"]:
    """Share of each step that lies between two days: a dose keeps its amount wherever its borders are."""
    overlap = np.minimum(nodes[1:], end_day) - np.maximum(nodes[:-1], start_day)
    share: Float[np.ndarray, " steps"] = np.clip(overlap, 0.0, None) / np.diff(nodes)
    return share
