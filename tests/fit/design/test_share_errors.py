"""Claims about the errors that shares of responders have alone and with other rows of the same people."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from windup.datasets import load_trials
from windup.fit.design.arrays import Design
from windup.fit.design.buckets import Bucket, build_buckets
from windup.fit.design.build import build_design
from windup.fit.design.errors.share_errors import shares_in

from ..designs import design_of, tables_of

SHARES = {"responder_30": "60", "responder_50": "35"}
RHO = 0.6


def share_row(template: dict[str, str], arm: str, outcome: str, week: str, value: str) -> dict[str, str]:
    name = f"{arm}{outcome}{week}"
    cells = {"outcome": outcome, "scale": "percent", "value": value, "sd": "", "arm_id": arm, "row_id": name}
    return {**template, **cells, "time_weeks": week}


def two_arms(folder: Path, values: dict[str, str], weeks: tuple[str, ...] = ("8",)) -> tuple[Design, Bucket]:
    """Means at weeks 0 and 8 of two arms, and shares of responders in the first."""
    tables = tables_of({}, "one", "two")
    template = tables["observations.csv"][-1]
    tables["observations.csv"] += [
        share_row(template, "one", outcome, week, value)
        for week in weeks
        for outcome, value in values.items()
    ]
    design = design_of(folder, tables)
    (bucket,) = build_buckets(design, shares_as_rows=True)
    return design, bucket


def correlation_of(bucket: Bucket, rho: float) -> Any:
    """Correlation of the errors of a bucket's rows."""
    opposed = np.sqrt((1.0 - rho) / 2.0) * bucket.opposed
    whole = rho * bucket.same - opposed + bucket.fixed + np.eye(bucket.row.shape[1])
    return whole if bucket.shares is None else whole + np.asarray(bucket.shares.correlation(jnp.asarray(rho)))


def test_shares_are_rows_only_where_that_is_asked_for(tmp_path: Path) -> None:
    design, bucket = two_arms(tmp_path, SHARES)
    assert bucket.responder.shape[1] == 0
    assert bucket.present.sum() == 6
    (apart,) = build_buckets(design)
    assert apart.shares is None
    assert apart.present.sum() == 4
    assert apart.responds.sum() == 2


@pytest.mark.parametrize("rho", [0.2, 0.6, 0.9])
def test_correlations_are_those_of_simulated_normal_people(tmp_path: Path, rho: float) -> None:
    """Of people with pain at baseline and later, responding by cuts of y - 0.6 y_0."""
    design, bucket = two_arms(tmp_path, SHARES)
    shares = shares_in(design)
    rng = np.random.default_rng(0)
    pain = rng.multivariate_normal(np.zeros(2), [[1.0, rho], [rho, 1.0]], size=4_000_000)
    cut = pain[:, 1] - 0.6 * pain[:, 0]
    cut /= np.sqrt(1.0 + 0.36 - 1.2 * rho)
    responds = [(cut < score).astype(float) for score in shares.score]
    expected = np.corrcoef([pain[:, 0], pain[:, 1], *responds])
    place = [int(np.flatnonzero(bucket.row[0] == row)[0]) for row in (0, 1, *shares.row)]
    found = correlation_of(bucket, rho)[0][np.ix_(place, place)]
    np.testing.assert_allclose(found, expected, atol=0.003)


def test_share_correlates_with_a_change_as_in_simulated_people(tmp_path: Path) -> None:
    tables = tables_of({}, "one")
    template = tables["observations.csv"][-1]
    change = {"outcome": "pain_intensity_change", "value": "-2", "time_weeks": "8", "baseline_week": "0"}
    later = {**change, "time_weeks": "4"}
    template = {**template, "baseline_week": ""}
    tables["observations.csv"] = [
        {**template, **later, "row_id": "change4"},
        {**template, **change, "row_id": "change8"},
        share_row(template, "one", "responder_50", "8", "40"),
    ]
    design = design_of(tmp_path, tables)
    (bucket,) = build_buckets(design, shares_as_rows=True)
    (slope,), (score,) = shares_in(design).slope, shares_in(design).score
    covariance = RHO + (1.0 - RHO) * np.eye(3)
    pain = np.random.default_rng(0).multivariate_normal(np.zeros(3), covariance, size=4_000_000)
    cut = (pain[:, 2] - 0.6 * pain[:, 0]) / np.sqrt(1.0 + 0.36 - 1.2 * RHO)
    expected = np.corrcoef([pain[:, 1] - pain[:, 0], pain[:, 2] - pain[:, 0], (cut < score).astype(float)])
    np.testing.assert_allclose(correlation_of(bucket, RHO)[0][:3, :3], expected, atol=0.003)
    assert 0.0 < slope < np.sqrt(2.0 / np.pi) + 1e-12


def test_nobody_between_two_cuts_leaves_their_difference_its_error(tmp_path: Path) -> None:
    """As in people of whom 20 % are expected between the cuts, not as in those who were seen there."""
    design, bucket = two_arms(tmp_path, dict.fromkeys(SHARES, "50"))
    shares = shares_in(design)
    place = [int(np.flatnonzero(bucket.row[0] == row)[0]) for row in shares.row]
    correlation = correlation_of(bucket, RHO)[0][place[0], place[1]]
    found = 2.0 * shares.variance[0] * (1.0 - correlation)
    between = stats.norm.cdf(0.6 / 2.2) - stats.norm.cdf(-0.6 / 2.2)
    expected = between * (1.0 - between) / shares.n[0] / stats.norm.pdf(0.0) ** 2
    assert found == pytest.approx(expected, rel=0.1)


def test_people_of_another_arm_share_nothing(tmp_path: Path) -> None:
    design, bucket = two_arms(tmp_path, SHARES)
    arm = design.visits.arm[design.rows.visits[bucket.row[0], 0]]
    apart = arm[:, None] != arm[None, :]
    np.testing.assert_array_equal(correlation_of(bucket, RHO)[0][apart], 0.0)


@pytest.mark.parametrize("values", [("99", "1"), ("40", "40"), ("100", "100"), ("0", "0"), ("55", "54")])
@pytest.mark.parametrize("rho", [0.01, 0.5, 0.99])
def test_correlation_is_positive_definite_whatever_the_shares(
    tmp_path: Path, values: tuple[str, str], rho: float
) -> None:
    weeks = ("4", "8", "12")
    _, bucket = two_arms(tmp_path, dict(zip(SHARES, values, strict=True)), weeks)
    assert bucket.present.sum() == 10
    assert np.linalg.eigvalsh(correlation_of(bucket, rho)[0]).min() > 1e-3


@pytest.mark.parametrize("rho", [0.02, 0.3, 0.6, 0.95])
def test_every_packaged_study_with_its_shares_has_a_positive_definite_correlation(rho: float) -> None:
    design = build_design(load_trials())
    for bucket in build_buckets(design, shares_as_rows=True):
        whole = correlation_of(bucket, rho)
        np.testing.assert_array_equal(whole, whole.swapaxes(1, 2))
        assert np.linalg.eigvalsh(whole).min() > 0.01


@pytest.mark.parametrize(("n", "largest"), [(20, 0.38), (50, 0.26), (150, 0.14)])
def test_normal_score_gives_about_the_posterior_of_the_binomial(n: int, largest: float) -> None:
    """One share, expected score with a normal prior of SD 0.5 around the true one; in posterior SDs."""
    grid = np.linspace(-5.0, 5.0, 4001)
    worst = 0.0
    for truth in (-1.0, -0.5, 0.0, 0.5):
        prior = stats.norm.logpdf(grid, truth, 0.5)
        for x in stats.binom.ppf((0.05, 0.5, 0.95), n, stats.norm.cdf(truth)):
            r = (x + 0.5) / (n + 1.0)
            z = stats.norm.ppf(r)
            deviation = np.sqrt(r * (1.0 - r) / n) / stats.norm.pdf(z)
            exact = prior + stats.binom.logpmf(x, n, stats.norm.cdf(grid))
            means = []
            for log_density in (exact, prior + stats.norm.logpdf(z, grid, deviation)):
                density = np.exp(log_density - log_density.max())
                total = integrate.simpson(density, grid)
                mean = integrate.simpson(grid * density, grid) / total
                spread = np.sqrt(integrate.simpson((grid - mean) ** 2 * density, grid) / total)
                means.append((mean, spread))
            worst = max(worst, abs(means[1][0] - means[0][0]) / means[0][1])
    assert worst < largest


@pytest.mark.parametrize("seed", range(12))
def test_shares_keep_the_correlation_of_any_pattern_of_rows_positive_definite(
    tmp_path: Path, seed: int
) -> None:
    """Random means or changes at random visits of two arms, with random shares beside them."""
    rng = np.random.default_rng(seed)
    tables = tables_of({}, "one", "two", study={"crossover": "yes"} if seed % 3 == 0 else None)
    template, rows = {**tables["observations.csv"][-1], "baseline_week": ""}, list[dict[str, str]]()
    change = {"outcome": "pain_intensity_change", "value": "-2", "baseline_week": "0"}
    for arm in ("one", "two"):
        kind = change if rng.uniform() < 0.5 else {}
        rows += [
            {**template, **kind, "arm_id": arm, "time_weeks": week, "row_id": f"{arm}{week}"}
            for week in rng.choice(["4", "8", "12"], size=rng.integers(1, 4), replace=False)
        ]
        if rng.uniform() < 0.5:
            rows.append({**template, "arm_id": arm, "time_weeks": "0", "row_id": f"{arm}0"})
        rows += [
            share_row(template, arm, outcome, week, str(rng.integers(0, 101)))
            for week in rng.choice(["4", "8", "12"], size=rng.integers(1, 4), replace=False)
            for outcome in rng.choice([*SHARES], size=rng.integers(1, 3), replace=False)
        ]
    design = design_of(tmp_path, {**tables, "observations.csv": rows})
    (bucket,) = build_buckets(design, shares_as_rows=True)
    assert bucket.shares is not None
    for rho in (0.02, 0.4, 0.9):
        whole = correlation_of(bucket, rho)[0]
        others = bucket.shares.slope[0] == 1.0
        without = np.linalg.eigvalsh(whole[np.ix_(others, others)]).min()
        assert np.linalg.eigvalsh(whole).min() > 1e-3 * min(without, 1.0) > 0.0
