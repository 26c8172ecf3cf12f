"""Claims about what rows say of parameters, against draws from the model and brute force."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from windup.datasets import packaged_trials
from windup.fit.analyses.identifiability.densities import mechanism_log_prior
from windup.fit.analyses.identifiability.information import (
    _inverted,
    _scales,
    moving,
    parts_of,
    row_information,
)
from windup.fit.problem.build import build_problem
from windup.fit.problem.model import enrolment, evaluate, evaluate_sites, studies_of
from windup.fit.problem.prior_predictive import simulate_rows
from windup.fit.problem.priors import observation_priors
from windup.fit.problem.problem import Draw, Problem, values_of
from windup.fit.problem.target import build_target, prior_draw
from windup.models import PlaceboOnly, TimeCourse, free

from ....datasets.tiny import tiny_tables
from ...designs import tables_of, trials_of


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder: Path = tmp_path_factory.mktemp("trials")
    tables = tables_of({}, "placebo", "active")
    tables["dosing.csv"][1] = {**tiny_tables()["dosing.csv"][0], "arm_id": "active"}
    return build_problem(trials_of(folder, tables), TimeCourse())


@pytest.fixture(scope="module")
def draw(problem: Problem) -> Draw:
    target = build_target(problem)
    found: Draw = jax.jit(lambda x: evaluate_sites(problem, target.constrain(x))[0])(target.initial)
    # So many degrees of freedom that moments of simulated rows settle.
    return found | {"degrees_of_freedom_above_2": jnp.asarray(60.0)}


def test_scale_of_the_rows_is_that_of_simulated_ones(problem: Problem, draw: Draw) -> None:
    people = jax.jit(lambda each: enrolment(problem, each, values_of(problem, each)))(draw)
    point = jax.jit(lambda each, people: evaluate(problem, each, people))(draw, people)
    (studies,) = studies_of(problem, point)
    keys = jax.random.split(jax.random.key(1), 20_000)
    simulated = jax.jit(jax.vmap(lambda key: simulate_rows(key, problem, studies)[1]))
    rows = np.asarray(simulated(keys))
    freedom, count = 62.0, rows.shape[1]
    precision = _inverted(problem, jax.jit(lambda each: _scales(problem, each))(draw))
    factor = (freedom + count) / (freedom + count + 2.0)
    expected = freedom / (freedom - 2.0) * factor * np.linalg.inv(precision)
    np.testing.assert_allclose(np.cov(rows.T), expected, rtol=0.06)


def test_scores_are_standard_normal_under_the_prior(problem: Problem, draw: Draw) -> None:
    for part in parts_of(problem, draw):
        value = part.value(jnp.full(part.shape, 0.7))
        np.testing.assert_allclose(part.score(value), 0.7, rtol=1e-6)


def test_rows_of_one_study_inform_no_more_directions_than_there_are_rows(
    problem: Problem, draw: Draw
) -> None:
    groups = [f"group {number}" for number in range(draw["placebo_response"].shape[0])]
    (found,) = row_information(problem, (draw,), {"placebo_response": groups})
    eigenvalues = np.linalg.eigvalsh(found.fisher)
    assert found.rows == len(problem.design.rows.study)
    assert 1 <= np.sum(eigenvalues > 1e-6 * eigenvalues.max()) <= found.rows
    # Another condition's placebo response is nowhere in these rows.
    unseen = [name for name in found.names if name.startswith("placebo_response")]
    silent = [name for name in unseen if found.fisher[found.names.index(name)].any()]
    assert len(silent) == 1


def test_prior_of_the_mechanism_is_that_of_its_table(problem: Problem) -> None:
    target = build_target(problem)
    x = target.initial + 0.3
    # Unconstrained coordinates of both families are normal around the prior's median.
    scales = [each.prior_scale for each in free(problem.model.parameters())]
    expected = sum(-0.5 * (0.3 / scale) ** 2 - np.log(scale * np.sqrt(2.0 * np.pi)) for scale in scales)
    assert float(jax.jit(mechanism_log_prior(problem))(x)) == pytest.approx(expected)


@pytest.mark.parametrize("standardised", [False, pytest.param(True, marks=pytest.mark.release)])
def test_every_parameter_that_moves_expected_rows_counts_as_unknown(*, standardised: bool) -> None:
    problem = build_problem(packaged_trials(), PlaceboOnly())
    if standardised:
        # As if a row were a difference in units of an SD that is not printed.
        rows = problem.design.rows
        rows = rows._replace(latent_divisor=np.where(np.arange(len(rows.study)) == 0, 0, -1))
        problem = problem._replace(design=problem.design._replace(rows=rows))
    draw = jax.jit(lambda key: prior_draw(problem, key))(jax.random.key(2))
    people = jax.jit(lambda draw: enrolment(problem, draw, values_of(problem, draw)))(draw)
    names = [name for name in observation_priors(problem) if np.asarray(draw[name]).dtype.kind == "f"]

    def mean(changed: Draw) -> Array:
        return evaluate(problem, {**draw, **changed}, people).expected.mean

    @jax.jit
    def slopes(along: Draw) -> Array:
        return jax.jvp(mean, ({name: draw[name] for name in names},), (along,))[1]

    def moves(name: str) -> bool:
        along = {each: jnp.full_like(draw[each], each == name) for each in names}
        return bool(np.abs(slopes(along)).max() > 1e-9)

    found = {name for name in names if moves(name)}
    assert found == set(moving(problem)) & set(names)
    assert {"bias_open_label", "outside_relief", "instrument_slope"} <= found
    assert ("missing_sd_by_study" in moving(problem)) == ("log_patient_sd" in found) == standardised
