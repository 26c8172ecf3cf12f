"""Designs of small tables, and observation models with known parameters."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np

from windup.datasets import Trials, load_trials
from windup.fit.design.arrays import Design
from windup.fit.design.build import build_design
from windup.fit.problem.observation import Nuisance
from windup.models import Course

from ..datasets.tiny import Tables, tiny_tables, write_tables


def tables_of(row: dict[str, str], *arms: str, study: dict[str, str] | None = None) -> Tables:
    """One study ``alpha`` with a baseline and an endpoint row per arm; ``row`` overrides the cells.

    Every arm takes placebo until a test changes its ``dosing.csv``, whatever the arm is called.
    """
    tables = tiny_tables()
    template, doses = dict(tables["observations.csv"][0]), dict(tables["dosing.csv"][1])
    tables["studies.csv"] = [{**tables["studies.csv"][0], **(study or {})}]
    tables["dosing.csv"] = [{**doses, "arm_id": arm} for arm in arms]
    tables["observations.csv"] = [
        {**template, "arm_id": arm, "row_id": f"{arm}{week}", "time_weeks": week, **row}
        for arm in arms
        for week in ("0", "8")
    ]
    return tables


def trials_of(folder: Path, tables: Tables) -> Trials:
    """The tables, written and loaded as a user's would be."""
    return load_trials(write_tables(folder, tables))


def design_of(folder: Path, tables: Tables) -> Design:
    """Design of the tables."""
    return build_design(trials_of(folder, tables))


def course_of(design: Design, pain: float = 6.0) -> Course:
    """A solved course in which nothing happens."""
    flat = jnp.full(len(design.visits.arm), pain)
    return Course(flat, jnp.full_like(flat, 0.85), jnp.full_like(flat, 1.1))


def nuisance_of(design: Design, drugs: int = 3, **changes: float) -> Nuisance:
    """Observation model with plain numbers."""
    values = {
        "placebo_days": 14.0,
        "untreated_share": 0.5,
        "natural_course": 0.0,
        "natural_days": 90.0,
        "placebo_spread": 0.6,
        "natural_spread": 0.4,
        "offset_spread": 0.4,
        "assay_spread": 0.06,
        "misfit": 0.15,
        "misfit_magnesium": 0.02,
        "visit_correlation": 0.6,
        "degrees_of_freedom": 5.0,
        "individual_spread": 2.2,
        "case_difference": -0.1,
    } | changes
    response = values.pop("placebo_response", 1.2)
    return Nuisance(
        placebo_response=jnp.full(len(design.studies), response),
        drug_spread=jnp.full(drugs, 0.4),
        log_missing_sd=jnp.full(len(design.dispersions.missing_label), np.log(2.5)),
        **{name: jnp.asarray(value) for name, value in values.items()},
    )
