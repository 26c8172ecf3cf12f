"""Claims about the course of pain that all arms of a study share, treated or not."""

from pathlib import Path

import numpy as np
import pytest

from windup.fit.design.arrays import observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.problem.observation import Expected, covariance, expect, joint

from ..designs import course_of, design_of, nuisance_of, tables_of
from .onset import drift, onset


def expected_of(tmp_path: Path, *drugs: str, **row: str) -> Expected:
    """Rows at weeks 0 and 8 of arms with these drugs, in a course in which pain stays at 6."""
    tables = tables_of(row, *drugs)
    for dose, drug in zip(tables["dosing.csv"], drugs, strict=True):
        dose |= {"drug": drug, "substance": drug}
    design = design_of(tmp_path, tables)
    return expect(design, course_of(design), nuisance_of(design, natural_course=0.5))


@pytest.mark.parametrize(("drug", "share"), [("none", 0.5), ("placebo", 1.0), ("pregabalin", 1.0)])
def test_every_arm_falls_by_the_natural_course_on_top_of_its_placebo_response(
    tmp_path: Path, drug: str, share: float
) -> None:
    before, after = expected_of(tmp_path, drug).mean
    assert float(before) == pytest.approx(6.0)
    assert float(after) == pytest.approx(6.0 - share * 1.2 * onset(8.0) - 0.5 * drift(8.0))


def test_healthy_people_have_no_natural_course(tmp_path: Path) -> None:
    tables = tables_of({"outcome": "serum_mg", "scale": "mmol_per_L"}, "one", study={"condition": "healthy"})
    design = design_of(tmp_path, tables)
    expected = expect(design, course_of(design), nuisance_of(design, natural_course=0.5))
    np.testing.assert_allclose(expected.visit_pain, 6.0)


def test_a_contrast_is_free_of_the_natural_course(tmp_path: Path) -> None:
    tables = tables_of({}, "one", "other")
    row = {"outcome": "difference_vs_placebo", "reference_arm": "other", "value": "-1", "sd": "", "se": "0.3"}
    tables["observations.csv"] = [tables["observations.csv"][1] | row]
    tables["dosing.csv"][0] |= {"drug": "pregabalin", "substance": "pregabalin"}
    design = design_of(tmp_path, tables)
    still, moved = (
        expect(design, course_of(design), nuisance_of(design, natural_course=fall)) for fall in (0.0, 0.5)
    )
    np.testing.assert_allclose(moved.mean, still.mean, atol=1e-12)
    np.testing.assert_allclose(moved.loads[0], [0.0, 0.0, onset(8.0), 0.0, 0.0, 0.0, 0.0], atol=1e-12)


def test_arms_whose_clocks_began_apart_fall_alike(tmp_path: Path) -> None:
    """One arm had its drug four weeks before the other had its placebo."""
    tables = tables_of({}, "one", "other")
    tables["dosing.csv"][0] |= {"drug": "pregabalin", "substance": "pregabalin", "start_week": "-4"}
    design = design_of(tmp_path, tables)
    nuisance = nuisance_of(design, natural_course=0.5, placebo_response=0.0)
    pain = expect(design, course_of(design), nuisance).mean
    fallen = [0.5 * drift(4.0), 0.5 * drift(12.0)]
    np.testing.assert_allclose(6.0 - np.asarray(pain), [*fallen, *fallen], atol=1e-6)


def test_arms_of_a_study_share_its_deviation_of_the_natural_course(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_of({}, "one", "other"))
    (bucket,) = build_buckets(design)

    def shared(spread: float) -> np.ndarray:
        nuisance = nuisance_of(design, natural_spread=spread)
        expected = expect(design, course_of(design), nuisance)
        index = np.zeros((1, 3), int)
        parts = joint(design, observed_in(design), bucket, expected, nuisance, index)
        return np.asarray(covariance(parts)[0])

    # Rows are those of one arm at weeks 0 and 8, then those of the other.
    fallen = np.array([0.0, drift(8.0), 0.0, drift(8.0)])
    np.testing.assert_allclose(shared(0.7) - shared(0.0), 0.7**2 * np.outer(fallen, fallen), atol=1e-12)
