"""A run whose posterior repeats its prior: everything but the sampling is real."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from windup.datasets import packaged_trials
from windup.fit.analyses.claims.prior_width import priors_of
from windup.fit.problem.build import problem_of
from windup.fit.problem.priors import observation_priors, whitened_priors
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.settings.fit import Settings


def prior_run(folder: Path, model: str = "time_course", draws: int = 60, **choices: Any) -> FittedRun:
    """Run of a model on the packaged trials, from which nothing was learned.

    Parameters
    ----------
    folder
        Its folder.
    model
        Name of the model.
    draws
        Number of draws.
    **choices
        ``priors`` and ``fixed`` of its settings.
    """
    settings = Settings.from_preset("quick", model=model, **choices)
    return FittedRun(folder, _tree(settings, draws), settings, ("Made from a prior; NOT a fit.",))


@cache
def _tree(settings: Settings, draws: int) -> xr.DataTree:
    trials = packaged_trials(blocks=settings.blocks)
    problem = problem_of(trials, settings)
    rng = np.random.default_rng(3)
    drawn = {}
    for name, prior in priors_of(problem).items():
        moved = prior.location + prior.scale * rng.standard_normal((draws, *np.shape(prior.location)))
        drawn[name] = np.exp(moved) if prior.is_log else moved
    others = observation_priors(problem) | whitened_priors(problem)
    for number, (name, other) in enumerate(others.items()):
        if name not in drawn:
            drawn[name] = np.asarray(other.sample(jax.random.key(number), (draws,)))
    dataset = xr.Dataset(
        {
            name: (("chain", "draw", *(f"{name}_{n}" for n in range(x.ndim - 1))), x[None])
            for name, x in drawn.items()
        }
    )
    tree = xr.DataTree.from_dict({"posterior": dataset, "prior": dataset})
    tree.attrs = {"data_sha256": json.dumps(trials.sha256)}
    return tree
