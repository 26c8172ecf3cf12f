"""A trial of knee replacement, and its arms at known values of the single loop."""

from __future__ import annotations

from pathlib import Path

import jax.numpy as jnp
from jaxtyping import Array

from windup.datasets import CAUSE_REMOVED, DEFAULT_BLOCKS, Trials, load_trials
from windup.fit import Settings
from windup.fit.problem.build import problem_of
from windup.fit.problem.people.people import ArmCourse
from windup.fit.problem.problem import Problem

from ....datasets.tiny import Tables, write_tables
from ...designs import tables_of

LATE_WEEK = 52
NO_DOSE = {"dose_per_administration": "", "dose_unit": "", "administrations_per_day": "", "route": ""}


def operated_trial(**row: str) -> Tables:
    """Knee replacement in week 2 and no treatment, seen in weeks 0 and 52."""
    tables = tables_of({"sd": "1.9", "n": "80", **row}, "operated", "waiting")
    tables["studies.csv"][0] |= {"condition": "osteoarthritis"}
    first, second = tables["dosing.csv"]
    first |= {"drug": "knee_replacement", "start_week": "2", "end_week": "2", **NO_DOSE}
    second |= {"drug": "none", "start_week": "0", "end_week": "52", **NO_DOSE}
    for each in tables["observations.csv"]:
        if each["time_weeks"] == "8":
            each |= {"time_weeks": str(LATE_WEEK)}
    return tables


def with_shares(tables: Tables, *limits: str) -> Tables:
    """The tables with shares of people at these limits at every late visit."""
    rows = [{**row, "limit": ""} for row in tables["observations.csv"]]
    late = [row for row in rows if row["time_weeks"] == str(LATE_WEEK)]
    share = {"outcome": "share_at_least", "scale": "VAS_0_10", "value": "30", "sd": ""}
    rows += [{**row, **share, "row_id": f"{row['row_id']}at{x}", "limit": x} for row in late for x in limits]
    return {**tables, "observations.csv": rows}


def trials_with(folder: Path, tables: Tables, *blocks: str) -> Trials:
    """Trials of the tables with the blocks of a fit, and the block of removed causes."""
    return load_trials(write_tables(folder, tables), blocks=(*DEFAULT_BLOCKS, CAUSE_REMOVED, *blocks))


def operated(
    folder: Path,
    model: str = "single_loop",
    *,
    patients: str = "mean",
    limits: tuple[str, ...] = (),
    **row: str,
) -> Problem:
    """Problem of the trial, with shares of people at limits."""
    trials = trials_with(folder, with_shares(operated_trial(**row), *limits))
    return problem_of(trials, Settings.from_preset(model=model, patients=patients))


def course_at(
    problem: Problem, draw: dict[str, Array], values: dict[str, Array], log_odds: float
) -> ArmCourse:
    """Courses of the arms where the cause stays in people with these log odds."""
    people = problem.people.enrolled(problem.model, problem.design, draw, values)
    return problem.people.course(
        problem.model, problem.design, problem.solve, people, values, None, jnp.array([log_odds])
    )
