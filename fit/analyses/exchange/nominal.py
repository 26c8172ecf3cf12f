"""Nominal values of an export: one number for everything that a fit does not know."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logit
from numpyro import distributions as dist

from windup.fit.design.arrays import Design
from windup.fit.problem.people.people import ENROLMENT, ENROLMENT_PRIOR
from windup.fit.problem.priors import form_of, observation_priors, whitened_sizes
from windup.fit.problem.problem import Draw, Problem, completed
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.sampling.target.middles import base_of
from windup.models import free

# Baselines are means of people, which stay away from the ends of the scale; log odds have no ends.
_LEAST_PAIN, _MOST_PAIN = 0.1, 9.9


class Nominal(NamedTuple):
    """Values by name, those of the observation model included, and what they are in words.

    ``notices`` are what stands against conclusions from the run that they come from.
    """

    draw: Draw
    source: str
    notices: tuple[str, ...] = ()


def prior_medians(problem: Problem) -> Nominal:
    """Medians of the priors; patients have the pain at enrolment that their study prints."""
    draw: dict[str, Any] = {each.name: each.location for each in free(problem.model.parameters())}
    draw |= {name: _middle(prior) for name, prior in observation_priors(problem).items()}
    draw |= {name: np.zeros(count) for name, count in whitened_sizes(problem).items()}
    draw[ENROLMENT] = _printed_pains(problem.design)
    arrays = {name: jnp.asarray(value) for name, value in draw.items()}
    return Nominal(completed(problem, arrays), "medians of the priors")


def posterior_medians(run: FittedRun) -> Nominal:
    """Median of each parameter in the draws of a run."""
    draws = {name: np.median(np.asarray(values), axis=0) for name, values in run.draws(2**31).items()}
    arrays = {name: jnp.asarray(value) for name, value in draws.items()}
    source = f"medians of the posterior of {run.folder}"
    return Nominal(completed(run.problem, arrays), source, run.notices)


def _middle(prior: dist.Distribution) -> Any:
    known = isinstance(base_of(prior), dist.Beta | dist.Normal | dist.LogNormal)
    return form_of(prior).location if known else prior.mean


def _printed_pains(design: Design) -> np.ndarray:
    """Whitened log odds of the baseline pain of every painful study; 0 where it prints none."""
    pains = np.clip(design.baseline_pain[np.flatnonzero(design.painful)], _LEAST_PAIN, _MOST_PAIN)
    location, scale = ENROLMENT_PRIOR
    whitened = (np.asarray(logit(jnp.asarray(pains / 10.0))) - location) / scale
    return np.where(np.isfinite(whitened), whitened, 0.0)
