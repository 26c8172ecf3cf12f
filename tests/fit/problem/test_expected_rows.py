"""Claims about what is expected of a row, and with which loads of its study's deviations, by hand."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from windup.fit.problem.observation import (
    Expected,
    expect,
)

from ..designs import course_of, design_of, nuisance_of, tables_of
from .onset import drift, onset


def rows_of(tmp_path: Path, *arms: str, drug: str = "placebo", **row: str) -> Expected:
    """Expectation of rows at week 8 of a course in which pain stays at 6."""
    tables = tables_of(row, *arms)
    for dose in tables["dosing.csv"]:
        dose |= {"drug": drug, "substance": drug}
    tables["observations.csv"] = [line for line in tables["observations.csv"] if line["time_weeks"] == "8"]
    design = design_of(tmp_path, tables)
    return expect(design, course_of(design), nuisance_of(design))


def test_placebo_lowers_pain_with_its_time_constant(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one")
    assert float(expected.mean[0]) == pytest.approx(6.0 - 1.2 * onset(8.0))


def test_people_who_know_they_get_nothing_have_a_share_of_the_placebo_response(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", drug="none")
    assert float(expected.mean[0]) == pytest.approx(6.0 - 0.5 * 1.2 * onset(8.0))


def test_placebo_deviation_of_a_study_loads_as_the_response_does(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one")
    np.testing.assert_allclose(expected.loads[0], [-onset(8.0), -drift(8.0), 0.0, 0.0, 0.0, 1.0, 0.0])


def test_drug_deviation_of_a_study_loads_with_its_build_up(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", drug="pregabalin")
    np.testing.assert_allclose(expected.loads[0], [-onset(8.0), -drift(8.0), onset(8.0), 0.0, 0.0, 1.0, 0.0])


def test_change_is_the_fall_from_baseline(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="pain_intensity_change")
    assert float(expected.mean[0]) == pytest.approx(-1.2 * onset(8.0))


def test_percent_change_is_that_of_the_baseline(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="pain_intensity_change", scale="percent")
    assert float(expected.mean[0]) == pytest.approx(100.0 * -1.2 * onset(8.0) / 6.0)


def test_offset_of_a_study_cancels_in_a_change(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="pain_intensity_change")
    loads = [-onset(8.0), -drift(8.0), 0.0, 0.0, 0.0, 0.0, 0.0]
    np.testing.assert_allclose(expected.loads[0], loads, atol=1e-12)


def test_serum_magnesium_carries_the_assay_alone(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="serum_mg", scale="mmol_per_L", value="0.8", sd="0.1")
    assert float(expected.mean[0]) == pytest.approx(0.85)
    np.testing.assert_allclose(expected.loads[0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


@pytest.mark.parametrize("effect", [0.01, -0.01, 0.3])
def test_percent_change_is_exact_in_effects_that_spare_the_baseline(tmp_path: Path, effect: float) -> None:
    expected = rows_of(tmp_path, "one", outcome="pain_intensity_change", scale="percent")
    linear = float(expected.mean[0] + expected.loads[0, 0] * effect)
    exact = 100.0 * -(1.2 + effect) * onset(8.0) / 6.0
    assert linear == pytest.approx(exact)


def test_contrast_is_the_difference_of_its_two_arms(tmp_path: Path) -> None:
    tables = tables_of({"outcome": "difference_vs_placebo", "n": "72"}, "drug", "placebo")
    tables["dosing.csv"][0] |= {"drug": "pregabalin", "substance": "pregabalin"}
    line = next(row for row in tables["observations.csv"] if row["row_id"] == "drug8")
    tables["observations.csv"] = [line | {"reference_arm": "placebo"}]
    design = design_of(tmp_path, tables)
    drug = design.arms.index("alpha/drug")
    course = course_of(design)
    course = course._replace(pain=jnp.where(jnp.asarray(design.visits.arm == drug), 4.0, 6.0))
    expected = expect(design, course, nuisance_of(design))
    assert float(expected.mean[0]) == pytest.approx(-2.0)
    np.testing.assert_allclose(expected.loads[0], [0.0, 0.0, onset(8.0), 0.0, 0.0, 0.0, 0.0], atol=1e-12)


def test_missing_dispersion_takes_the_latent_one(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", sd="", n="25")
    assert float(expected.variance[0]) == pytest.approx((2.5 / 5.0) ** 2)
