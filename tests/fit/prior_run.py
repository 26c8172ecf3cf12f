"""A run whose posterior repeats its prior: everything but the sampling is real."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr

from windup.datasets import packaged_trials
from windup.fit.analyses.claims.prior_width import priors_of
from windup.fit.problem.build import build_problem, model_named
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.settings.fit import Settings


def prior_run(folder: Path, model: str = "time_course") -> FittedRun:
    """Run of a model on the packaged trials, from which nothing was learned."""
    settings = Settings.from_preset("quick", model=model)
    return FittedRun(folder, _tree(model), settings, ("Made from a prior; NOT a fit.",))


@cache
def _tree(model: str, draws: int = 60) -> xr.DataTree:
    trials = packaged_trials()
    problem = build_problem(trials, model_named(model))
    rng = np.random.default_rng(3)
    drawn = {}
    for name, prior in priors_of(problem).items():
        moved = prior.location + prior.scale * rng.standard_normal((draws, *np.shape(prior.location)))
        drawn[name] = np.exp(moved) if prior.is_log else moved
    dataset = xr.Dataset(
        {
            name: (("chain", "draw", *(f"{name}_{n}" for n in range(x.ndim - 1))), x[None])
            for name, x in drawn.items()
        }
    )
    tree = xr.DataTree.from_dict({"posterior": dataset, "prior": dataset})
    tree.attrs = {"data_sha256": json.dumps(trials.sha256)}
    return tree
