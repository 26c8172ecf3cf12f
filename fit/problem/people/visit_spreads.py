r"""SDs between patients that trials print at their visits, as observations of a population.

The SD that :math:`n` patients show at a visit has a sampling error, and studies differ by what a model of
people leaves out (instruments, drop-out, imputation):

.. math:: \log \hat\sigma \sim N\Big(\log \sigma, \; \frac{1}{2 (n - 1)} + \epsilon^2\Big), \qquad
    \sigma^2 = \mathrm{V}\,y_t + \big(s_p\, q\, (1 - e^{-t/\tau})\big)^2,

with the variance of reports :math:`V y_t` (`windup.fit.problem.people.crowd`), the SD :math:`s_p` of the
response to placebo between people, its time constant :math:`\tau` and the share :math:`q` of it in the arm.
Only means on 0-10 with a printed error of their own say anything; those that were lent one do not.

References
----------
Raudenbush SW, Bryk AS. Examining correlates of diversity. J Educ Stat 1987;12:241-69.
doi:10.3102/10769986012003241: the sampling variance of a log SD is 1 / (2 (n - 1)).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array, Float, Int
from numpyro import distributions as dist

from windup.fit.design.arrays import Design, Observed
from windup.fit.problem.people.levels import Levels, limit_visits

VISIT_SPREADS = "visit_log_sd"
"""Observed site, by the name of its data in `windup.fit.design.arrays.Observed`."""


class VisitSpreads(NamedTuple):
    """Visits with a printed SD between patients, the first row that prints it, its log, the patients."""

    visit: Int[np.ndarray, " spreads"]
    row: Int[np.ndarray, " spreads"]
    log_sd: Float[np.ndarray, " spreads"]
    patients: Float[np.ndarray, " spreads"]


def visit_spreads(design: Design) -> VisitSpreads:
    """What the rows of a design print of SDs at their visits, every visit once."""
    rows, error = design.rows, design.table["standard_error"].to_numpy(float)
    n = np.where(np.isfinite(rows.n), rows.n, 0.0)
    known = np.isfinite(error) & (error > 0.0) & (n > 2.0) & (np.array(rows.kind) == "mean") & (rows.link < 0)
    known &= design.visits.ill[rows.visits[:, 0]]
    visit, first = np.unique(rows.visits[known, 0], return_index=True)
    which = np.flatnonzero(known)[first]
    return VisitSpreads(visit, which, np.log(error[which] * np.sqrt(n[which])), n[which])


def placebo_spread(design: Design, draw: Mapping[str, Array]) -> Float[Array, " visits"]:
    """SD between people of their response to placebo at every visit."""
    visits = design.visits
    share = jnp.where(jnp.asarray(visits.untreated), draw["untreated_share"], 1.0)
    onset = -jnp.expm1(-visits.treated_days / draw["placebo_time"]) * share
    return onset * draw["placebo_spread_between_people"]


def with_placebo(design: Design, levels: Levels | None, draw: Mapping[str, Array]) -> Levels | None:
    """Reports of a population at shares at a limit, with what its people differ in by placebo."""
    if levels is None or levels.sd is None:
        return levels
    placebo = placebo_spread(design, draw)[limit_visits(design)]
    return levels._replace(sd=jnp.sqrt(levels.sd**2 + placebo[:, None] ** 2))


class ExpectedSpreads(NamedTuple):
    """Log SDs that trials are expected to print at their visits, and the SD around them."""

    log_sd: Float[Array, " spreads"]
    error: Float[Array, " spreads"]


def expected_visit_spreads(
    design: Design, spread: Array | None, draw: Mapping[str, Array]
) -> ExpectedSpreads | None:
    """What is expected of `visit_spreads`; None where an arm is one patient or no SD is printed.

    Parameters
    ----------
    design
        Of the studies.
    spread
        SD between the reports of people at every visit, without that of their response to placebo.
    draw
        Parameters by name, fixed ones included.
    """
    printed = visit_spreads(design)
    if spread is None or not len(printed.visit):
        return None
    placebo = placebo_spread(design, draw)[printed.visit]
    log_sd = 0.5 * jnp.log(spread[printed.visit] ** 2 + placebo**2)
    return ExpectedSpreads(log_sd, jnp.sqrt(1.0 / (2.0 * (printed.patients - 1.0)) + draw["sd_misfit"] ** 2))


def sample_visit_spreads(
    design: Design, observed: Observed, spread: Array | None, draw: Mapping[str, Array]
) -> None:
    """Observe the SDs between patients at visits; nothing where an arm is one patient.

    Parameters
    ----------
    design, observed
        Of the studies.
    spread
        SD between the reports of people at every visit, without that of their response to placebo.
    draw
        Parameters by name, fixed ones included.
    """
    expected = expected_visit_spreads(design, spread, draw)
    if expected is not None:
        seen = dist.Normal(expected.log_sd, expected.error).to_event(1)
        numpyro.sample(VISIT_SPREADS, seen, obs=jnp.asarray(observed.visit_log_sd))
