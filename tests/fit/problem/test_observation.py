"""Claims about the density of a study's rows against closed forms."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import load_trials
from windup.fit.design.arrays import observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.design.build import build_design
from windup.fit.problem.observation import (
    covariance,
    expect,
    joint,
    marginal,
)

from ..designs import course_of, design_of, nuisance_of, tables_of
from .studies import DEGREES, padded, problem, student, written_out


def test_scale_matrix_of_each_study_is_that_of_its_effects_and_errors() -> None:
    parts = problem(0)
    np.testing.assert_allclose(covariance(parts), [written_out(parts, study) for study in range(3)])


@pytest.mark.parametrize("seed", range(4))
def test_density_of_the_rows_is_that_of_a_multivariate_student_t(seed: int) -> None:
    parts = problem(seed)
    found = marginal(parts, jnp.asarray(DEGREES)).log_density
    np.testing.assert_allclose(found, [student(parts, s, written_out(parts, s)) for s in range(3)])


def test_density_tells_a_wrong_covariance_apart() -> None:
    parts = problem(0)
    found = float(marginal(parts, jnp.asarray(DEGREES)).log_density[0])
    independent = np.diag(np.diag(written_out(parts, 0)))
    assert abs(found - student(parts, 0, independent)) > 0.1
    without_effects = np.asarray(parts.error[0])
    assert abs(found - student(parts, 0, without_effects)) > 0.1


@pytest.mark.parametrize("seed", range(4))
def test_effects_given_the_rows_are_the_conditional_normal(seed: int) -> None:
    parts = problem(seed)
    found = marginal(parts, jnp.asarray(DEGREES))
    for s in range(3):
        loads, between = np.asarray(parts.loads[s]), np.diag(np.asarray(parts.spread[s]) ** 2)
        gain = between @ loads.T @ np.linalg.inv(written_out(parts, s))
        np.testing.assert_allclose(found.effects[s], gain @ np.asarray(parts.residual[s]), atol=1e-10)
        root = np.asarray(found.effects_root[s])
        np.testing.assert_allclose(root @ root.T, between - gain @ loads @ between, atol=1e-9)


def test_distance_is_that_of_mahalanobis() -> None:
    parts = problem(1)
    residual = np.asarray(parts.residual[0])
    expected = residual @ np.linalg.solve(written_out(parts, 0), residual)
    assert float(marginal(parts, jnp.asarray(DEGREES)).distance[0]) == pytest.approx(expected)


def test_padding_changes_neither_density_nor_effects() -> None:
    parts = problem(2)
    plain, wide = (marginal(p, jnp.asarray(DEGREES)) for p in (parts, padded(parts, 3)))
    np.testing.assert_allclose(wide.log_density, plain.log_density)
    np.testing.assert_allclose(wide.effects, plain.effects, atol=1e-12)
    np.testing.assert_allclose(wide.effects_root, plain.effects_root, atol=1e-12)


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.6, 0.95])
def test_errors_of_every_packaged_study_have_a_positive_definite_correlation(rho: float) -> None:
    for bucket in build_buckets(build_design(load_trials())):
        identity = np.eye(bucket.row.shape[1])
        opposed = np.sqrt((1.0 - rho) / 2.0) * bucket.opposed
        correlation = rho * bucket.same - opposed + bucket.fixed + identity
        np.testing.assert_array_equal(correlation, correlation.swapaxes(1, 2))
        assert np.linalg.eigvalsh(correlation).min() > 0.01


def test_error_of_two_visits_of_the_same_patients_correlates_as_stated(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_of({}, "one", "two"))
    nuisance = nuisance_of(design, misfit=0.0)
    (bucket,) = build_buckets(design)
    index = np.zeros((1, 3), int)
    expected = expect(design, course_of(design), nuisance)
    parts = joint(design, observed_in(design), bucket, expected, nuisance, index)
    error = np.asarray(parts.error[0])
    correlation = error / np.sqrt(np.outer(np.diag(error), np.diag(error)))
    expected = np.kron(np.eye(2), [[1.0, 0.6], [0.6, 1.0]])
    np.testing.assert_allclose(correlation, expected, atol=1e-12)
