"""Whether the draws of nested sampling can be trusted: what chains of other samplers cannot get wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

# A check of all runs together fails by chance once in a thousand times.
FALSE_ALARMS = 1e-3


def nested_of(tree: xr.DataTree) -> Mapping[str, Any] | None:
    """What runs of nested sampling found; None of another sampler's draws."""
    found: Mapping[str, Any] | None = json.loads(tree.attrs.get("evidence", "null"))
    return found


def effective_share(nested: Mapping[str, Any], draws: int) -> float:
    """Effective points behind each draw, at most 1: draws beyond them are repeats of the same points."""
    return min(1.0, sum(float(run["effective_draws"]) for run in nested["runs"]) / draws)


def nested_failures(nested: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each check of nested sampling that failed.

    Runs agree when the sum of squared differences of their log evidences from the mean, each over its own
    standard error, is no more than that of normal errors. New points are independent of those that they
    began at when their ranks among the live points are even (Fowlie, Handley, Su 2020, doi
    10.1093/mnras/staa2345).
    """
    runs = nested["runs"]
    each, own = (np.array([run[name] for run in runs]) for name in ("log_evidence", "standard_error"))
    if np.any(own > 0.0):
        weight = 1.0 / np.maximum(own, 1e-12) ** 2
        spread = float(np.sum(weight * (each - np.average(each, weights=weight)) ** 2))
        if stats.chi2.sf(spread, len(runs) - 1) < FALSE_ALARMS:
            yield (
                f"The log evidences of {len(runs)} runs lie between {each.min():.2f} and {each.max():.2f}, "
                f"with standard errors of {own.mean():.2g}: the runs disagree, as where one of them missed a "
                "mode. Use more live points (live)."
            )
    uneven = [number + 1 for number, run in enumerate(runs) if run["insertion_p"] < FALSE_ALARMS / len(runs)]
    if uneven:
        yield (
            f"New points of run {', '.join(map(str, uneven))} depend on those that they began at: their "
            "ranks among the live points are uneven. Use more moves (moves_per_parameter)."
        )
