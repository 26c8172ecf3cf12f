"""Shares of people as binomial rows: their density, and the effects of their study given them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import gammaln, log_ndtr
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from windup.fit.design.arrays import LARGEST_KEPT_SHARE, Design, Observed
from windup.fit.design.buckets import Bucket
from windup.fit.problem.observation import Expected, Marginal
from windup.fit.problem.people.levels import limit_numbers, score_above


def responder_log_likelihood(
    design: Design,
    observed: Observed,
    bucket: Bucket,
    expected: Expected,
    effects: Float[Array, "studies columns"],
    spread: Array,
) -> Float[Array, "studies responders"]:
    """Binomial log-likelihood of responder shares given the study's effects (0 for padding)."""
    score = responder_score(design, bucket, expected, effects, spread)
    n = np.where(bucket.responds, design.rows.n[bucket.responder], 1.0)
    successes = jnp.round(observed.estimate[bucket.responder] * n)
    constant = gammaln(n + 1.0) - gammaln(successes + 1.0) - gammaln(n - successes + 1.0)
    log_share = successes * log_ndtr(score) + (n - successes) * log_ndtr(-score)
    return jnp.where(bucket.responds, constant + log_share, 0.0)


def given_shares(
    design: Design,
    observed: Observed,
    bucket: Bucket,
    expected: Expected,
    rows: Marginal,
    scale: Float[Array, " studies"],
    spread: Array,
    z: Float[Array, "studies columns"],
) -> tuple[Float[Array, "studies columns"], Float[Array, " studies"]]:
    r"""Whitened effects :math:`w` of studies with responder shares from standard normal ``z``.

    The shares say much about the effects of a study. So that ``z`` stays close to independent of everything
    else, each share :math:`r` enters here as a normal observation :math:`\Phi^{-1}(r)` of its score with
    variance :math:`r (1 - r) / (n \phi^2)`, and :math:`w = m + L^{-T} z` with the mean and precision
    :math:`L L^T` that follow. The density still uses the binomial; this changes coordinates only.

    Returns
    -------
    tuple
        ``w``, and the log determinant of its map from ``z``.
    """
    loads = expected.visit_loads[design.rows.visits[bucket.responder][..., :2]]
    by_effect = -(loads[..., 0, :] - _kept(design, bucket)[..., None] * loads[..., 1, :]) / spread
    at = limit_numbers(design)[bucket.responder]
    if np.any(at >= 0):
        _, steep = _at_limits(design, bucket, expected, _pain_at(design, bucket, expected, rows.effects))
        by_effect = jnp.where((at >= 0)[..., None], loads[..., 0, :] * steep[..., None], by_effect)
    slope = jnp.einsum("src,scd->srd", by_effect, rows.effects_root) * scale[:, None, None]
    centre = responder_score(design, bucket, expected, rows.effects, spread)
    n = np.where(bucket.responds, design.rows.n[bucket.responder], 1.0)
    share = (jnp.round(observed.estimate[bucket.responder] * n) + 0.5) / (n + 1.0)
    share = jnp.where(bucket.responds, share, 0.5)
    score = norm.ppf(share)
    precision = jnp.where(bucket.responds, n * norm.pdf(score) ** 2 / (share * (1.0 - share)), 0.0)
    weighted = slope * precision[..., None]
    root = jnp.linalg.cholesky(jnp.eye(z.shape[1]) + jnp.einsum("src,srd->scd", weighted, slope))
    pull = jnp.einsum("src,sr->sc", weighted, score - centre)[..., None]
    solved = solve_triangular(root, pull, lower=True) + z[..., None]
    w = solve_triangular(root, solved, lower=True, trans=1)[..., 0]
    return w, -jnp.sum(jnp.log(jnp.diagonal(root, axis1=1, axis2=2)), axis=1)


def _kept(design: Design, bucket: Bucket) -> Float[np.ndarray, "studies responders"]:
    """Share of the baseline pain that a responder keeps at most; 1 where the bucket is padded."""
    of_rows = np.array([LARGEST_KEPT_SHARE.get(kind, 1.0) for kind in design.rows.kind])
    shares: Float[np.ndarray, "studies responders"] = of_rows[bucket.responder]
    return shares


def responder_score(
    design: Design,
    bucket: Bucket,
    expected: Expected,
    effects: Float[Array, "studies columns"],
    spread: Array,
) -> Float[Array, "studies responders"]:
    r"""Standard normal score of the share that responds.

    A patient responds when pain has fallen by the threshold :math:`q`, :math:`y_t - (1 - q) y_0 < 0`; with
    individual SD :math:`\sigma` of that difference the share is :math:`\Phi(-(\mu_t - (1 - q)\mu_0)/\sigma)`.
    A share at a limit is that of `windup.fit.problem.people.levels`.
    """
    pain = _pain_at(design, bucket, expected, effects)
    score: Array = score_of(pain[..., 0], pain[..., 1], _kept(design, bucket), spread)
    at = limit_numbers(design)[bucket.responder]
    if np.any(at >= 0):
        above, _ = _at_limits(design, bucket, expected, pain)
        score = jnp.where(at >= 0, above, score)
    return score


def _pain_at(
    design: Design, bucket: Bucket, expected: Expected, effects: Float[Array, "studies columns"]
) -> Float[Array, "studies responders 2"]:
    """Mean pain at the visit of each share and at its baseline, with the effects of its study."""
    at = design.rows.visits[bucket.responder][..., :2]
    pain: Array = expected.visit_pain[at] + jnp.einsum("srvc,sc->srv", expected.visit_loads[at], effects)
    return pain


def _at_limits(design: Design, bucket: Bucket, expected: Expected, pain: Array) -> tuple[Array, Array]:
    """Scores and slopes of shares at a limit; of any number for other shares."""
    assert expected.levels is not None
    number = np.maximum(limit_numbers(design)[bucket.responder], 0)
    cut = np.nan_to_num(design.rows.cut[bucket.responder])
    return score_above(expected.levels.of(number), pain[..., 0], cut)


def score_of(pain: Any, baseline: Any, kept: Any, spread: Any) -> Any:
    """Standard normal score of the share whose pain is at most ``kept`` times its baseline; of any arrays."""
    return -(pain - kept * baseline) / spread
