"""Claims about the error model of normal errors, odd studies and suspect rows in a whole problem."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import packaged_trials
from windup.fit.design.arrays import observed_in
from windup.fit.design.errors.share_errors import shares_in
from windup.fit.design.subset import some_studies
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.errors.mixture import Mixture, added_variance
from windup.fit.problem.errors.share_rows import published_shares, scored
from windup.fit.problem.model import evaluate_sites, studies_of
from windup.fit.problem.observation import expect
from windup.fit.problem.target import build_target

from ...designs import course_of, design_of, nuisance_of, tables_of, trials_of
from ..joint import JointDraws, Program, joint_program, least_moment_p_value

KEYS = jax.random.split(jax.random.key(0), 2000)


@pytest.fixture(scope="module")
def program() -> Program:
    """Draws from the joint of a model on studies with every kind of row."""
    few = some_studies(packaged_trials(blocks=()), 8)
    return joint_program(build_problem(few, model_named("turnover"), errors=Mixture()))


@pytest.fixture(scope="module")
def draws(program: Program) -> JointDraws:
    return program(KEYS, 0.0)


def test_joint_density_has_the_moments_of_its_draws(draws: JointDraws) -> None:
    assert least_moment_p_value(draws) > 0.01


def test_moments_tell_data_with_twice_the_error_apart(program: Program) -> None:
    assert least_moment_p_value(program(KEYS, np.sqrt(3.0))) < 1e-6


def tables_with_shares(*arms: str) -> Any:
    tables = tables_of({}, *arms)
    last = tables["observations.csv"][-1]
    tables["observations.csv"] += [
        {**last, "outcome": f"responder_{cut}", "scale": "percent", "value": value, "sd": ""}
        | {"arm_id": arm, "row_id": f"{arm}{cut}"}
        for arm in arms
        for cut, value in (("30", "50"), ("50", "35"))
    ]
    return tables


def test_scores_and_shares_are_inverse_to_each_other(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_with_shares("one", "two"))
    shares = shares_in(design)
    score = scored(design, observed_in(design)).estimate
    np.testing.assert_allclose(score[shares.row], shares.score)
    np.testing.assert_allclose(published_shares(design, jnp.asarray(score)), design.rows.estimate)


def density_at_medians(folder: Path, tables: Any) -> Any:
    folder.mkdir()
    problem = build_problem(trials_of(folder, tables), model_named("time_course"), errors=Mixture())
    target = build_target(problem)
    data = (jax.tree.map(jnp.asarray, problem.observed),)
    return float(jax.jit(target.potential)(jnp.asarray(target.initial), data))


def test_density_depends_neither_on_the_order_of_rows_nor_on_names_of_arms(tmp_path: Path) -> None:
    tables = tables_with_shares("one", "two")
    shuffled = {**tables, "observations.csv": tables["observations.csv"][::-1]}
    renamed = {
        name: [{k: {"one": "zeta", "two": "alpha"}.get(v, v) for k, v in row.items()} for row in rows]
        for name, rows in tables.items()
    }
    found = [
        density_at_medians(tmp_path / str(number), each)
        for number, each in enumerate((tables, shuffled, renamed))
    ]
    np.testing.assert_allclose(found[1:], found[0], rtol=1e-10)


def test_nothing_of_a_single_study_is_sampled_for_its_shares(tmp_path: Path) -> None:
    trials = trials_of(tmp_path, tables_with_shares("one", "two"))
    target = build_target(build_problem(trials, model_named("time_course"), errors=Mixture()))
    assert not [name for name in target.coordinates if name.startswith("study_")]
    assert {"wide_weight", "suspect_share"} <= set(target.coordinates)
    assert "degrees_of_freedom_above_2" not in target.coordinates


def test_suspect_row_of_a_percent_change_is_three_points_of_its_baseline(tmp_path: Path) -> None:
    tables = tables_of({}, "one")
    percent = {"outcome": "pain_intensity_change", "scale": "percent", "value": "-20", "sd": "30"}
    tables["observations.csv"] = [{**row, "baseline_week": ""} for row in tables["observations.csv"]]
    tables["observations.csv"][1] |= percent | {"baseline_week": "0"}
    design = design_of(tmp_path, tables)
    nuisance = nuisance_of(design)
    expected = expect(design, course_of(design, pain=6.0), nuisance)
    added = np.asarray(added_variance(design, expected, nuisance))
    np.testing.assert_allclose(added, [9.0, 50.0**2])


def test_error_of_print_in_a_table_is_found_and_other_rows_are_not_blamed(tmp_path: Path) -> None:
    tables = tables_with_shares("one", "two", "three")
    for row in tables["observations.csv"]:
        if row["outcome"] == "pain_intensity":
            row["value"] = "6.0" if row["time_weeks"] == "0" else "4.6"
    wrong = next(row for row in tables["observations.csv"] if row["row_id"] == "two8")
    wrong["value"] = "9.6"
    problem = build_problem(trials_of(tmp_path, tables), model_named("placebo_only"), errors=Mixture())
    target = build_target(problem)
    _, point = evaluate_sites(problem, target.constrain(jnp.asarray(target.initial)))
    (studies,) = studies_of(problem, point)
    suspicion = problem.errors.suspicion(studies)
    assert suspicion is not None
    names = problem.design.table["row_id"].to_numpy()[studies.bucket.row[0]]
    by_name = dict(zip(names, np.asarray(suspicion.row[0]), strict=True))
    assert by_name.pop("two8") > 0.9
    assert max(by_name.values()) < 0.1
