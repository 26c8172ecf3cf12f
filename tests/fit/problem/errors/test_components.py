"""Claims about the mixture of a study's rows against dense normal densities, written out."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from windup.fit.problem.errors.component_draws import draw_given, draw_new
from windup.fit.problem.errors.components import (
    Prior,
    components,
    given_others,
    log_joint_of_some,
    precision_and_half_log_det,
    prior_of,
)
from windup.fit.problem.observation import Joint

from ..studies import COLUMNS, padded, problem

WIDE, PI, EPS = 3.0, 0.15, 0.02


def prior_for(parts: Joint, present: np.ndarray | None = None, pi: float = PI, eps: float = EPS) -> Prior:
    shape = parts.residual.shape
    present = np.ones(shape, bool) if present is None else present
    added = np.random.default_rng(7).uniform(0.5, 9.0, size=shape)
    return prior_of(
        present,
        jnp.asarray(added),
        wide_factor=WIDE,
        wide_weight=jnp.asarray(pi),
        suspect_share=jnp.asarray(eps),
    )


def written_out(parts: Joint, prior: Prior, s: int, rows: np.ndarray) -> np.ndarray:
    """Log prior weight plus log density of every component, (2, rows + 1), by dense covariances."""
    loads, spread = np.asarray(parts.loads[s])[rows], np.asarray(parts.spread[s])
    error, residual = np.asarray(parts.error[s])[np.ix_(rows, rows)], np.asarray(parts.residual[s])[rows]
    added, count = np.asarray(prior.added_variance[s])[rows], len(np.asarray(parts.residual[s]))
    found = np.empty((2, len(rows) + 1))
    for c, (width, weight) in enumerate(((1.0, 1.0 - PI), (WIDE, PI))):
        for i in range(-1, len(rows)):
            whole = error + loads @ np.diag((width * spread) ** 2) @ loads.T
            if i >= 0:
                whole[i, i] += added[i]
            share = (EPS if i >= 0 else 1.0 - EPS) / (1.0 - EPS + count * EPS)
            density = stats.multivariate_normal(np.zeros(len(rows)), whole).logpdf(residual)
            found[c, i + 1] = np.log(weight * share) + density
    return found


@pytest.mark.parametrize("seed", range(4))
def test_density_is_the_sum_of_all_components_written_out(seed: int) -> None:
    parts = problem(seed)
    prior = prior_for(parts)
    found = components(parts, prior)
    for s in range(3):
        each = written_out(parts, prior, s, np.arange(5))
        np.testing.assert_allclose(found.log_joint[:, s], each, atol=1e-10)
        assert float(found.log_density[s]) == pytest.approx(logsumexp(each), abs=1e-10)


def test_prior_weights_of_all_components_sum_to_one() -> None:
    prior = prior_for(problem(0))
    total = np.exp(np.asarray(prior.log_width))[:, None, None] * np.exp(np.asarray(prior.log_row))
    np.testing.assert_allclose(total.sum(axis=(0, 2)), 1.0)


def test_padding_changes_nothing() -> None:
    parts = problem(1)
    wide = padded(parts, 3)
    present = np.zeros(wide.residual.shape, bool)
    present[:, :5] = True
    prior, wide_prior = prior_for(parts), prior_for(wide, present)
    wide_prior = wide_prior._replace(
        added_variance=jnp.ones(wide.residual.shape).at[:, :5].set(prior.added_variance)
    )
    found, with_padding = components(parts, prior), components(wide, wide_prior)
    np.testing.assert_array_equal(with_padding.log_joint[:, :, 6:], -np.inf)
    np.testing.assert_allclose(with_padding.log_density, found.log_density, rtol=1e-13)
    for plain, padding in zip(
        given_others(found, prior), given_others(with_padding, wide_prior), strict=True
    ):
        np.testing.assert_allclose(padding[:, :5], plain, rtol=1e-9)


def test_gradient_is_that_of_finite_differences() -> None:
    parts = problem(2)

    def total(x: dict[str, Any]) -> Any:
        moved = parts._replace(**{name: x[name] for name in ("residual", "loads", "error", "spread")})
        moved = moved._replace(error=0.5 * (moved.error + jnp.swapaxes(moved.error, 1, 2)))
        prior = prior_of(
            np.ones((3, 5), bool),
            x["added"],
            wide_factor=WIDE,
            wide_weight=x["pi"],
            suspect_share=x["eps"],
        )
        return jnp.sum(components(moved, prior).log_density)

    at: dict[str, Any] = {name: getattr(parts, name) for name in ("residual", "loads", "error", "spread")}
    at |= {"added": jnp.full((3, 5), 2.0), "pi": jnp.asarray(PI), "eps": jnp.asarray(EPS)}
    gradient = jax.grad(total)(at)
    rng = np.random.default_rng(0)
    for name, value in at.items():
        direction = jnp.asarray(rng.normal(size=np.shape(value)))
        step = 1e-6 * (0.1 if name in ("pi", "eps") else 1.0)
        ends = [total(at | {name: value + sign * step * direction}) for sign in (1.0, -1.0)]
        expected = float(ends[0] - ends[1]) / (2.0 * step)
        assert float(jnp.sum(gradient[name] * direction)) == pytest.approx(expected, rel=2e-6, abs=1e-6), name


def test_differentials_of_the_inverse_are_those_of_automatic_differentiation() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(2, 4, 4))
    whole, moved = root @ root.swapaxes(1, 2) + np.eye(4), rng.normal(size=(2, 4, 4))
    moved = moved + moved.swapaxes(1, 2)

    def plain(covariance: Any) -> Any:
        return jnp.linalg.inv(covariance), 0.5 * jnp.linalg.slogdet(covariance)[1]

    for found, expected in zip(
        jax.jvp(precision_and_half_log_det, (whole,), (moved,))[1],
        jax.jvp(plain, (whole,), (moved,))[1],
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_each_row_given_the_others_is_the_ratio_of_two_densities(seed: int) -> None:
    parts = problem(seed)
    prior = prior_for(parts)
    density, score = given_others(components(parts, prior), prior)
    for i in range(5):
        others = np.delete(np.arange(5), i)
        some = np.ones((3, 5), bool)
        some[:, i] = False
        without = logsumexp(np.asarray(log_joint_of_some(parts, prior, parts.residual, some)), axis=(0, 2))
        np.testing.assert_allclose(density[:, i], components(parts, prior).log_density - without, atol=1e-9)
        # The place of the row: the same ratio, integrated up to its value.
        grid = np.linspace(-60.0, float(parts.residual[0, i]), 20_001)
        moved = jax.vmap(
            lambda value, row=i: components(
                parts._replace(residual=parts.residual.at[:, row].set(value)), prior
            ).log_density[0]
        )(jnp.asarray(grid))
        below = np.trapezoid(np.exp(np.asarray(moved) - without[0]), grid)
        assert float(stats.norm.cdf(score[0, i])) == pytest.approx(below, abs=1e-5)
        assert len(others) == 4


def test_rows_left_out_are_integrated_out_of_the_dense_density() -> None:
    parts = problem(3)
    prior = prior_for(parts)
    some = np.zeros((3, 5), bool)
    some[:, [0, 2, 3]] = True
    found = logsumexp(np.asarray(log_joint_of_some(parts, prior, parts.residual, some)), axis=(0, 2))
    for s in range(3):
        each = written_out(parts, prior, s, np.array([0, 2, 3]))
        # A suspect row among those left out changes nothing for the others.
        none_known = logsumexp(np.log(2.0 * EPS / (1.0 - EPS)) + each[:, 0])
        assert found[s] == pytest.approx(np.logaddexp(logsumexp(each), none_known), abs=1e-10)


def test_draws_given_the_rows_have_the_moments_of_the_mixture() -> None:
    parts = problem(0, studies=1)
    prior = prior_for(parts)
    keys = jax.random.split(jax.random.key(0), 40_000)
    some = np.ones((1, 5), bool)
    drawn = jax.jit(jax.vmap(lambda key: draw_given(key, parts, prior, some)))(keys)
    np.testing.assert_allclose(
        drawn.deviation, np.broadcast_to(parts.residual, drawn.deviation.shape), atol=1e-9
    )
    joint = written_out(parts, prior, 0, np.arange(5))
    weight = np.exp(joint - logsumexp(joint))
    loads, spread = np.asarray(parts.loads[0]), np.asarray(parts.spread[0])
    mean, second = np.zeros(COLUMNS), np.zeros((COLUMNS, COLUMNS))
    for c, width in enumerate((1.0, WIDE)):
        between = np.diag((width * spread) ** 2)
        for i in range(6):
            whole = np.asarray(parts.error[0]) + loads @ between @ loads.T
            if i:
                whole[i - 1, i - 1] += float(prior.added_variance[0, i - 1])
            gain = between @ loads.T @ np.linalg.inv(whole)
            centre = gain @ np.asarray(parts.residual[0])
            mean += weight[c, i] * centre
            second += weight[c, i] * (between - gain @ loads @ between + np.outer(centre, centre))
    effects = np.asarray(drawn.effects[:, 0])
    error = effects.std(axis=0) / np.sqrt(len(effects))
    np.testing.assert_array_less(np.abs(effects.mean(axis=0) - mean), 4.5 * error)
    np.testing.assert_allclose(np.cov(effects.T), second - np.outer(mean, mean), atol=0.05 * second.max())


def test_draws_given_nothing_have_the_density_of_the_mixture() -> None:
    parts = problem(0, studies=1, rows=2)
    prior = prior_for(parts, eps=0.2, pi=0.3)
    keys = jax.random.split(jax.random.key(1), 20_000)
    deviation = np.asarray(jax.jit(jax.vmap(lambda key: draw_new(key, parts, prior).deviation))(keys))
    at = jax.jit(
        jax.vmap(
            lambda residual: given_others(components(parts._replace(residual=residual), prior), prior)[1]
        )
    )
    score = np.asarray(at(deviation))[:, 0]
    # Scores of rows given the others are standard normal if and only if the draws have that conditional.
    for row in range(2):
        assert stats.kstest(score[:, row], "norm").pvalue > 0.001


def a_study(residual: np.ndarray) -> tuple[Joint, Prior]:
    """Eight rows with errors of 0.2 points, and effects with spreads of 0.5 on all rows and on half."""
    loads = np.stack([np.ones(8), np.repeat([0.0, 1.0], 4)], axis=1)
    parts = Joint(
        residual=jnp.asarray(residual)[None],
        loads=jnp.asarray(loads)[None],
        error=jnp.asarray(0.04 * np.eye(8))[None],
        spread=jnp.full((1, 2), 0.5),
        count=jnp.full(1, 8.0),
    )
    prior = prior_of(
        np.ones((1, 8), bool),
        jnp.full((1, 8), 9.0),
        wide_factor=WIDE,
        wide_weight=jnp.asarray(0.1),
        suspect_share=jnp.asarray(0.01),
    )
    return parts, prior


@pytest.mark.parametrize("row", [0, 5])
def test_planted_error_of_print_is_the_suspect_row_and_no_other_is(row: int) -> None:
    residual = np.random.default_rng(row).normal(scale=0.2, size=8)
    residual[row] += 5.0
    found = components(*a_study(residual))
    weight = np.exp(np.asarray(found.log_joint - found.log_density[:, None]))[:, 0].sum(axis=0)
    assert weight[1 + row] > 0.9
    assert np.delete(weight[1:], row).max() < 0.1


def test_study_whose_effects_are_four_deviations_off_is_wide_and_blames_no_row() -> None:
    residual = np.random.default_rng(3).normal(scale=0.2, size=8) + 4.0 * 0.5
    found = components(*a_study(residual))
    weight = np.exp(np.asarray(found.log_joint - found.log_density[:, None]))[:, 0]
    assert weight[1].sum() > 0.9
    assert weight[:, 1:].sum(axis=0).max() < 0.1


def test_density_does_not_depend_on_the_order_of_rows() -> None:
    parts = problem(4)
    prior = prior_for(parts)
    order = np.array([3, 0, 4, 1, 2])
    moved = parts._replace(
        residual=parts.residual[:, order],
        loads=parts.loads[:, order],
        error=parts.error[:, order][:, :, order],
    )
    moved_prior = prior._replace(added_variance=prior.added_variance[:, order])
    np.testing.assert_allclose(
        components(moved, moved_prior).log_density, components(parts, prior).log_density, rtol=1e-12
    )
