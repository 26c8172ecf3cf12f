"""Claims about standardised mean differences: which rows a fit takes, how they are read, and their errors."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import BLOCKS, STANDARDISED, load_trials, packaged_trials
from windup.fit.analyses.scoring.scores import points_per_unit
from windup.fit.design.arrays import Design, observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.errors.mixture import added_variance
from windup.fit.problem.model import evaluate_sites, studies_of
from windup.fit.problem.observation import Nuisance, covariance, expect, joint, marginal
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.target import build_target

from ....datasets.tiny import Tables, write_tables
from ...designs import course_of, design_of, nuisance_of, tables_of, trials_of

PACKAGED = {
    "olivan2014/memantine/26/difference_vs_placebo": "duplicates another row",
    "pickering2020/ketamine/5/difference_vs_placebo": "duplicates another row",
    "pickering2020/ketamine_magnesium/5/difference_vs_placebo": "duplicates another row",
    "kuszewski2020/fish_oil_all/16/difference_vs_placebo": "no n",
}
SMD = {"outcome": "difference_vs_placebo", "scale": "sd_units", "value": "-0.5", "sd": "", "n": "80"}


def tables_with(*contrasts: dict[str, str], sd: str = "2", arms: tuple[str, ...] = ("active",)) -> Tables:
    """A placebo-controlled trial with a baseline of each arm, and contrasts at week 8."""
    tables = tables_of({"sd": sd}, *arms, "placebo")
    for arm in tables["dosing.csv"]:
        if arm["arm_id"] == "active":
            arm |= {"drug": "pregabalin", "substance": "pregabalin", "dose_unit": "mg"}
            arm |= {"dose_per_administration": "150", "administrations_per_day": "2"}
    template = dict(tables["observations.csv"][1])
    tables["observations.csv"] = tables["observations.csv"][::2] + [
        template | {"row_id": f"c{n}", "arm_id": arms[0], "reference_arm": "placebo"} | contrast
        for n, contrast in enumerate(contrasts)
    ]
    return tables


def read(design: Design, nuisance: Nuisance):  # type: ignore[no-untyped-def]
    """What is expected where the first arm has a pain of 4 and all others of 6."""
    course = course_of(design)
    return expect(
        design, course._replace(pain=jnp.where(design.visits.arm == design.visits.arm[0], 4.0, 6.0)), nuisance
    )


def parts_of(design: Design, nuisance: Nuisance):  # type: ignore[no-untyped-def]
    (bucket,) = build_buckets(design)
    index = np.zeros((1, design.visits.drug_load.shape[1]), int)
    parts = joint(design, observed_in(design), bucket, read(design, nuisance), nuisance, index)
    return parts, bucket


def at_contrast(design: Design) -> int:
    return design.rows.kind.index("standardised_contrast")


@pytest.mark.parametrize(("sd", "by"), [("1.6", 1.6), ("", 2.5)])
def test_expected_value_is_the_difference_in_points_divided_by_the_sd(
    tmp_path: Path, sd: str, by: float
) -> None:
    design = design_of(tmp_path, tables_with(SMD, sd=sd))
    expected = read(design, nuisance_of(design, drugs=1, placebo_response=0.0))
    np.testing.assert_allclose(expected.mean[at_contrast(design)], (4.0 - 6.0) / by, rtol=1e-12)


def test_loads_and_misfit_are_those_of_a_contrast_divided_by_the_sd(tmp_path: Path) -> None:
    found = []
    for name, contrast in (("sds", SMD), ("points", SMD | {"scale": "NRS_0_10", "value": "-1", "sd": "2"})):
        (tmp_path / name).mkdir()
        design = design_of(tmp_path / name, tables_with(contrast))
        expected = read(design, nuisance_of(design, drugs=1))
        found.append((np.asarray(expected.loads[-1]), float(expected.misfit[-1])))
    np.testing.assert_allclose(found[0][0], found[1][0] / 2.0, rtol=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1] / 4.0, rtol=1e-12)


def test_density_is_that_of_the_row_in_points_where_the_sd_is_reported(tmp_path: Path) -> None:
    densities = {}
    sds, points = {"value": "-0.5", "se": "0.24"}, {"scale": "NRS_0_10", "value": "-1", "se": "0.48"}
    for name, contrast in (("sds", SMD | sds), ("points", SMD | points)):
        (tmp_path / name).mkdir()
        problem = build_problem(
            trials_of(tmp_path / name, tables_with(contrast, sd="2")), model_named("time_course")
        )
        target = build_target(problem)
        _, point = evaluate_sites(problem, target.constrain(jnp.asarray(target.initial)))
        densities[name] = float(problem.errors.log_density(studies_of(problem, point), {}))
    # A density per SD is one per two points.
    assert densities["sds"] == pytest.approx(densities["points"] + np.log(2.0), rel=1e-10)


def test_the_sd_that_a_study_lacks_is_the_one_that_its_means_lack(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_with(SMD, sd=""))
    assert design.dispersions.missing_label == ("alpha/mean",)
    assert list(design.rows.dispersion) == [0, 0, -1]
    assert list(design.rows.latent_divisor) == [-1, -1, 0]


def test_its_error_says_nothing_of_the_sd_in_points(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_with(SMD | {"se": "0.3"}, sd="2"))
    np.testing.assert_allclose(design.dispersions.reported_log, [np.log(2.0)])
    np.testing.assert_allclose(design.rows.divisor, [1.0, 1.0, 2.0])


def test_its_standard_error_is_never_unknown(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_with(SMD, sd=""))
    row = at_contrast(design)
    wanted = np.sqrt(1.0 / 40.0 + 1.0 / 40.0 + 0.25 / 160.0)
    np.testing.assert_allclose(design.rows.standard_error[row], wanted, rtol=1e-12)
    variance = read(design, nuisance_of(design, drugs=1)).variance[row]
    np.testing.assert_allclose(variance, wanted**2, rtol=1e-12)


@pytest.mark.parametrize(("value", "sd"), [("-0.5", "2"), ("-1", "2"), ("-0.5", "")])
def test_a_suspect_row_has_three_points_in_its_sds(tmp_path: Path, value: str, sd: str) -> None:
    design = design_of(tmp_path, tables_with(SMD | {"value": value}, sd=sd))
    nuisance = nuisance_of(design, drugs=1)
    added = added_variance(design, read(design, nuisance), nuisance)
    np.testing.assert_allclose(added[at_contrast(design)], (3.0 / (2.0 if sd else 2.5)) ** 2, rtol=1e-12)


def test_two_that_share_an_arm_correlate_as_contrasts_in_points_do(tmp_path: Path) -> None:
    found = []
    for name, cells in (("sds", SMD | {"value": "0"}), ("points", SMD | {"scale": "NRS_0_10", "sd": "2"})):
        (tmp_path / name).mkdir()
        tables = tables_with(cells, cells | {"arm_id": "other"}, arms=("active", "other"))
        design = design_of(tmp_path / name, tables)
        parts, bucket = parts_of(design, nuisance_of(design, drugs=1, misfit=0.0))
        error = np.asarray(parts.error)[0][bucket.present[0]][:, bucket.present[0]]
        found.append(error / np.sqrt(np.outer(np.diag(error), np.diag(error))))
        assert np.linalg.eigvalsh(np.asarray(covariance(parts))[0]).min() > 0.0
    assert found[0][-1, -2] == pytest.approx(0.5)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_one_beside_means_of_another_visit_has_a_positive_definite_covariance(tmp_path: Path) -> None:
    tables = tables_with(SMD, arms=("active", "other"))
    means = tables["observations.csv"][:3]
    later = [row | {"row_id": row["row_id"] + "l", "time_weeks": "4"} for row in means]
    tables["observations.csv"] += later
    design = design_of(tmp_path, tables)
    nuisance = nuisance_of(design, drugs=1)
    parts, bucket = parts_of(design, nuisance)
    present = bucket.present[0]
    assert np.linalg.eigvalsh(np.asarray(parts.error)[0][np.ix_(present, present)]).min() > 0.0
    assert np.isfinite(marginal(parts, nuisance.degrees_of_freedom).log_density).all()


def test_data_of_it_can_be_drawn_from_the_prior(tmp_path: Path) -> None:
    problem = build_problem(trials_of(tmp_path, tables_with(SMD, sd="")), model_named("time_course"))
    drawn = jax.jit(lambda key: simulate(key, problem))
    rows = np.array([drawn(key).observed.estimate[-1] for key in jax.random.split(jax.random.key(1), 200)])
    assert np.isfinite(rows).all()
    # Relief by some points is relief by about one SD: neither points nor nothing.
    assert 0.3 < rows.std() < 2.0


def test_a_score_brings_it_to_points_by_its_sd(tmp_path: Path) -> None:
    factors = []
    for name, sd in (("reported", "1.6"), ("latent", "")):
        (tmp_path / name).mkdir()
        design = design_of(tmp_path / name, tables_with(SMD, sd=sd))
        factors.append(points_per_unit(design)[at_contrast(design)])
    np.testing.assert_allclose(factors, [1.6, 2.0])


def test_it_is_used_with_its_block_and_left_out_with_its_reason_without(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, tables_with(SMD | {"used": ""}))
    on, off = (
        load_trials(folder, blocks=blocks).observations.set_index("row_id").loc["c0"]
        for blocks in ((STANDARDISED,), tuple(name for name in BLOCKS if name != STANDARDISED))
    )
    assert (bool(on["used"]), on["kind"], on["blocks"]) == (True, "standardised_contrast", STANDARDISED)
    assert (bool(off["used"]), off["reason"]) == (False, "standardised difference")


def test_a_difference_that_a_table_uses_is_left_out_where_its_block_is_off(tmp_path: Path) -> None:
    folder = write_tables(tmp_path, tables_with(SMD))
    row = load_trials(folder, blocks=()).observations.set_index("row_id").loc["c0"]
    assert (bool(row["used"]), row["reason"]) == (False, "standardised difference")


@pytest.mark.parametrize("blocks", [(), (STANDARDISED,), tuple(BLOCKS)])
def test_packaged_differences_are_left_out_with_and_without_the_block(blocks: tuple[str, ...]) -> None:
    rows = packaged_trials(blocks=blocks).observations
    mine = rows[rows["kind"] == "standardised_contrast"].set_index("row_id")
    assert not mine["used"].any()
    assert mine["reason"].to_dict() == PACKAGED
