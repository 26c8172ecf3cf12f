"""All designs that a question allows within its budget."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from windup.datasets import LEAST_PATIENTS, DesignQuestion

_MOST_PATIENTS = 100_000


class TrialDesign(NamedTuple):
    """One of them.

    Attributes
    ----------
    arms, visits
        Places among the arms and the possible visits of the question, in order.
    patients
        Of each arm.
    cost
        In the unit of the budget.
    """

    arms: tuple[int, ...]
    visits: tuple[int, ...]
    patients: tuple[int, ...]
    cost: float


def designs_within(question: DesignQuestion, budget: float) -> tuple[TrialDesign, ...]:
    """Every choice of arms, visits and allocation, with as many patients as the budget pays for.

    Parameters
    ----------
    question
        What may be chosen.
    budget
        What a design may cost.

    Returns
    -------
    tuple
        Without those that would have fewer than `LEAST_PATIENTS` in an arm.
    """
    others, visits = range(1, len(question.arm)), range(len(question.visits))
    found = dict[TrialDesign, None]()
    for arms, chosen, ratio in itertools.product(
        _subsets(others, question.most_arms),
        _subsets(visits, question.most_visits),
        dict.fromkeys(question.allocations),
    ):
        each = question.cost_of_patient(tuple(question.visits[visit] for visit in chosen))
        left = budget - (len(arms) + 1) * question.arm_cost
        first = min(left / each, _MOST_PATIENTS) / (1.0 + ratio * len(arms))
        # A hair above a whole number is that number.
        patients = (int(first + 1e-9), *([int(ratio * first + 1e-9)] * len(arms)))
        if min(patients) >= LEAST_PATIENTS:
            cost = (len(arms) + 1) * question.arm_cost + sum(patients) * each
            found[TrialDesign((0, *arms), chosen, patients, cost)] = None
    return tuple(found)


def _subsets(places: range, most: int) -> list[tuple[int, ...]]:
    return [chosen for size in range(1, most + 1) for chosen in itertools.combinations(places, size)]
