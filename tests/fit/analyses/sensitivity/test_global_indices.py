"""Claims about Sobol' and Morris indices, against closed forms."""

import numpy as np
import pandas as pd
import pytest

from windup.fit.analyses.sensitivity.findings import largest_change
from windup.fit.analyses.sensitivity.global_indices import MORRIS, SOBOL, GlobalMethod, indices

NAMES = ("x1", "x2", "x3")
# Ishigami and Homma 1990 with a = 7, b = 0.1: variance and its parts in closed form.
A, B = 7.0, 0.1
V1 = 0.5 * (1.0 + B * np.pi**4 / 5.0) ** 2
V2 = A**2 / 8.0
V13 = B**2 * np.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
VARIANCE = V1 + V2 + V13


def ishigami(places: np.ndarray) -> np.ndarray:
    x = np.pi * (2.0 * places - 1.0)
    found: np.ndarray = np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])
    return found[:, None]


def test_sobol_indices_of_the_ishigami_function_are_its_closed_forms() -> None:
    design = SOBOL.design(NAMES, 2048, seed=1)
    table = indices(SOBOL, NAMES, design, ("y",), ishigami(design.points), seed=1).table
    np.testing.assert_allclose(table["first"], np.array([V1, V2, 0.0]) / VARIANCE, atol=0.04)
    np.testing.assert_allclose(table["total"], np.array([V1 + V13, V2, V13]) / VARIANCE, atol=0.06)


def test_intervals_of_total_indices_hold_the_truth() -> None:
    truth = np.array([V1 + V13, V2, V13]) / VARIANCE
    inside = []
    for seed in range(10):
        design = SOBOL.design(NAMES, 256, seed=seed)
        table = indices(SOBOL, NAMES, design, ("y",), ishigami(design.points), seed=seed).table
        inside.append(np.abs(table["total"] - truth) <= table["total_half_width"])
    assert np.mean(inside) > 0.8


@pytest.mark.parametrize("method", [SOBOL, MORRIS], ids=["sobol", "morris"])
def test_the_same_seed_gives_the_same_intervals_also_where_it_is_0(method: GlobalMethod) -> None:
    design = method.design(NAMES, 32, seed=0)
    once, again = (
        indices(method, NAMES, design, ("y",), ishigami(design.points), seed=0).table for _ in range(2)
    )
    pd.testing.assert_frame_equal(once, again)


def test_sobol_indices_of_a_sum_are_shares_of_its_variance() -> None:
    slopes = np.array([3.0, -2.0, 1.0])
    design = SOBOL.design(NAMES, 1024, seed=2)
    table = indices(SOBOL, NAMES, design, ("y",), design.points @ slopes[:, None], seed=2).table
    shares = slopes**2 / np.sum(slopes**2)
    np.testing.assert_allclose(table["first"], shares, atol=0.03)
    np.testing.assert_allclose(table["total"], shares, atol=0.03)


def test_morris_effects_of_a_linear_function_are_its_slopes_and_do_not_spread() -> None:
    slopes = np.array([3.0, -2.0, 0.0])
    design = MORRIS.design(NAMES, 20, seed=3)
    table = indices(MORRIS, NAMES, design, ("y",), design.points @ slopes[:, None], seed=3).table
    np.testing.assert_allclose(table["mean"], slopes, atol=1e-12)
    np.testing.assert_allclose(table["mean_absolute"], np.abs(slopes), atol=1e-12)
    np.testing.assert_allclose(table["spread"], 0.0, atol=1e-12)


@pytest.mark.parametrize("method", [SOBOL, MORRIS], ids=["sobol", "morris"])
def test_a_response_that_does_not_vary_has_no_index(method: object) -> None:
    design = method.design(NAMES, 16, seed=4)  # type: ignore[attr-defined]
    found = indices(method, NAMES, design, ("y",), np.full((len(design.points), 1), 6.5), seed=4)
    assert found.table[list(method.columns)].isna().all(axis=None)  # type: ignore[attr-defined]


def test_a_block_with_a_failed_solve_is_left_out_whole_and_counted() -> None:
    design = SOBOL.design(NAMES, 256, seed=5)
    broken = ishigami(design.points)
    broken[design.block * 7 + 1] = np.nan
    found = indices(SOBOL, NAMES, design, ("y",), broken, seed=5)
    assert found.dropped == {"y": 1}
    assert set(found.table["blocks"]) == {255}
    assert np.isfinite(found.table["total"]).all()


def test_smaller_designs_are_the_beginnings_of_larger_ones() -> None:
    small, large = (SOBOL.design(NAMES, count, seed=6).points for count in (64, 256))
    np.testing.assert_array_equal(small, large[: len(small)])


def test_convergence_is_the_change_of_the_leading_index_from_half_to_all() -> None:
    design = SOBOL.design(NAMES, 64, seed=7)
    found = indices(SOBOL, NAMES, design, ("y",), ishigami(design.points), seed=7)
    stages = found.convergence.pivot_table(index="parameter", columns="blocks", values="total")
    assert list(stages.columns) == [16, 32, 64]
    leader = stages[64].idxmax()
    expected = abs(stages.loc[leader, 64] - stages.loc[leader, 32])
    assert largest_change(found.convergence, "total") == pytest.approx(expected)
