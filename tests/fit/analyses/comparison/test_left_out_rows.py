"""Claims about rows given the others of their study: the densities are those that a fit keeps."""

import jax
import numpy as np

from windup.datasets import packaged_trials
from windup.fit.posterior.generated_quantities import fitted
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.enrolment import enrolment
from windup.fit.problem.model import evaluate
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
