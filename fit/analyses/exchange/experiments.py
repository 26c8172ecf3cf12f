"""Arms as experiments of PEtab: patients at enrolment, and periods of constant daily doses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array

from windup.fit.analyses.exchange.sbml import REMEMBERED
from windup.fit.problem.people.people import enrolment_pains, habitual_magnesium_of
from windup.fit.problem.problem import Draw, Problem, values_of
from windup.models import Doses, Drive, ModelFormulas, lasting_drive, scaled_doses

SHORT_WHILE = 1e-6
"""Days by which doses change later than in the trial. A measurement at the time of a change would see the
dose after it, and a visit of windup sees the one before."""

# Doses of neighbouring steps differ by rounding where nothing changes.
_SAME_DOSE = 1e-9


class Experiments(NamedTuple):
    """Rows of the tables of conditions and of experiments.

    Attributes
    ----------
    conditions
        Condition, target and value.
    periods
        Experiment, day at which a period begins, and its conditions.
    """

    conditions: list[tuple[str, str, float | str]]
    periods: list[tuple[str, float, str]]


def patients_of(problem: Problem, draw: Draw) -> tuple[Drive, Any]:
    """Drive and steady state of the mean patient of every study at enrolment."""
    design = problem.design

    @jax.jit
    def enrolled(draw: Draw) -> tuple[Drive, Any]:
        pains, habitual = enrolment_pains(design, draw), habitual_magnesium_of(design, draw)
        found = problem.model.at_enrolment(pains, design.central_share, habitual, values_of(problem, draw))
        return lasting_drive(found.strength, design.central_share, habitual), found.state

    drive, state = enrolled(draw)
    return jax.tree.map(np.asarray, drive), jax.tree.map(np.asarray, state)


def doses_of(problem: Problem, draw: Draw) -> Doses:
    """Daily doses by column, ``(steps, arms)``, those that no table gives at their nominal values."""
    schedule, latents = problem.design.schedule, problem.design.dose_latents
    factors: Array | None = latents.factors(draw["dose_by_substance"]) if latents.label else None
    moved, known = scaled_doses(schedule.doses_and_parts, schedule.uncertain, factors)
    return {**known, **moved}


def experiments_of(
    problem: Problem, formulas: ModelFormulas, draw: Draw, arms: Collection[int], remembering: Collection[int]
) -> Experiments:
    """Conditions and periods of some arms.

    Parameters
    ----------
    problem
        With all arms.
    formulas
        Of its model; what they do not read is not set.
    draw
        Nominal values.
    arms
        Index of each arm that is wanted.
    remembering
        Those with rows of a change, which need the pain that they began with.
    """
    design, doses = problem.design, doses_of(problem, draw)
    drive, state = patients_of(problem, draw)
    names = experiment_ids(design.arms)
    studies = list(dict.fromkeys(int(design.schedule.study[arm]) for arm in arms))
    made = Experiments([], [])
    for study in studies:
        condition = f"enrolled_{identifier(design.studies[study])}"
        made.conditions.extend((condition, *each) for each in _start(formulas, drive, state, study))
    if remembering:
        made.conditions.append((f"remember_{REMEMBERED}", REMEMBERED, "pain"))
    for arm in arms:
        last = design.visits.elapsed_days[design.visits.arm == arm].max()
        name = design.studies[int(design.schedule.study[arm])]
        made.periods.append((names[arm], 0.0, f"enrolled_{identifier(name)}"))
        periods = _dose_periods(formulas, doses, design.schedule.trial_days, arm, last)
        if arm in remembering and 0.0 not in dict(periods):
            periods = [(0.0, {}), *periods]
        for number, (day, changed) in enumerate(periods):
            condition = f"doses_{names[arm]}_{number}"
            made.conditions.extend((condition, target, value) for target, value in changed.items())
            named = [f"remember_{REMEMBERED}"] if day == 0.0 and arm in remembering else []
            named += [condition] if changed else []
            made.periods.extend((names[arm], day + SHORT_WHILE, each) for each in named)
    return made


def experiment_ids(arms: Iterable[str]) -> list[str]:
    """Identifiers of arms in their order; two arms never share one."""
    taken: dict[str, None] = {}
    for arm in arms:
        name = identifier(arm)
        while name in taken:
            name += "_"
        taken[name] = None
    return list(taken)


def identifier(name: str) -> str:
    """A name as SBML and PEtab allow it: letters, digits and underscores.

    Examples
    --------
    >>> identifier("gray2020/high-dose"), identifier("3mg")
    ('gray2020_high_dose', '_3mg')
    """
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return plain if not plain[:1].isdigit() else f"_{plain}"


def _start(formulas: ModelFormulas, drive: Drive, state: Any, study: int) -> Iterator[tuple[str, float]]:
    """Values that a study's patients begin with, where they are not those of the model."""
    for field, name in formulas.drives.items():
        yield name, float(getattr(drive, field)[study])
    for name, healthy in formulas.states.items():
        value = float(np.broadcast_to(getattr(state, name), drive.peripheral.shape)[study])
        if value != healthy:
            yield name, value


def _dose_periods(
    formulas: ModelFormulas, doses: Doses, nodes: np.ndarray, arm: int, last: float
) -> list[tuple[float, dict[str, float]]]:
    """Days at which doses change before the last visit, each with the doses from then on."""
    taken = {name: np.asarray(doses[column])[:, arm] for column, name in formulas.doses.items()}
    given = {name: dose for name, dose in taken.items() if np.any(dose)}
    before = dict.fromkeys(given, 0.0)
    periods = []
    for step, day in enumerate(nodes[:-1]):
        if day >= last:
            break
        changed = {
            name: float(dose[step])
            for name, dose in given.items()
            if abs(dose[step] - before[name]) > _SAME_DOSE * dose.max()
        }
        before.update(changed)
        if changed:
            periods.append((float(day), changed))
    return periods
