"""Claims about predictive checks."""

import numpy as np
import pytest
import xarray as xr

from windup.fit.diagnostics.predictive.coverage import coverage, coverage_by, predictive_rows
from windup.fit.display.format import LEVELS
from windup.fit.storage.tree import group

from ...synthetic import synthetic_tree, with_variable


@pytest.fixture(scope="module")
def large_tree() -> xr.DataTree:
    return synthetic_tree(studies=100, visits=10, chains=2, draws=200)


@pytest.mark.parametrize("level", LEVELS)
def test_calibrated_replicates_cover_at_their_nominal_level(large_tree: xr.DataTree, level: int) -> None:
    share = coverage(predictive_rows(large_tree))[level]
    rows = 100 * 2 * 10
    nominal = level / 100
    # Four standard errors of a share of independent rows; the seed is fixed.
    assert share == pytest.approx(nominal, abs=4 * np.sqrt(nominal * (1 - nominal) / rows) + 0.01)


def test_intervals_are_central_quantiles_of_the_replicates(tree: xr.DataTree) -> None:
    found = predictive_rows(tree)
    draws = group(tree, "posterior_predictive")["estimate"].values.reshape(-1, len(found))
    assert found["low_95"].to_numpy() == pytest.approx(np.quantile(draws, 0.025, axis=0))
    assert found["high_50"].to_numpy() == pytest.approx(np.quantile(draws, 0.75, axis=0))


def test_value_on_the_limit_of_its_interval_counts_as_covered(tree: xr.DataTree) -> None:
    steps = np.tile(np.array([0.1, 0.2, 0.3, 0.4]), (4, 125))[:, :, None]
    replicates = np.broadcast_to(steps, (4, 500, 64))
    edges = with_variable(tree, "posterior_predictive", "estimate", replicates)
    edges = with_variable(edges, "observed_data", "estimate", np.full(64, 0.1))
    assert coverage(predictive_rows(edges))[95] == 1.0


def test_row_that_could_not_be_predicted_is_not_covered(tree: xr.DataTree) -> None:
    replicates = group(tree, "posterior_predictive")["estimate"].values.copy()
    replicates[0, 0, 7] = np.nan
    broken = with_variable(tree, "posterior_predictive", "estimate", replicates)
    found = predictive_rows(with_variable(broken, "observed_data", "estimate", np.zeros(64)))
    assert not found.loc[7, [f"covered_{level}" for level in LEVELS]].any()
    assert np.isnan(found.loc[7, "predicted"])


def test_study_whose_row_could_not_be_predicted_stands_first(tree: xr.DataTree) -> None:
    replicates = group(tree, "posterior_predictive")["estimate"].values.copy()
    replicates[0, 0, 20] = np.nan
    rows = predictive_rows(with_variable(tree, "posterior_predictive", "estimate", replicates))
    assert coverage_by(rows, "study")["study"].iloc[0] == rows["study"].iloc[20]


def test_study_that_fits_badly_stands_first_with_its_rows_outside(tree: xr.DataTree) -> None:
    observed = group(tree, "observed_data")["estimate"].values.copy()
    observed[16:24] += 5.0
    worst = coverage_by(
        predictive_rows(with_variable(tree, "observed_data", "estimate", observed)), "study"
    ).iloc[0]
    assert (worst["study"], worst["rows_outside_95"], worst["covered_95"]) == ("study02", 8, 0.0)
    assert worst["root_mean_square_residual"] > 5.0


def test_groups_add_up_to_all_rows(tree: xr.DataTree) -> None:
    rows = predictive_rows(tree)
    for column in ("study", "kind"):
        table = coverage_by(rows, column)
        assert table["rows"].sum() == len(rows)
        assert (table["rows"] * table["covered_80"]).sum() == pytest.approx(rows["covered_80"].sum())


def test_residual_is_the_distance_in_predictive_standard_deviations(tree: xr.DataTree) -> None:
    draws = group(tree, "posterior_predictive")["estimate"].values.reshape(-1, 64)[:, 3]
    observed = np.zeros(64)
    observed[3] = draws.mean() - 2.0 * draws.std()
    found = predictive_rows(with_variable(tree, "observed_data", "estimate", observed))
    assert found.loc[3, "residual"] == pytest.approx(-2.0)
