"""Claims about shares of people at a limit where an arm is one patient: their score, density and errors."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.fit.design.arrays import observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.design.errors.share_errors import shares_in
from windup.fit.problem.build import build_problem, model_named
from windup.fit.problem.errors.mixture import Mixture
from windup.fit.problem.errors.responders import given_shares, responder_log_likelihood, responder_score
from windup.fit.problem.errors.share_rows import published_shares, scored, with_shares
from windup.fit.problem.observation import expect, joint, marginal
from windup.fit.problem.people.levels import Levels, score_above
from windup.fit.problem.target import build_target

from ....datasets.tiny import Tables
from ...designs import course_of, design_of, nuisance_of, tables_of, trials_of
from ..onset import onset
from ..studies import COLUMNS

SD = 1.9
# Of an arm that falls from 6 points by the placebo response of 1.2.
NOW = 6.0 - 1.2 * onset(8.0)


def limited(*arms: str, sd: str = str(SD), **cells: str) -> Tables:
    """Arms with their baseline and, in week 8, 30 % at 4 points or above on a scale without steps."""
    tables = tables_of({"sd": sd, "n": "50"}, *arms)
    for row in tables["observations.csv"]:
        row["limit"] = ""
        if row["time_weeks"] == "8":
            row |= {"outcome": "share_at_least", "scale": "VAS_0_10", "value": "30", "sd": "", "limit": "4"}
            row |= cells
    return tables


@pytest.mark.parametrize(
    ("scale", "outcome", "cut"), [("VAS_0_10", "share_above", 4.0), ("NRS_0_10", "share_at_least", 3.5)]
)
def test_share_of_one_patient_is_the_tail_of_a_normal_with_the_sd_that_the_study_prints(
    tmp_path: Path, scale: str, outcome: str, cut: float
) -> None:
    design = design_of(tmp_path, limited("one", scale=scale, outcome=outcome))
    nuisance = nuisance_of(design)
    expected = with_shares(design, expect(design, course_of(design), nuisance), nuisance)
    share = stats.norm.cdf(float(expected.mean[1]))
    assert share == pytest.approx(stats.norm.sf(cut, NOW, SD))
    assert float(expected.misfit[1]) == pytest.approx((0.15 / SD) ** 2)
    # A point more of the placebo response is so much less of the score.
    assert float(expected.loads[1, 0]) == pytest.approx(-onset(8.0) / SD)
    assert float(expected.variance[1]) == pytest.approx(shares_in(design).variance[0])


def test_a_study_that_prints_no_sd_has_the_latent_one(tmp_path: Path) -> None:
    design = design_of(tmp_path, limited("one", sd=""))
    assert design.dispersions.missing_label == ("alpha/mean",)
    nuisance = nuisance_of(design)
    expected = with_shares(design, expect(design, course_of(design), nuisance), nuisance)
    assert float(expected.mean[1]) == pytest.approx((NOW - 4.0) / 2.5)


def test_share_is_that_of_a_mixture_moved_by_its_mean() -> None:
    weight, pain, sd = np.array([[0.2, 0.8]]), np.array([[6.0, 0.5]]), np.array([[1.5, 1.0]])
    levels = Levels(jnp.asarray(weight), jnp.asarray(pain), jnp.asarray(sd))
    mean = float(np.sum(weight * pain)) - 0.3
    score, slope = score_above(levels, jnp.array([mean]), jnp.array([3.0]))
    assert stats.norm.cdf(float(score[0])) == pytest.approx(
        np.sum(weight * stats.norm.sf(3.0, pain - 0.3, sd))
    )
    by_gradient = jax.grad(lambda at: score_above(levels, at[None], jnp.array([3.0]))[0][0])(
        jnp.asarray(mean)
    )
    assert float(slope[0]) == pytest.approx(float(by_gradient))


def test_scores_far_from_the_limit_are_numbers_with_slopes() -> None:
    levels = Levels(jnp.ones((2, 1)), jnp.zeros((2, 1)), jnp.ones((2, 1)))
    score, slope = score_above(levels, jnp.array([7.0, -7.0]), jnp.zeros(2))
    np.testing.assert_allclose(score, [7.0, -7.0], rtol=1e-6)
    np.testing.assert_allclose(slope, 1.0, rtol=1e-5)


def test_binomial_shares_read_the_same_probability_with_the_effects_of_the_study(tmp_path: Path) -> None:
    design = design_of(tmp_path, limited("one"))
    (bucket,) = build_buckets(design)
    nuisance, observed = nuisance_of(design), observed_in(design)
    expected = expect(design, course_of(design), nuisance)
    effects = jnp.zeros((1, COLUMNS)).at[0, 0].set(0.3)
    about = bucket, expected, effects, nuisance.individual_spread
    share = stats.norm.cdf(float(responder_score(design, *about)[0, 0]))
    assert share == pytest.approx(stats.norm.sf(4.0, NOW - 0.3 * onset(8.0), SD))
    found = float(responder_log_likelihood(design, observed, *about)[0, 0])
    assert found == pytest.approx(stats.binom.logpmf(15, 50, share))
    # Coordinates of effects given shares: their log determinant is that of the map.
    parts = joint(design, observed, bucket, expected, nuisance, np.zeros((1, COLUMNS - 4), int))
    rows = marginal(parts, nuisance.degrees_of_freedom)

    def of(z: np.ndarray) -> tuple[np.ndarray, float]:
        given = given_shares(
            design,
            observed,
            bucket,
            expected,
            rows,
            jnp.ones(1),
            nuisance.individual_spread,
            jnp.asarray(z)[None],
        )
        return np.asarray(given[0])[0], float(given[1][0])

    centre, log_det = of(np.zeros(COLUMNS))
    jacobian = np.stack([of(row)[0] - centre for row in np.eye(COLUMNS)])
    assert np.linalg.slogdet(jacobian).logabsdet == pytest.approx(log_det)


def test_errors_rise_with_the_mean_and_fall_against_responders_of_the_same_people(tmp_path: Path) -> None:
    tables = limited("one")
    share = tables["observations.csv"][-1]
    plain = {"sd": str(SD), "limit": "", "scale": "NRS_0_10"}
    tables["observations.csv"] += [
        {**share, **plain, "row_id": "mean", "outcome": "pain_intensity", "value": "4"},
        {**share, "row_id": "halved", "outcome": "responder_50", "scale": "percent", "limit": ""},
        {**share, "row_id": "higher", "limit": "6", "value": "10"},
    ]
    design = design_of(tmp_path, tables)
    (bucket,) = build_buckets(design, shares_as_rows=True)
    assert bucket.shares is not None
    correlation = np.asarray(bucket.shares.correlation(0.5))[0]
    row = {name: int(at) for at, name in enumerate(design.table["row_id"])}
    limit, mean, halved, higher = row["one8"], row["mean"], row["halved"], row["higher"]
    score = stats.norm.ppf((0.3 * 50 + 0.5) / 51.0)
    slope = stats.norm.pdf(score) / np.sqrt(stats.norm.cdf(score) * stats.norm.sf(score))
    # A cut of the same visit: minus Stein's slope, of the other sign.
    assert correlation[limit, mean] == pytest.approx(slope)
    assert correlation[limit, halved] < 0.0
    # Those with 6 points are among those with 4.
    assert 0.3 < correlation[limit, higher] < 1.0
    assert bucket.misfit[0, limit, halved] == -1.0
    assert bucket.misfit[0, limit, higher] == 1.0
    whole = 0.5 * bucket.same[0] - 0.5 * bucket.opposed[0] + bucket.fixed[0] + correlation + np.eye(len(row))
    assert np.linalg.eigvalsh(whole).min() > 0.0


def test_scores_and_shares_at_a_limit_are_inverse_to_each_other(tmp_path: Path) -> None:
    design = design_of(tmp_path, limited("one"))
    score = scored(design, observed_in(design)).estimate
    np.testing.assert_allclose(published_shares(design, jnp.asarray(score)), design.rows.estimate)


def density_at_medians(folder: Path, tables: Tables) -> float:
    folder.mkdir()
    problem = build_problem(trials_of(folder, tables), model_named("placebo_only"), errors=Mixture())
    target = build_target(problem)
    data = (jax.tree.map(jnp.asarray, problem.observed),)
    return float(jax.jit(target.potential)(jnp.asarray(target.initial), data))


def test_density_depends_neither_on_the_order_of_rows_nor_on_the_unit_of_the_limit(tmp_path: Path) -> None:
    tables = limited("one", "two")
    in_millimetres = limited("one", "two", scale="VAS_0_100", limit="40")
    shuffled = {**in_millimetres, "observations.csv": in_millimetres["observations.csv"][::-1]}
    found = [density_at_medians(tmp_path / name, each) for name, each in (("a", tables), ("b", shuffled))]
    assert found[1] == pytest.approx(found[0], rel=1e-10)
