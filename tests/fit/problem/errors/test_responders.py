"""Claims about shares of responders: their probability, their density, and effects given them."""

from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from windup.fit.design.arrays import Design, observed_in
from windup.fit.design.buckets import Bucket, build_buckets
from windup.fit.problem.errors.responders import given_shares, responder_log_likelihood, responder_score
from windup.fit.problem.observation import Expected, Nuisance, expect, joint, marginal

from ...designs import course_of, design_of, nuisance_of, tables_of
from ..onset import onset
from ..studies import COLUMNS


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
    parts = joint(design, observed, bucket, expected, nuisance, np.zeros((1, COLUMNS - 4), int))
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
