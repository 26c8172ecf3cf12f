"""Claims about arms that no arm is compared with: which they are, and that their course has a bias."""

from pathlib import Path

import numpy as np
import pytest

from windup.datasets import WITHOUT_COMPARATOR, load_trials
from windup.fit.design.arrays import Design, observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.design.build import build_design
from windup.fit.problem.observation import covariance, expect, joint

from ....datasets.tiny import Tables, write_tables
from ...designs import course_of, nuisance_of, tables_of

BLOCKS = (WITHOUT_COMPARATOR,)


def design_with(tmp_path: Path, tables: Tables, blocks: tuple[str, ...]) -> Design:
    folder = tmp_path / "-".join(("tables", *blocks))
    folder.mkdir()
    return build_design(load_trials(write_tables(folder, tables), blocks=blocks))


def covariances(design: Design) -> np.ndarray:
    """Covariance of the rows of the one study of a design, its effects integrated out."""
    nuisance = nuisance_of(design, drugs=1)
    expected = expect(design, course_of(design), nuisance)
    (bucket,) = build_buckets(design)
    index = np.zeros((1, design.visits.drug_load.shape[1]), int)
    parts = joint(design, observed_in(design), bucket, expected, nuisance, index)
    present = bucket.present[0]
    return np.asarray(covariance(parts))[0][np.ix_(present, present)]


def test_only_arm_of_a_randomised_trial_is_alone(tmp_path: Path) -> None:
    design = design_with(tmp_path, tables_of({}, "active"), BLOCKS)
    assert design.visits.alone.all()


def test_arms_of_a_randomised_trial_with_two_arms_are_not_alone(tmp_path: Path) -> None:
    design = design_with(tmp_path, tables_of({}, "active", "other"), BLOCKS)
    assert not design.visits.alone.any()


def test_no_arm_is_alone_without_the_block(tmp_path: Path) -> None:
    assert not design_with(tmp_path, tables_of({}, "active"), ()).visits.alone.any()


def test_rows_of_an_open_trial_are_used_only_with_the_block(tmp_path: Path) -> None:
    tables = tables_of({"used": ""}, "active", study={"design": "open_label"})
    folder = write_tables(tmp_path, tables)
    with_block = load_trials(folder, blocks=BLOCKS).observations
    without = load_trials(folder, blocks=()).observations
    assert with_block["used"].all()
    assert not without["used"].any()
    assert set(without["reason"]) == {"uncontrolled"}


def test_row_that_a_table_uses_is_left_out_where_its_block_is_off(tmp_path: Path) -> None:
    tables = tables_of({"used": "yes"}, "active", study={"design": "cohort"})
    rows = load_trials(write_tables(tmp_path, tables), blocks=()).observations
    assert not rows["used"].any()
    assert rows["why"].str.contains(WITHOUT_COMPARATOR).all()


@pytest.mark.parametrize(
    ("outcome", "scale", "unit"),
    [
        ("pain_intensity", "NRS_0_10", 1.0),
        ("pain_intensity_change", "NRS_0_10", 1.0),
        # At a pain of 6 + 1.2 (1 - exp(-4)) at the visit and 6 at baseline a point is 100 / 6 percent.
        ("pain_intensity_change", "percent", 100.0 / 6.0),
    ],
)
def test_bias_of_an_arm_alone_adds_the_square_of_a_point_that_builds_up(
    tmp_path: Path, outcome: str, scale: str, unit: float
) -> None:
    tables = tables_of({}, "active")
    last = tables["observations.csv"][-1]
    last |= {"outcome": outcome, "scale": scale, "value": "4" if outcome == "pain_intensity" else "-2"}
    biased, plain = (covariances(design_with(tmp_path, tables, blocks)) for blocks in (BLOCKS, ()))
    added = biased - plain
    built_up = -np.expm1(-8 * 7 / 14.0)
    wanted = np.diag([0.0, (unit * built_up) ** 2])
    np.testing.assert_allclose(added, wanted, rtol=1e-9, atol=1e-12)


def test_arms_of_an_open_trial_have_a_bias_each(tmp_path: Path) -> None:
    tables = tables_of({}, "active", "other", study={"design": "open_label"})
    design = design_with(tmp_path, tables, BLOCKS)
    nuisance = nuisance_of(design, drugs=1)
    (bucket,) = build_buckets(design)
    expected = expect(design, course_of(design), nuisance)
    index = np.zeros((1, design.visits.drug_load.shape[1]), int)
    parts = joint(design, observed_in(design), bucket, expected, nuisance, index)
    plain = joint(
        design,
        observed_in(design),
        bucket._replace(biased=np.zeros_like(bucket.biased)),
        expected,
        nuisance,
        index,
    )
    later = np.array([week > 0.0 for week in design.table["time_weeks"]])
    added = np.asarray(parts.error - plain.error)[0][: len(later), : len(later)]
    np.testing.assert_allclose(np.diag(added), np.where(later, np.expm1(-4.0) ** 2, 0.0), rtol=1e-9)
    assert np.count_nonzero(added - np.diag(np.diag(added))) == 0
