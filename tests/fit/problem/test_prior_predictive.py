"""Claims about simulated data: they are draws from the joint whose density the sampler is given."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.datasets import packaged_trials
from windup.fit.analyses.calibration.uniformity import p_value
from windup.fit.design.arrays import observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.design.subset import some_studies
from windup.fit.errors import SettingsError
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.errors.responders import responder_score
from windup.fit.problem.errors.student_t import STUDENT_T
from windup.fit.problem.errors.study_effects import study_effects
from windup.fit.problem.model import bucket_at
from windup.fit.problem.observation import expect, joint, marginal
from windup.fit.problem.prior_predictive import drawn_from, simulate_rows

from ..designs import course_of, design_of, nuisance_of, tables_of
from .joint import JointDraws, Program, joint_program, least_moment_p_value

KEYS = jax.random.split(jax.random.key(0), 2000)
DEGREES = 4.0


def problem_of(name: str) -> Any:
    return build_problem(some_studies(packaged_trials(blocks=()), 8), model_named(name))


@pytest.fixture(scope="module")
def program() -> Program:
    """Draws from the joint of a model on studies with every kind of row."""
    return joint_program(problem_of("turnover"))


@pytest.fixture(scope="module")
def draws(program: Program) -> JointDraws:
    return program(KEYS, 0.0)


def test_joint_density_has_the_moments_of_its_draws(draws: JointDraws) -> None:
    assert least_moment_p_value(draws) > 0.01


def test_moments_tell_data_with_twice_the_error_apart(program: Program) -> None:
    # Twice the standard error: the variance gains three times what it is.
    assert least_moment_p_value(program(KEYS, np.sqrt(3.0))) < 1e-6


@pytest.mark.calibration
@pytest.mark.parametrize("name", ["cascade", "single_loop"])
def test_joint_density_of_other_models_has_the_moments_of_its_draws(name: str) -> None:
    assert least_moment_p_value(joint_program(problem_of(name))(KEYS, 0.0)) > 0.01


class Study(NamedTuple):
    """A study with means and a share of responders, its known expectation, and what was simulated of it."""

    problem: Any
    point: Any
    bucket: Any
    truth: Any
    estimate: np.ndarray


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    tables = tables_of({}, "one", "two")
    last = tables["observations.csv"][-1]
    share = {"outcome": "responder_50", "scale": "percent", "value": "40", "sd": "", "row_id": "share"}
    tables["observations.csv"].append({**last, **share})
    design = design_of(tmp_path_factory.mktemp("study"), tables)
    nuisance = nuisance_of(design, degrees_of_freedom=DEGREES)
    point = SimpleNamespace(nuisance=nuisance, expected=expect(design, course_of(design), nuisance))
    (bucket,) = buckets = build_buckets(design)
    problem: Any = SimpleNamespace(
        design=design,
        observed=observed_in(design),
        buckets=buckets,
        drug_index=np.zeros((1, 3), int),
        errors=STUDENT_T,
    )
    studies = bucket_at(problem, 0, point.expected, nuisance)
    rows: Callable[..., Any] = jax.jit(jax.vmap(lambda key: simulate_rows(key, problem, studies)))
    return Study(problem, point, bucket, *jax.tree.map(np.asarray, rows(KEYS)))


def test_rows_of_a_study_lie_as_far_from_their_expectation_as_those_of_a_student_t(study: Study) -> None:
    parts = joint(
        study.problem.design,
        study.problem.observed,
        study.bucket,
        study.point.expected,
        study.point.nuisance,
        study.problem.drug_index,
    )
    loads = np.asarray(parts.loads[0] * parts.spread[0])
    covariance = loads @ loads.T + np.asarray(parts.error[0])
    rows = study.bucket.row[0]
    residual = study.estimate[:, rows] - np.asarray(study.point.expected.mean)[rows]
    distance = np.einsum("dr,rs,ds->d", residual, np.linalg.inv(covariance), residual)
    count = residual.shape[1]
    # A squared Mahalanobis distance over its degrees of freedom is F distributed (Kotz and Nadarajah 2004).
    assert p_value(stats.f.cdf(distance / count, count, DEGREES)[:500]) > 0.01
    assert p_value(stats.f.cdf(distance / count, count, 2.0 * DEGREES)[:500]) < 0.01


def test_share_of_responders_is_binomial_given_the_effects_of_the_study(study: Study) -> None:
    design, about = study.problem.design, (study.bucket, study.point.expected)
    spread = study.point.nuisance.individual_spread
    score = jax.vmap(lambda effects: responder_score(design, *about, effects, spread))(study.truth.effects)
    row = study.bucket.responder[0, 0]
    patients, probability = design.rows.n[row], stats.norm.cdf(np.asarray(score)[:, 0, 0])
    found = study.estimate[:, row] * patients
    luck = np.random.default_rng(0).uniform(size=len(found))
    below = stats.binom.cdf(found - 1.0, patients, probability)
    assert p_value((below + luck * stats.binom.pmf(found, patients, probability))[:500]) > 0.01


def test_what_the_posterior_draws_for_a_study_gives_its_true_effects(study: Study) -> None:
    truth, estimate = jax.tree.map(lambda x: x[0], (study.truth, study.estimate))
    observed = study.problem.observed._replace(estimate=jnp.asarray(estimate))
    problem = SimpleNamespace(**{**vars(study.problem), "observed": observed})
    drawn = drawn_from(problem, study.point, study.bucket, truth)
    nuisance, expected = study.point.nuisance, study.point.expected
    parts = joint(problem.design, observed, study.bucket, expected, nuisance, problem.drug_index)
    rows = marginal(parts, nuisance.degrees_of_freedom)
    found, *_ = study_effects(problem.design, observed, study.bucket, expected, nuisance, parts, rows, drawn)
    np.testing.assert_allclose(found, truth.effects, atol=1e-6)


def test_chosen_studies_have_all_kinds_of_rows() -> None:
    def kinds(observations: Any) -> set[str]:
        return set(observations.loc[observations["used"], "kind"])

    few = some_studies(packaged_trials(), 12)
    assert kinds(few.observations) == kinds(packaged_trials().observations)
    assert few.observations["study_id"].isin(few.studies["study_id"]).all()
    assert few.dosing["study_id"].isin(few.studies["study_id"]).all()


@pytest.mark.parametrize(("count", "said"), [(3, "too few"), (1000, "studies to choose from")])
def test_impossible_number_of_studies_is_refused(count: int, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        some_studies(packaged_trials(), count)
