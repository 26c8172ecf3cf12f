"""Claims about a row given the other rows of its study, against closed forms."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.fit.problem.errors.student_t import given_rows
from windup.fit.problem.observation import marginal
from windup.fit.problem.row_given_others import given_effects

from .studies import COLUMNS, DEGREES, padded, problem, student, written_out


@pytest.mark.parametrize("extra", [0, 2])
@pytest.mark.parametrize("row", range(5))
def test_row_given_the_others_is_the_ratio_of_two_densities(row: int, extra: int) -> None:
    parts = padded(problem(3), extra)
    found, _, _ = given_rows(parts, marginal(parts, jnp.asarray(DEGREES)), jnp.asarray(DEGREES))
    bare = problem(3)
    for s in range(3):
        shape, residual = written_out(bare, s), np.asarray(bare.residual[s])
        kept = np.delete(np.arange(5), row)
        others = stats.multivariate_t(np.zeros(4), shape[np.ix_(kept, kept)], df=DEGREES)
        expected = student(bare, s, shape) - others.logpdf(residual[kept])
        assert float(found[s, row]) == pytest.approx(expected)


@pytest.mark.parametrize("row", range(5))
def test_score_of_a_row_given_the_others_is_its_standardised_residual(row: int) -> None:
    parts = problem(3)
    _, score, degrees = given_rows(parts, marginal(parts, jnp.asarray(DEGREES)), jnp.asarray(DEGREES))
    for s in range(3):
        shape, residual = written_out(parts, s), np.asarray(parts.residual[s])
        kept = np.delete(np.arange(5), row)
        inner = np.linalg.inv(shape[np.ix_(kept, kept)])
        gain = shape[row, kept] @ inner
        left = shape[row, row] - gain @ shape[kept, row]
        # Ding 2016: location and scale of a Student t given a part of it.
        widened = left * (DEGREES + residual[kept] @ inner @ residual[kept]) / (DEGREES + 4)
        expected = (residual[row] - gain @ residual[kept]) / np.sqrt(widened)
        assert float(score[s, row]) == pytest.approx(expected)
        assert float(degrees[s, row]) == DEGREES + 4


@pytest.mark.parametrize("row", range(5))
def test_row_given_the_others_and_the_effects_is_normal(row: int) -> None:
    parts, scale = problem(4), np.array([0.5, 1.0, 2.0])
    effects = np.random.default_rng(0).normal(size=(3, COLUMNS))
    found, score, degrees = given_effects(parts, jnp.asarray(effects), jnp.asarray(scale))
    for s in range(3):
        shape = scale[s] ** 2 * np.asarray(parts.error[s])
        residual = np.asarray(parts.residual[s]) - np.asarray(parts.loads[s]) @ effects[s]
        kept = np.delete(np.arange(5), row)
        gain = shape[row, kept] @ np.linalg.inv(shape[np.ix_(kept, kept)])
        deviation = np.sqrt(shape[row, row] - gain @ shape[kept, row])
        expected = (residual[row] - gain @ residual[kept]) / deviation
        assert float(score[s, row]) == pytest.approx(expected)
        assert float(found[s, row]) == pytest.approx(stats.norm.logpdf(expected) - np.log(deviation))
        assert np.isinf(degrees[s, row])
