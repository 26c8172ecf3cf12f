"""How far the data moved the odds of a claim, with the error of finitely many draws."""

from __future__ import annotations

import math
from typing import NamedTuple

# Share that is still possible, at 95 %, of an event that none of n draws showed, times n (rule of three;
# Hanley and Lippman-Hand 1983, doi 10.1001/jama.1983.03330370053031).
_THREE = -math.log(0.05)


class BayesFactor(NamedTuple):
    """Posterior odds over prior odds.

    Attributes
    ----------
    value
        The factor; a limit where ``bound`` is not empty, NaN where both shares
        are 0, both are 1, or the prior's is not known.
    bound
        ``>`` or ``<`` where all draws of posterior or prior agree, else empty.
    log_error
        Monte Carlo standard error of its natural logarithm; NaN for a limit.
    """

    value: float
    bound: str
    log_error: float

    @property
    def cautious(self) -> float:
        """The factor moved towards 1 by its Monte Carlo standard error, at most to it; a limit as it is."""
        if self.bound or math.isnan(self.value):
            return self.value
        if self.value >= 1.0:
            return max(self.value * math.exp(-self.log_error), 1.0)
        return min(self.value * math.exp(self.log_error), 1.0)


def bayes_factor(posterior: float, posterior_draws: int, prior: float, prior_draws: int) -> BayesFactor:
    r"""Bayes factor of an event from its shares among independent draws.

    .. math:: B = \frac{p / (1 - p)}{q / (1 - q)}, \quad
        \mathrm{se}(\log B)^2 = \frac{1}{n p (1 - p)} + \frac{1}{m q (1 - q)}

    with shares :math:`p` of :math:`n` posterior and :math:`q` of :math:`m` prior draws.

    Examples
    --------
    >>> bayes_factor(0.75, 400, 0.5, 400).value
    3.0
    >>> bayes_factor(1.0, 400, 0.5, 400).bound
    '>'
    """
    if math.isnan(prior) or (posterior == prior and posterior in (0.0, 1.0)):
        return BayesFactor(math.nan, "", math.nan)
    after, after_is = _odds(posterior, posterior_draws)
    before, before_is = _odds(prior, prior_draws)
    # A prior that is surer than its limit makes the factor smaller, one that is less sure larger.
    bounds = {after_is, {">": "<", "<": ">", "": ""}[before_is]} - {""}
    if bounds:
        return BayesFactor(after / before, bounds.pop(), math.nan)
    variance = sum(
        1.0 / (draws * share * (1.0 - share))
        for share, draws in ((posterior, posterior_draws), (prior, prior_draws))
    )
    return BayesFactor(after / before, "", math.sqrt(variance))


def _odds(share: float, draws: int) -> tuple[float, str]:
    """Odds, and whether the true ones lie above or below what so many draws can show."""
    least = min(_THREE / draws, 0.5)
    if share == 0.0:
        return least / (1.0 - least), "<"
    if share == 1.0:
        return (1.0 - least) / least, ">"
    return share / (1.0 - share), ""
