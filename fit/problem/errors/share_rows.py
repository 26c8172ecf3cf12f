r"""Shares of responders on the probit scale: what is expected of them, and published shares as scores.

With individual SD :math:`\sigma` of pain at the visit minus :math:`k` of the baseline, the expected score is
:math:`-(\mu_t - k \mu_0)/\sigma`, linear in the effects of the study; so are its loads. What nothing else
explains is of a visit, :math:`\tau` points of pain, so that a share has the misfit :math:`\tau/\sigma`, the
same for two shares of one visit. It is independent of that of the mean of the same people: it is as much one
of the shape of their pain. Without it a share of many patients would be the most exact row of its study.

A share of people at a limit has the score and the slope :math:`dz/d\mu` of
`windup.fit.problem.people.levels`, by which effects, misfit and bias in points move it.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri
from jax.scipy.stats import norm
from jaxtyping import Array, Float
from scipy.stats import norm as exact_norm

from windup.fit.design.arrays import Design, Observed
from windup.fit.design.errors.share_errors import shares_in
from windup.fit.problem.errors.responders import score_of
from windup.fit.problem.observation import Expected, Nuisance
from windup.fit.problem.people.levels import limit_rows, score_above


def with_shares(design: Design, expected: Expected, nuisance: Nuisance) -> Expected:
    """Expectation of all rows, shares on the probit scale."""
    shares = shares_in(design)
    if not len(shares.row):
        return expected
    at = design.rows.visits[shares.row, :2]
    pain, visit_loads = expected.visit_pain[at], expected.visit_loads[at]
    kept, spread = shares.kept, nuisance.individual_spread
    misfit = jnp.broadcast_to((nuisance.misfit / spread) ** 2, shares.row.shape)
    loads = -(visit_loads[:, 0] - kept[:, None] * visit_loads[:, 1]) / spread
    found = expected._replace(
        mean=expected.mean.at[shares.row].set(score_of(pain[:, 0], pain[:, 1], kept, spread)),
        loads=expected.loads.at[shares.row].set(loads),
        variance=expected.variance.at[shares.row].set(shares.variance),
        misfit=expected.misfit.at[shares.row].set(misfit),
        # More pain is a lower score.
        bias=expected.bias.at[shares.row].set(-expected.bias[shares.row] / spread),
    )
    limits = limit_rows(design)
    if not len(limits) or expected.levels is None:
        return found
    visit = design.rows.visits[limits, 0]
    score, steep = score_above(expected.levels, expected.visit_pain[visit], design.rows.cut[limits])
    return found._replace(
        mean=found.mean.at[limits].set(score),
        loads=found.loads.at[limits].set(steep[:, None] * expected.visit_loads[visit]),
        misfit=found.misfit.at[limits].set((nuisance.misfit * steep) ** 2),
        bias=found.bias.at[limits].set(expected.bias[limits] * steep),
    )


def scored(design: Design, observed: Observed) -> Observed:
    """Estimates with shares as scores :math:`\\Phi^{-1}((n r + 1/2)/(n + 1))`; the others as published."""
    shares = shares_in(design)
    estimate = jnp.asarray(observed.estimate)
    score = ndtri((shares.n * estimate[shares.row] + 0.5) / (shares.n + 1.0))
    return observed._replace(estimate=estimate.at[shares.row].set(score))


def published_shares(design: Design, values: Float[Array, " rows"]) -> Float[Array, " rows"]:
    """The inverse of `scored`: scores as shares, which reach half a person beyond 0 and 1."""
    shares = shares_in(design)
    share = ((shares.n + 1.0) * norm.cdf(values[shares.row]) - 0.5) / shares.n
    return values.at[shares.row].set(share)


def log_people_per_score(design: Design) -> Float[np.ndarray, " rows"]:
    r"""Log of the people that one unit of the score stands for, :math:`(n + 1)\, \phi(z)`; 0 for other rows.

    A log density per score less this is one per person, comparable with that of a number of responders.
    """
    shares = shares_in(design)
    log_people = np.zeros(len(design.rows.study))
    log_people[shares.row] = np.log(shares.n + 1.0) + exact_norm.logpdf(shares.score)
    return log_people
