"""Claims about leave-one-out predictive densities against closed forms."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm

from windup.fit.diagnostics.predictive.leave_one_out import leave_one_out, ranking, truly_left_out

ROWS = np.random.default_rng(0).normal(1.0, 1.0, 30)


def log_density_at_draws(draws: int) -> xr.DataArray:
    """Density of each of `ROWS` at draws of the mean of a normal with SD 1, under a flat prior."""
    generator = np.random.default_rng(1)
    means = generator.normal(ROWS.mean(), 1.0 / np.sqrt(len(ROWS)), size=(4, draws))
    return xr.DataArray(norm.logpdf(ROWS, means[..., None], 1.0), dims=("chain", "draw", "row"))


def test_rows_left_out_by_weights_have_the_predictive_density_of_the_other_rows() -> None:
    count = len(ROWS)
    others = (ROWS.sum() - ROWS) / (count - 1)
    exact = norm.logpdf(ROWS, others, np.sqrt(1.0 + 1.0 / (count - 1)))
    elpd = leave_one_out(log_density_at_draws(2000))
    np.testing.assert_allclose(elpd.elpd_i.values, exact, atol=0.01)
    assert elpd.n_data_points == count


def test_draw_that_could_not_be_solved_is_not_used() -> None:
    solved = log_density_at_draws(500)
    failed = solved.copy()
    failed[:, 0, 7] = np.nan
    without = leave_one_out(solved.isel(draw=slice(1, None)))
    np.testing.assert_array_equal(leave_one_out(failed).elpd_i.values, without.elpd_i.values)


def test_model_with_the_higher_density_of_what_was_left_out_is_ranked_first() -> None:
    better = xr.DataArray(ROWS, dims="study")
    by_model = {
        "worse": truly_left_out(better - 1.0, error=1.0, draws=100),
        "better": truly_left_out(better, error=1.0, draws=100),
    }
    assert list(ranking(by_model).index) == ["better", "worse"]
    assert by_model["better"].elpd_i.sum() == pytest.approx(ROWS.sum())
