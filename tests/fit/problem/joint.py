r"""Draws from a joint, and moments that they must have.

With parameters :math:`x` of the prior and data :math:`y` of the likelihood, the score
:math:`\partial_i \log p(x, y)` has mean 0 and :math:`x_i \partial_i \log p(x, y)` has mean -1 in every
coordinate (integrate by parts). No sampler is needed, so that thousands of draws take seconds.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from windup.fit.analyses.calibration.simulator import unconstrained_sites
from windup.fit.problem.model import sample_sites
from windup.fit.problem.prior_predictive import simulate
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.sites import sites_of


class JointDraws(NamedTuple):
    """Unconstrained parameters and the gradient of the log joint density; leading dimension ``draws``."""

    position: Any
    score: Any


type Program = Callable[[Any, float], JointDraws]


def joint_program(problem: Any) -> Program:
    """From keys to draws, compiled once; rows get additional errors of so many standard errors."""
    target = build_target(problem)
    supports = {name: site.support for name, site in sites_of(sample_sites, problem).items()}
    errors = np.nan_to_num(problem.design.rows.standard_error)

    def one(key: Any, extra: Any) -> JointDraws:
        draw_key, noise_key = jax.random.split(key)
        found = simulate(draw_key, problem)
        noise = extra * errors * jax.random.normal(noise_key, errors.shape)
        observed = found.observed._replace(estimate=found.observed.estimate + noise)
        x = unconstrained_sites(found.sites, supports)
        return JointDraws(x, -jax.grad(target.potential)(x, (observed,)))

    compiled = jax.jit(lambda keys, extra: jax.lax.map(lambda key: one(key, extra), keys))
    return lambda keys, extra: jax.tree.map(np.asarray, compiled(keys, jnp.asarray(extra, float)))


def least_moment_p_value(draws: JointDraws) -> float:
    """Smallest p-value of both moments of all coordinates, corrected for their number."""
    assert np.isfinite(draws.score).all()
    moments = np.concatenate([draws.score, draws.position * draws.score + 1.0], axis=1)
    z = moments.mean(axis=0) / (moments.std(axis=0) / np.sqrt(len(moments)))
    return min(1.0, float(2.0 * stats.norm.sf(abs(z)).min() * len(z)))
