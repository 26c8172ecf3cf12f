"""Claims about rows left out: densities that a fit keeps, and transforms of a posterior without them."""

import jax
import numpy as np
from scipy import stats

from windup.datasets import packaged_trials
from windup.fit.analyses.comparison.left_out_rows import pit_left_out
from windup.fit.posterior.generated_quantities import fitted
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.model import enrolment, evaluate
from windup.fit.problem.problem import Draw, values_of
from windup.fit.problem.row_given_others import RowGivenOthers, row_given_others
from windup.fit.problem.target import prior_draw


def test_density_of_a_row_given_the_others_is_the_one_that_a_fit_keeps() -> None:
    problem = build_problem(packaged_trials(), model_named("time_course"))

    def both(draw: Draw) -> tuple[jax.Array, RowGivenOthers]:
        point = evaluate(problem, draw, enrolment(problem, draw, values_of(problem, draw)))
        kept = fitted(problem, draw, point, jax.random.key(0))
        return kept.row_log_likelihood, row_given_others(problem, draw)

    kept, found = jax.jit(both)(prior_draw(problem, jax.random.key(3)))
    kept, density = np.asarray(kept), np.asarray(found.log_density)
    with_shares = {int(s) for b in problem.buckets if b.responder.shape[1] for s in np.ravel(b.study)}
    own = np.array([int(study) in with_shares for study in problem.design.rows.study])
    shares = np.array([kind.startswith("responder") for kind in problem.design.rows.kind])
    np.testing.assert_allclose(density[~own], kept[~own], rtol=1e-8)
    np.testing.assert_allclose(density[shares], kept[shares], rtol=1e-8)
    # Where a study's effects are drawn, its rows are given these too.
    assert np.abs(density[own & ~shares] - kept[own & ~shares]).max() > 0.01
    assert np.isinf(found.degrees_of_freedom[own & ~shares]).all()
    assert np.isfinite(found.degrees_of_freedom[~own]).all()
    assert (~own).sum() > 100
    assert shares.sum() > 20


def test_transform_of_a_row_left_out_is_that_of_the_posterior_without_it() -> None:
    # Normal data of unit variance and a flat prior: without row i the mean of the others and 1 / (n - 1).
    rng = np.random.default_rng(5)
    data = rng.normal(0.3, 1.0, 12)
    draws = rng.normal(data.mean(), 1.0 / np.sqrt(len(data)), 50_000)[:, None]
    found = pit_left_out(stats.norm.logpdf(data - draws), stats.norm.cdf(data - draws))
    others = (data.sum() - data) / (len(data) - 1)
    expected = stats.norm.cdf((data - others) / np.sqrt(1.0 + 1.0 / (len(data) - 1)))
    np.testing.assert_allclose(found["pit"], expected, atol=0.005)
    # Without weights it is another.
    assert np.abs(stats.norm.cdf(data - draws).mean(axis=0) - expected).max() > 0.015
