r"""Patients of a planned trial, one by one: what they report at every visit, and who leaves.

A patient with pain :math:`p_i` at baseline follows the course of the model from that pain, with the placebo
course and the deviations of his study, and with what is his own,

.. math:: y_{it} = \mu_a(p_i, t) - \pi_s(t) + \delta_{sa}(t) + \epsilon_{it}, \quad
    \mathrm{sd}(\epsilon) = \sigma, \; \mathrm{cor}(\epsilon_{it}, \epsilon_{iu}) = \rho

with the spread :math:`\sigma` between individuals and the correlation :math:`\rho` of visits of the
observation model; reports stay between 0 and 10.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from windup.datasets import DesignQuestion, PlannedTrial

# Pains at baseline that the models can hold.
_LOWEST, _HIGHEST = 0.5, 9.5


class StudyPart(NamedTuple):
    """What one virtual study adds to the mean one, ``(arms, visits)``, and its patients' own spread.

    ``shift`` is added to pain. ``spread`` and ``correlation`` are those of individuals.
    """

    shift: Float[np.ndarray, "arms visits"]
    spread: float
    correlation: float


class Patients(NamedTuple):
    """Everything that is recorded of one virtual trial; NaN after a patient left.

    Attributes
    ----------
    arm
        Index of the arm.
    baseline
        Pain at baseline, 0-10.
    pain
        At the visits after it.
    """

    arm: Int[np.ndarray, " patients"]
    baseline: Float[np.ndarray, " patients"]
    pain: Float[np.ndarray, "patients visits"]

    @property
    def stayed(self) -> Bool[np.ndarray, " patients"]:
        """Who was seen at the last visit."""
        seen_last: Bool[np.ndarray, " patients"] = np.isfinite(self.pain[:, -1])
        return seen_last

    def endpoint(self, missing: str) -> Float[np.ndarray, " patients"]:
        """Pain at the last visit, with what stands in for a missing one; NaN where nothing does."""
        last = self.pain[:, -1]
        if missing == "completers":
            return last
        if missing == "baseline":
            return np.where(self.stayed, last, self.baseline)
        seen = np.column_stack([self.baseline, self.pain])
        number = np.isfinite(seen).sum(axis=1) - 1
        last_seen: Float[np.ndarray, " patients"] = seen[np.arange(len(seen)), number]
        return last_seen


def baseline_grid(plan: PlannedTrial | DesignQuestion, nodes: int = 5) -> Float[np.ndarray, " nodes"]:
    """Pains at baseline for which the model is solved; between them its course is interpolated."""
    ends = np.clip(plan.pain + np.array([-2.5, 2.5]) * plan.pain_sd, _LOWEST, _HIGHEST)
    return np.linspace(ends[0], ends[1], nodes)


def virtual_patients(
    generator: np.random.Generator,
    plan: PlannedTrial,
    courses: Float[np.ndarray, "arms nodes visits"],
    study: StudyPart,
) -> Patients:
    """One virtual trial.

    Parameters
    ----------
    generator
        Random numbers.
    plan
        The trial.
    courses
        Pain of every arm at its visits for patients with the pains of `baseline_grid`.
    study
        What belongs to this study.
    """
    grid, weeks = baseline_grid(plan), np.array(plan.visits)
    arm = np.repeat(np.arange(len(plan.arm)), [each.patients for each in plan.arm])
    count = len(arm)
    baseline = np.clip(plan.pain + plan.pain_sd * generator.standard_normal(count), grid[0], grid[-1])
    expected = _interpolated(grid, courses, arm, baseline)
    shared, own = generator.standard_normal((count, 1)), generator.standard_normal((count, len(weeks)))
    correlation = float(np.clip(study.correlation, 0.0, 1.0))
    noise = study.spread * (np.sqrt(correlation) * shared + np.sqrt(1.0 - correlation) * own)
    pain = np.clip(expected + study.shift[arm] + noise, 0.0, 10.0)
    hazard = np.array(
        [
            plan.dropout_per_week if each.dropout_per_week is None else each.dropout_per_week
            for each in plan.arm
        ]
    )
    # Whole weeks stayed are geometric: in each a patient leaves with the same probability.
    chance = np.clip(hazard[arm], 1e-12, 1.0)
    stayed = np.where(hazard[arm] > 0.0, generator.geometric(chance) - 1.0, np.inf)
    pain[stayed[:, None] < weeks[None, :]] = np.nan
    return Patients(arm, baseline, pain)


def _interpolated(
    grid: np.ndarray, courses: np.ndarray, arm: np.ndarray, baseline: np.ndarray
) -> Float[np.ndarray, "patients visits"]:
    step = grid[1] - grid[0]
    left = np.clip(((baseline - grid[0]) / step).astype(int), 0, len(grid) - 2)
    share = ((baseline - grid[left]) / step)[:, None]
    courses_at: np.ndarray = (1.0 - share) * courses[arm, left] + share * courses[arm, left + 1]
    return courses_at
