"""Arms of which several people are solved: their schedules, and what is done for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from windup.models import Schedule, UncertainDoses


def dosed(schedule: Schedule) -> np.ndarray:
    """Arms with any dose."""
    found: np.ndarray = np.any(np.stack(jax.tree.leaves(schedule.doses)) != 0.0, axis=(0, 1))
    return found


def of_nodes(schedule: Schedule, levels: int) -> Schedule:
    """Every arm once for each of its people who are solved, next to one another; so are its visits."""

    def people(index: np.ndarray) -> np.ndarray:
        expanded: np.ndarray = (index[:, None] * levels + np.arange(levels)).ravel()
        return expanded

    def arms(doses: Any) -> Any:
        return np.repeat(np.asarray(doses), levels, axis=1)

    return schedule._replace(
        study=people(schedule.study),
        doses={column: arms(dose) for column, dose in schedule.doses.items()},
        visit_arm=people(schedule.visit_arm),
        visit_node=np.repeat(schedule.visit_node, levels),
        settling_arm=people(schedule.settling_arm),
        settling_node=np.repeat(schedule.settling_node, levels),
        uncertain=UncertainDoses(
            schedule.uncertain.column, tuple(arms(dose) for dose in schedule.uncertain.doses)
        ),
    )


def repeated(values: Any, levels: int) -> Any:
    """Every entry once for each of the people; known numbers stay known."""
    return jnp.repeat(values, levels) if isinstance(values, jax.Array) else np.repeat(values, levels)


def for_each(of_one: Callable[[Any], Any], each: Any) -> Any:
    """Results for every entry of the first axis; of one entry without the cost of a batch."""
    if len(jax.tree.leaves(each)[0]) > 1:
        return jax.vmap(of_one)(each)
    one = of_one(jax.tree.map(lambda leaf: leaf[0], each))
    return jax.tree.map(lambda leaf: leaf[None], one)
