"""What the people of a study report at entry, and what a trial asks for there."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.design.arrays import Design
from windup.fit.problem.people.crowd import Reports, admitted
from windup.fit.problem.people.merging import of_all_drives
from windup.fit.problem.people.people import REPORTING
from windup.fit.problem.people.standing import Standing

# What a trial asks for at entry where it is not printed: 4 points, or 1.5 below the mean of its patients
# where that is less (expert: most protocols ask for 4 of 10; datasets/trials has six printed cuts, 3 to 5).
_USUAL_CUT, _BELOW_THE_MEAN = 4.0, 1.5


def usual_cut(pain: Array) -> Array:
    """Least report that a trial of people with this mean pain asks for where it prints none."""
    return jnp.minimum(_USUAL_CUT, pain - _BELOW_THE_MEAN)


def usual_reports(draw: Mapping[str, Array], pains: Array) -> Reports:
    """How people report in usual trials, whose mean pain before admission this is."""
    passing = draw["passing_report_spread"] * jnp.ones_like(pains)
    return Reports(draw["lasting_report_spread"], passing, usual_cut(pains))


def reports_in(design: Design, draw: Mapping[str, Array], pains: Array) -> Reports:
    r"""How the people of every study report, whose mean pain before admission this is.

    The SD of the passing part of study :math:`i` is :math:`s_e e^{\tau z_i}` with :math:`z_i \sim N(0, 1)`.
    Some trials ask once, others average a week of diaries, and diaries of a week differ in how much pain
    varies in them (Farrar JT et al. Pain 2014;155:1622-31. doi:10.1016/j.pain.2014.05.009).
    """
    printed, usual = design.least_pain, usual_reports(draw, pains)
    deviation = jnp.zeros(len(pains)).at[np.flatnonzero(design.painful)].set(draw[REPORTING])
    return Reports(
        usual.lasting,
        usual.passing * jnp.exp(draw["passing_report_log_sd"] * deviation),
        jnp.where(np.isfinite(printed), np.nan_to_num(printed), usual.least),
    )


def first_report(standing: Standing, reports: Reports) -> Float[Array, " studies"]:
    """Mean report of the admitted at entry, NRS points."""
    _, log_share, log_odds = of_all_drives(standing)
    return admitted(log_share, pain_of(log_odds), reports).first


def pain_of(log_odds: Array) -> Array:
    """Pain, 0-10, at log odds of it."""
    return 10.0 / (1.0 + jnp.exp(-log_odds))
