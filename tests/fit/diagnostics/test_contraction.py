"""Claims about contraction and prior-driven parameters."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from windup.fit.diagnostics.contraction import contraction, contraction_of
from windup.fit.storage.tree import group

from ..synthetic import with_variable


def row(tree: xr.DataTree, name: str) -> pd.Series:
    table = contraction(tree).set_index("parameter")
    found: pd.Series = table.loc[name]
    return found


def posterior(tree: xr.DataTree, name: str) -> np.ndarray:
    values: np.ndarray = group(tree, "posterior")[name].values
    return values


def test_contraction_of_a_rate_is_taken_on_its_logarithm() -> None:
    rng = np.random.default_rng(0)
    value, shift, scale = contraction_of(
        np.exp(rng.normal(0.0, 2.0, 100_000)), np.exp(rng.normal(1.0, 0.5, 100_000))
    )
    assert scale == "log"
    assert value == pytest.approx(1.0 - 0.25 / 4.0, abs=0.002)
    assert shift == pytest.approx(0.5, abs=0.02)


def test_contraction_of_a_signed_gain_is_taken_as_it_is() -> None:
    rng = np.random.default_rng(0)
    value, shift, scale = contraction_of(rng.normal(0.0, 2.0, 100_000), rng.normal(-1.0, 1.0, 100_000))
    assert scale == "linear"
    assert value == pytest.approx(0.75, abs=0.01)
    assert shift == pytest.approx(0.5, abs=0.01)


def test_constant_prior_has_no_contraction() -> None:
    assert np.isnan(contraction_of(np.ones(10), np.arange(10.0))[0])


def test_draws_that_are_no_numbers_are_left_out_of_the_contraction() -> None:
    prior = np.array([-2.0, 2.0, np.nan])
    assert contraction_of(prior, np.array([-1.0, np.inf, 1.0]))[0] == 0.75


def test_unmoved_parameter_is_prior_driven(tree: xr.DataTree) -> None:
    assert row(tree, "surface_turnover_rate")["prior_driven"]


def test_narrowed_parameter_is_not_prior_driven(tree: xr.DataTree) -> None:
    assert not row(tree, "central_relaxation_time")["prior_driven"]


def test_parameter_as_wide_as_its_prior_but_shifted_is_not_prior_driven(tree: xr.DataTree) -> None:
    moved = posterior(tree, "surface_turnover_rate") * np.exp(0.5)
    found = row(with_variable(tree, "posterior", "surface_turnover_rate", moved), "surface_turnover_rate")
    assert found["contraction"] < 0.1
    assert not found["prior_driven"]


def test_widened_parameter_has_negative_contraction_and_stays_prior_driven(tree: xr.DataTree) -> None:
    values = np.log(posterior(tree, "surface_turnover_rate"))
    wider = np.exp(values.mean() + 1.5 * (values - values.mean()))
    found = row(with_variable(tree, "posterior", "surface_turnover_rate", wider), "surface_turnover_rate")
    assert found["contraction"] < -1.0
    assert found["prior_driven"]


def test_effects_of_single_studies_and_derived_quantities_are_no_parameters(tree: xr.DataTree) -> None:
    assert set(contraction(tree)["parameter"]) == {
        "surface_turnover_rate",
        "central_relaxation_time",
        "pregabalin_maximum",
        "individual_spread",
        "placebo_response_mean",
    }


def test_group_effects_that_belong_to_no_single_study_are_parameters(tree: xr.DataTree) -> None:
    grouped = tree.copy()
    for name in ("posterior", "prior"):
        dataset = group(tree, name)
        values = xr.concat([dataset["pregabalin_maximum"]] * 2, dim="placebo_group")
        values.attrs = {"kind": "observation"}
        grouped[name] = xr.DataTree(
            dataset.assign(placebo_response=values.assign_coords(placebo_group=["a", "b"]))
        )
    assert {"placebo_response[a]", "placebo_response[b]"} <= set(contraction(grouped)["parameter"])


def test_table_carries_kind_and_unit_of_each_parameter(tree: xr.DataTree) -> None:
    found = row(tree, "surface_turnover_rate")
    assert (found["kind"], found["unit"]) == ("mechanism", "1/day")


def test_parameters_come_most_contracted_first(tree: xr.DataTree) -> None:
    values = contraction(tree)["contraction"].to_numpy()
    assert list(values) == sorted(values, reverse=True)
