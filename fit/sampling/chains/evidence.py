"""The evidence that independent runs of nested sampling found, and what says whether to believe it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class NestedRun(NamedTuple):
    """What one run of nested sampling found beside its draws.

    Attributes
    ----------
    log_evidence
        Log of the mean likelihood under the prior, nats.
    standard_error
        SD of it over the prior volumes that the points may have had, nats.
    effective_draws
        Kish's effective number of the weighted points, (sum w)^2 / sum w^2.
    evaluations
        Number of points at which the likelihood was computed.
    remaining
        By how much the log evidence could still rise or fall with what was left of the prior, nats.
    insertion_p
        Probability of ranks of new points among the live ones as far from even as these, were new points
        independent draws. Small where there were too few moves.
    """

    log_evidence: float
    standard_error: float
    effective_draws: float
    evaluations: int
    remaining: float
    insertion_p: float


class Evidence(NamedTuple):
    """Log evidence of all runs together, nats; its standard error is the larger of two.

    Attributes
    ----------
    log_evidence
        Mean of the runs.
    standard_error
        That by the runs' own errors, or that by the differences between runs.
    runs
        Each of them.
    """

    log_evidence: float
    standard_error: float
    runs: tuple[NestedRun, ...]


def evidence_of(runs: tuple[NestedRun, ...]) -> Evidence:
    """Evidence of several runs.

    Examples
    --------
    >>> runs = tuple(NestedRun(z, 0.1, 400.0, 10_000, 0.01, 0.5) for z in (-3.0, -3.1, -2.9, -3.0))
    >>> evidence_of(runs)[:2]
    (-3.0, 0.05)
    """
    each = np.array([run.log_evidence for run in runs])
    own = np.sqrt(np.sum([run.standard_error**2 for run in runs])) / len(runs)
    between = np.std(each, ddof=1) / np.sqrt(len(runs))
    return Evidence(float(np.mean(each)), float(max(own, between)), runs)
