"""Claims about the observation model against closed forms."""

from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.datasets import load_trials
from windup.fit.design.arrays import Design, observed_in
from windup.fit.design.buckets import Bucket, build_buckets
from windup.fit.design.build import build_design
from windup.fit.problem.observation import (
    COLUMNS,
    Expected,
    Joint,
    Nuisance,
    covariance,
    expect,
    given_shares,
    joint,
    marginal,
    responder_log_likelihood,
    responder_score,
)
from windup.fit.problem.row_given_others import given_effects, given_rows

from ..designs import course_of, design_of, nuisance_of, tables_of

DEGREES = 4.5


def problem(seed: int, studies: int = 3, rows: int = 5) -> Joint:
    """Random studies with random effects and errors."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(studies, rows, rows))
    return Joint(
        residual=jnp.asarray(rng.normal(size=(studies, rows))),
        loads=jnp.asarray(rng.normal(size=(studies, rows, COLUMNS))),
        error=jnp.asarray(root @ root.swapaxes(1, 2) + 0.3 * np.eye(rows)),
        spread=jnp.asarray(rng.uniform(0.2, 1.5, size=(studies, COLUMNS))),
        count=jnp.full(studies, float(rows)),
    )


def written_out(parts: Joint, study: int) -> np.ndarray:
    """Covariance of a study's rows, written out: Z Ω Zᵀ + R."""
    loads, spread = np.asarray(parts.loads[study]), np.asarray(parts.spread[study])
    return np.asarray(loads @ np.diag(spread**2) @ loads.T + np.asarray(parts.error[study]))


def student(parts: Joint, study: int, shape: np.ndarray) -> float:
    zeros = np.zeros(len(shape))
    return float(stats.multivariate_t(zeros, shape, df=DEGREES).logpdf(np.asarray(parts.residual[study])))


def padded(parts: Joint, extra: int) -> Joint:
    """The same studies with rows that are not there, as a bucket writes them."""
    studies, rows = parts.residual.shape
    error = np.tile(np.eye(rows + extra), (studies, 1, 1))
    error[:, :rows, :rows] = parts.error
    return parts._replace(
        residual=jnp.pad(parts.residual, ((0, 0), (0, extra))),
        loads=jnp.pad(parts.loads, ((0, 0), (0, extra), (0, 0))),
        error=jnp.asarray(error),
    )


def test_scale_matrix_of_each_study_is_that_of_its_effects_and_errors() -> None:
    parts = problem(0)
    np.testing.assert_allclose(covariance(parts), [written_out(parts, study) for study in range(3)])


@pytest.mark.parametrize("seed", range(4))
def test_density_of_the_rows_is_that_of_a_multivariate_student_t(seed: int) -> None:
    parts = problem(seed)
    found = marginal(parts, jnp.asarray(DEGREES)).log_density
    np.testing.assert_allclose(found, [student(parts, s, written_out(parts, s)) for s in range(3)])


def test_density_tells_a_wrong_covariance_apart() -> None:
    parts = problem(0)
    found = float(marginal(parts, jnp.asarray(DEGREES)).log_density[0])
    independent = np.diag(np.diag(written_out(parts, 0)))
    assert abs(found - student(parts, 0, independent)) > 0.1
    without_effects = np.asarray(parts.error[0])
    assert abs(found - student(parts, 0, without_effects)) > 0.1


@pytest.mark.parametrize("seed", range(4))
def test_effects_given_the_rows_are_the_conditional_normal(seed: int) -> None:
    parts = problem(seed)
    found = marginal(parts, jnp.asarray(DEGREES))
    for s in range(3):
        loads, between = np.asarray(parts.loads[s]), np.diag(np.asarray(parts.spread[s]) ** 2)
        gain = between @ loads.T @ np.linalg.inv(written_out(parts, s))
        np.testing.assert_allclose(found.effects[s], gain @ np.asarray(parts.residual[s]), atol=1e-10)
        root = np.asarray(found.effects_root[s])
        np.testing.assert_allclose(root @ root.T, between - gain @ loads @ between, atol=1e-9)


def test_distance_is_that_of_mahalanobis() -> None:
    parts = problem(1)
    residual = np.asarray(parts.residual[0])
    expected = residual @ np.linalg.solve(written_out(parts, 0), residual)
    assert float(marginal(parts, jnp.asarray(DEGREES)).distance[0]) == pytest.approx(expected)


def test_padding_changes_neither_density_nor_effects() -> None:
    parts = problem(2)
    plain, wide = (marginal(p, jnp.asarray(DEGREES)) for p in (parts, padded(parts, 3)))
    np.testing.assert_allclose(wide.log_density, plain.log_density)
    np.testing.assert_allclose(wide.effects, plain.effects, atol=1e-12)
    np.testing.assert_allclose(wide.effects_root, plain.effects_root, atol=1e-12)


@pytest.mark.parametrize("extra", [0, 2])
@pytest.mark.parametrize("row", range(5))
def test_row_given_the_others_is_the_ratio_of_two_densities(row: int, extra: int) -> None:
    parts = padded(problem(3), extra)
    found, _, _ = given_rows(parts, marginal(parts, jnp.asarray(DEGREES)), jnp.asarray(DEGREES))
    bare = problem(3)
    for s in range(3):
        shape, residual = written_out(bare, s), np.asarray(bare.residual[s])
        kept = np.delete(np.arange(5), row)
        others = stats.multivariate_t(np.zeros(4), shape[np.ix_(kept, kept)], df=DEGREES)
        expected = student(bare, s, shape) - others.logpdf(residual[kept])
        assert float(found[s, row]) == pytest.approx(expected)


@pytest.mark.parametrize("row", range(5))
def test_score_of_a_row_given_the_others_is_its_standardised_residual(row: int) -> None:
    parts = problem(3)
    _, score, degrees = given_rows(parts, marginal(parts, jnp.asarray(DEGREES)), jnp.asarray(DEGREES))
    for s in range(3):
        shape, residual = written_out(parts, s), np.asarray(parts.residual[s])
        kept = np.delete(np.arange(5), row)
        inner = np.linalg.inv(shape[np.ix_(kept, kept)])
        gain = shape[row, kept] @ inner
        left = shape[row, row] - gain @ shape[kept, row]
        # Ding 2016: location and scale of a Student t given a part of it.
        widened = left * (DEGREES + residual[kept] @ inner @ residual[kept]) / (DEGREES + 4)
        expected = (residual[row] - gain @ residual[kept]) / np.sqrt(widened)
        assert float(score[s, row]) == pytest.approx(expected)
        assert float(degrees[s, row]) == DEGREES + 4


@pytest.mark.parametrize("row", range(5))
def test_row_given_the_others_and_the_effects_is_normal(row: int) -> None:
    parts, scale = problem(4), np.array([0.5, 1.0, 2.0])
    effects = np.random.default_rng(0).normal(size=(3, COLUMNS))
    found, score, degrees = given_effects(parts, jnp.asarray(effects), jnp.asarray(scale))
    for s in range(3):
        shape = scale[s] ** 2 * np.asarray(parts.error[s])
        residual = np.asarray(parts.residual[s]) - np.asarray(parts.loads[s]) @ effects[s]
        kept = np.delete(np.arange(5), row)
        gain = shape[row, kept] @ np.linalg.inv(shape[np.ix_(kept, kept)])
        deviation = np.sqrt(shape[row, row] - gain @ shape[kept, row])
        expected = (residual[row] - gain @ residual[kept]) / deviation
        assert float(score[s, row]) == pytest.approx(expected)
        assert float(found[s, row]) == pytest.approx(stats.norm.logpdf(expected) - np.log(deviation))
        assert np.isinf(degrees[s, row])


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.6, 0.95])
def test_errors_of_every_packaged_study_have_a_positive_definite_correlation(rho: float) -> None:
    for bucket in build_buckets(build_design(load_trials())):
        identity = np.eye(bucket.row.shape[1])
        opposed = np.sqrt((1.0 - rho) / 2.0) * bucket.opposed
        correlation = rho * bucket.same - opposed + bucket.half + identity
        np.testing.assert_array_equal(correlation, correlation.swapaxes(1, 2))
        assert np.linalg.eigvalsh(correlation).min() > 0.01


def test_error_of_two_visits_of_the_same_patients_correlates_as_stated(tmp_path: Path) -> None:
    design = design_of(tmp_path, tables_of({}, "one", "two"))
    nuisance = nuisance_of(design, misfit=0.0)
    (bucket,) = build_buckets(design)
    index = np.zeros((1, 3), int)
    expected = expect(design, course_of(design), nuisance)
    parts = joint(design, observed_in(design), bucket, expected, nuisance, index)
    error = np.asarray(parts.error[0])
    correlation = error / np.sqrt(np.outer(np.diag(error), np.diag(error)))
    expected = np.kron(np.eye(2), [[1.0, 0.6], [0.6, 1.0]])
    np.testing.assert_allclose(correlation, expected, atol=1e-12)


def rows_of(tmp_path: Path, *arms: str, drug: str = "placebo", **row: str) -> Expected:
    """Expectation of rows at week 8 of a course in which pain stays at 6."""
    tables = tables_of(row, *arms)
    for dose in tables["dosing.csv"]:
        dose |= {"drug": drug, "substance": drug}
    tables["observations.csv"] = [line for line in tables["observations.csv"] if line["time_weeks"] == "8"]
    design = design_of(tmp_path, tables)
    return expect(design, course_of(design), nuisance_of(design))


def onset(weeks: float) -> float:
    return float(1.0 - np.exp(-7.0 * weeks / 14.0))


def test_placebo_lowers_pain_with_its_time_constant(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one")
    assert float(expected.mean[0]) == pytest.approx(6.0 - 1.2 * onset(8.0))


def test_people_who_know_they_get_nothing_have_a_share_of_the_placebo_response(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", drug="none")
    assert float(expected.mean[0]) == pytest.approx(6.0 - 0.5 * 1.2 * onset(8.0))


def test_placebo_deviation_of_a_study_loads_as_the_response_does(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one")
    np.testing.assert_allclose(expected.loads[0], [-onset(8.0), 0.0, 0.0, 0.0, 1.0, 0.0])


def test_drug_deviation_of_a_study_loads_with_its_build_up(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", drug="pregabalin")
    np.testing.assert_allclose(expected.loads[0], [-onset(8.0), onset(8.0), 0.0, 0.0, 1.0, 0.0])


def test_change_is_the_fall_from_baseline(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="pain_intensity_change")
    assert float(expected.mean[0]) == pytest.approx(-1.2 * onset(8.0))


def test_percent_change_is_that_of_the_baseline(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="pain_intensity_change", scale="percent")
    assert float(expected.mean[0]) == pytest.approx(100.0 * -1.2 * onset(8.0) / 6.0)


def test_offset_of_a_study_cancels_in_a_change(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="pain_intensity_change")
    np.testing.assert_allclose(expected.loads[0], [-onset(8.0), 0.0, 0.0, 0.0, 0.0, 0.0], atol=1e-12)


def test_serum_magnesium_carries_the_assay_alone(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", outcome="serum_mg", scale="mmol_per_L", value="0.8", sd="0.1")
    assert float(expected.mean[0]) == pytest.approx(0.85)
    np.testing.assert_allclose(expected.loads[0], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


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
    np.testing.assert_allclose(expected.loads[0], [0.0, onset(8.0), 0.0, 0.0, 0.0, 0.0], atol=1e-12)


def test_missing_dispersion_takes_the_latent_one(tmp_path: Path) -> None:
    expected = rows_of(tmp_path, "one", sd="", n="25")
    assert float(expected.variance[0]) == pytest.approx((2.5 / 5.0) ** 2)


class Responders(NamedTuple):
    """A study with one row, a share of responders, and flat pain but for its placebo response."""

    design: Design
    bucket: Bucket
    nuisance: Nuisance
    expected: Expected


def responders(tmp_path: Path, outcome: str = "responder_50", *, n: str = "50") -> Responders:
    """Study with 40 % responders."""
    row = {"outcome": outcome, "scale": "percent", "value": "40", "sd": "", "n": n}
    tables = tables_of(row, "one")
    tables["observations.csv"] = tables["observations.csv"][1:]
    design = design_of(tmp_path, tables)
    (bucket,) = build_buckets(design)
    nuisance = nuisance_of(design)
    return Responders(design, bucket, nuisance, expect(design, course_of(design), nuisance))


def likelihood_of(study: Responders) -> tuple[float, float]:
    """Probability to respond, and log-likelihood, with a study effect of 0.3 points."""
    effects = jnp.zeros((1, COLUMNS)).at[0, 0].set(0.3)
    about = study.bucket, study.expected, effects, study.nuisance.individual_spread
    share = float(stats.norm.cdf(responder_score(study.design, *about)[0, 0]))
    return share, float(responder_log_likelihood(study.design, observed_in(study.design), *about)[0, 0])


@pytest.mark.parametrize(("outcome", "kept"), [("responder_30", 0.7), ("responder_50", 0.5)])
def test_share_of_responders_is_that_of_a_normal_fall_of_pain(
    tmp_path: Path, outcome: str, kept: float
) -> None:
    share, _ = likelihood_of(responders(tmp_path, outcome))
    now = 6.0 - (1.2 + 0.3) * onset(8.0)
    assert share == pytest.approx(stats.norm.cdf(-(now - kept * 6.0) / 2.2))


def test_responders_are_binomial(tmp_path: Path) -> None:
    share, likelihood = likelihood_of(responders(tmp_path))
    assert likelihood == pytest.approx(stats.binom.logpmf(20, 50, share))


def test_study_with_responders_alone_has_a_density_of_1_for_its_rows(tmp_path: Path) -> None:
    assert responders(tmp_path).bucket.present.sum() == 0


def given(tmp_path: Path, z: np.ndarray, n: str = "50") -> tuple[np.ndarray, float, float]:
    """Whitened effects and log determinant for ``z``, and the share that these effects predict."""
    design, bucket, nuisance, expected = responders(tmp_path, n=n)
    observed = observed_in(design)
    parts = joint(design, observed, bucket, expected, nuisance, np.zeros((1, COLUMNS - 3), int))
    rows = marginal(parts, nuisance.degrees_of_freedom)
    spread = nuisance.individual_spread
    about = bucket, expected, rows, jnp.ones(1), spread, jnp.asarray(z)[None]
    w, log_det = given_shares(design, observed, *about)
    effects = rows.effects + jnp.einsum("scd,sd->sc", rows.effects_root, w)
    score = responder_score(design, bucket, expected, effects, spread)
    return np.asarray(w)[0], float(log_det[0]), float(stats.norm.cdf(score[0, 0]))


def test_coordinates_of_effects_given_shares_have_the_log_determinant_of_their_map(tmp_path: Path) -> None:
    centre, log_det, _ = given(tmp_path, np.zeros(COLUMNS))
    jacobian = np.stack([given(tmp_path, row)[0] - centre for row in np.eye(COLUMNS)])
    assert np.linalg.slogdet(jacobian).logabsdet == pytest.approx(log_det)


def test_effects_at_the_centre_of_their_coordinates_predict_a_share_of_a_large_trial(tmp_path: Path) -> None:
    _, _, share = given(tmp_path, np.zeros(COLUMNS), n="100000")
    assert share == pytest.approx(0.4, abs=0.005)


def test_share_of_a_tiny_trial_leaves_the_effects_near_their_prior(tmp_path: Path) -> None:
    few, _, _ = given(tmp_path, np.zeros(COLUMNS), n="5")
    many, _, _ = given(tmp_path, np.zeros(COLUMNS), n="100000")
    assert np.linalg.norm(few) < np.linalg.norm(many)
