"""Pain over time in some studies on a fine grid of weeks: the course of the model between visits."""

from __future__ import annotations

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array, Float

from windup.datasets import Trials
from windup.fit.diagnostics.informative_studies import STUDY_COURSES, informative_studies
from windup.fit.execution.batches import over_draws
from windup.fit.execution.progress import Progress, silent
from windup.fit.posterior.posterior_draws import posterior_draws
from windup.fit.problem.build import build_problem
from windup.fit.problem.model import enrolment, evaluate, studies_of
from windup.fit.problem.observation import columns_of
from windup.fit.problem.problem import Draw, Problem, values_of
from windup.fit.storage.tree import group

# The 95 % limits of 100 draws are those of their third and 98th: enough for a line in a figure.
DRAWS = 100
# Visits of an arm on the grid, its first and last week included.
_GRID = 25


def with_study_courses(
    tree: xr.DataTree, problem: Problem, trials: Trials, *, refinement: int = 1, progress: Progress = silent
) -> xr.DataTree:
    """The same tree with the group ``study_courses``, if any study has a course to show.

    Parameters
    ----------
    tree
        The run.
    problem, trials, refinement
        What was fitted, on which mesh.
    progress
        Called with the progress of the phase ``courses``.

    Notes
    -----
    The group has one entry per arm and week: ``study``, ``citation``, ``arm``, ``kind``, ``week``;
    ``median``, ``low_95``, ``high_95`` of the expected course given the study's rows (credible interval), and
    ``new_low_95``, ``new_high_95`` of an arm mean of the arm's size (prediction interval); NRS points.
    """
    constants = group(tree, "constant_data")
    rows = pd.DataFrame({name: constants[name].values for name in ("study", "arm", "kind", "week", "drugs")})
    shown = [
        (study, str(arm), kind, _grid(part["week"].to_numpy(float)))
        for study, kind in informative_studies(rows)
        for arm, part in rows[(rows["study"] == study) & (rows["kind"] == kind)].groupby("arm")
    ]
    if not shown:
        return tree
    weeks: dict[tuple[str, str], tuple[float, ...]] = {(study, arm): each for study, arm, _, each in shown}
    dense = build_problem(
        trials,
        problem.model,
        chosen=problem.chosen,
        exposure=problem.design.exposure,
        covariates=problem.design.covariates,
        errors=problem.errors,
        refinement=refinement,
        also=weeks,
    )
    places = [_places(dense, study, arm, each) for study, arm, _, each in shown]
    noise = [_rows_of(dense, study, arm, kind) for study, arm, kind, _ in shown]
    of_study = [dense.design.studies.index(study) for study, *_ in shown]

    def program(draw: Draw) -> tuple[tuple[Array, Array], ...]:
        point = evaluate(dense, draw, enrolment(dense, draw, values_of(dense, draw)))
        effects = jnp.zeros((len(dense.design.studies), columns_of(dense.design)))
        scales = jnp.ones(len(dense.design.studies))
        for studies in studies_of(dense, point):
            key = jax.random.fold_in(jax.random.key(draw["number"].astype(int)), studies.number)
            found = dense.errors.effects_given_rows(key, studies, draw)
            effects = effects.at[studies.bucket.study].set(found.effects)
            scales = scales.at[studies.bucket.study].set(found.scale)
        expected = point.expected
        courses = []
        for visits, rows, study in zip(places, noise, of_study, strict=True):
            pain = expected.visit_pain[visits] + expected.visit_loads[visits] @ effects[study]
            variance = jnp.median(expected.variance[rows]) + jnp.median(expected.misfit[rows])
            courses.append((pain, scales[study] * jnp.sqrt(variance)))
        return tuple(courses)

    found = over_draws(program, (_draws(tree),), "courses", progress)[0]
    generator = np.random.default_rng(0)
    # "Author year" stands before the first comma or bracket of a citation.
    cited = {
        row["study_id"]: re.split(r",| \(", row["citation"])[0] for row in trials.studies.to_dict("records")
    }
    tables = [
        _table(generator, *names, np.asarray(pain), np.asarray(deviation)).assign(citation=cited[names[0]])
        for names, (pain, deviation) in zip(shown, found, strict=True)
    ]
    more = tree.copy()
    table = pd.concat(tables, ignore_index=True).rename_axis("point")
    more[STUDY_COURSES] = xr.DataTree(xr.Dataset.from_dataframe(table))
    return more


def _draws(tree: xr.DataTree) -> Any:
    drawn = posterior_draws(tree, DRAWS)
    return drawn | {"number": np.arange(len(next(iter(drawn.values()))), dtype=float)}


def _grid(weeks: Float[np.ndarray, " visits"]) -> tuple[float, ...]:
    """Weeks from baseline to the last visit, the visits among them."""
    even = np.linspace(min(0.0, weeks.min()), weeks.max(), _GRID)
    return tuple(np.unique(np.round(np.concatenate([even, weeks]), 6)).tolist())


def _places(problem: Problem, study: str, arm: str, weeks: tuple[float, ...]) -> np.ndarray:
    """Visits of an arm at some weeks: a day of the arm's clock for each, in order."""
    design = problem.design
    mine = np.flatnonzero(design.visits.arm == design.arms.index(f"{study}/{arm}"))
    days = design.visits.elapsed_days[mine]
    wanted = 7.0 * (np.array(weeks) - weeks[0])
    return mine[[int(np.argmin(np.abs(days - day))) for day in wanted]]


def _rows_of(problem: Problem, study: str, arm: str, kind: str) -> np.ndarray:
    table = problem.design.table
    mine = (table["study_id"] == study) & (table["arm_id"] == arm) & (table["kind"] == kind)
    return np.flatnonzero(mine.to_numpy())


def _table(
    generator: np.random.Generator,
    study: str,
    arm: str,
    kind: str,
    weeks: tuple[float, ...],
    pain: Float[np.ndarray, "draws weeks"],
    deviation: Float[np.ndarray, " draws"],
) -> pd.DataFrame:
    if kind == "change":
        pain = pain - pain[:, [int(np.argmin(np.abs(weeks)))]]
    solved = np.isfinite(pain).all(axis=1)
    pain, deviation = pain[solved], deviation[solved]
    # One deviation per draw for all weeks: each week's interval is the same, and its border is smooth.
    new = pain + (deviation * generator.standard_normal(len(pain)))[:, None]
    low, median, high = np.quantile(pain, (0.025, 0.5, 0.975), axis=0)
    new_low, new_high = np.quantile(new, (0.025, 0.975), axis=0)
    return pd.DataFrame(
        {
            "study": study,
            "arm": arm,
            "kind": kind,
            "week": weeks,
            "median": median,
            "low_95": low,
            "high_95": high,
            "new_low_95": new_low,
            "new_high_95": new_high,
        }
    )
