"""What the people of a study report at entry, and what a trial asks for there."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.fit.design.arrays import Design
from windup.fit.problem.people.crowd import Reports, admitted
from windup.fit.problem.people.merging import of_all_drives
from windup.fit.problem.people.standing import Standing

# What a trial asks for at entry where it is not printed: 4 points, or 1.5 below the mean of its patients
# where that is less (expert: most protocols ask for 4 of 10; datasets/trials has six printed cuts, 3 to 5).
_USUAL_CUT, _BELOW_THE_MEAN = 4.0, 1.5


def usual_cut(pain: Array) -> Array:
    """Least report that a trial of people with this mean pain asks for where it prints none."""
    return jnp.minimum(_USUAL_CUT, pain - _BELOW_THE_MEAN)


def reports_of(draw: Mapping[str, Array], least: Array) -> Reports:
    """How people report, of whom this is asked at entry."""
    return Reports(draw["lasting_report_spread"], draw["passing_report_spread"], least)


def reports_in(design: Design, draw: Mapping[str, Array], pains: Array) -> Reports:
    """How the people of every study report, whose mean pain before admission this is."""
    printed = design.least_pain
    return reports_of(draw, jnp.where(np.isfinite(printed), np.nan_to_num(printed), usual_cut(pains)))


def first_report(standing: Standing, reports: Reports) -> Float[Array, " studies"]:
    """Mean report of the admitted at entry, NRS points."""
    _, log_share, log_odds = of_all_drives(standing)
    return admitted(log_share, pain_of(log_odds), reports).first


def pain_of(log_odds: Array) -> Array:
    """Pain, 0-10, at log odds of it."""
    return 10.0 / (1.0 + jnp.exp(-log_odds))
