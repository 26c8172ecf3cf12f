"""Draws of a problem's posterior, solved again by adaptive diffrax."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from windup.fit.diagnostics.effects import EFFECT
from windup.fit.diagnostics.solver_trust import Resolved
from windup.fit.execution.batches import DRAWS, solve_again
from windup.fit.execution.progress import Progress
from windup.fit.posterior.regimens import effects_at_12_weeks
from windup.fit.problem.problem import Draw, Problem, values_of
from windup.fit.problem.target import build_target
from windup.fit.storage.tree import flat, group, spread_draws
from windup.models import free, solve_adaptive

# At eight posterior draws of the cascade no pain was more than 3e-7 points from that at 1e-10, which takes a
# quarter more time.
_TOLERANCE = 1e-8
_TOTAL = "total loop gain"

tight_solve = partial(solve_adaptive, relative_tolerance=_TOLERANCE, absolute_tolerance=_TOLERANCE)


def resolve_posterior(problem: Problem, tree: xr.DataTree, *, progress: Progress) -> Resolved:
    """Solve draws of a finished run again: every arm of every trial, and the reported regimens.

    What is found without an integrator is the same in both densities and is not checked here: patients at
    enrolment with the drive that holds them, leverages, loop gains. The cascade's patients are read between
    the nodes of a grid of states that have settled for 60 rounds (`windup.models.cascade_at_enrolment`); at
    200 posterior draws their pain was within 0.003 points of what was asked. That they are steady is checked:
    the sampled density holds those without a dose, the tight one integrates them. At the same draws they
    drift by up to 0.0035 points (worst arm and visit) in half of the draws, 0.012 in nine of ten and 0.17 in
    the worst, which no mesh can mend.

    Parameters
    ----------
    problem
        What was sampled; its patients, rows and priors are kept.
    tree
        The run.
    progress
        Called with the progress.
    """
    target = build_target(problem._replace(solve=tight_solve))
    posterior = group(tree, "posterior")
    position = flat(group(tree, "unconstrained_posterior")["position"]).values
    chosen = spread_draws(len(position), DRAWS)
    parameters = {
        parameter.name: jnp.asarray(flat(posterior[parameter.name]).values[chosen])
        for parameter in free(problem.model.parameters())
    }

    def log_density(each: tuple[Array, Draw]) -> Array:
        return -target.potential(each[0], target.data)

    def effects(each: tuple[Array, Draw]) -> Array:
        return effects_at_12_weeks(problem.model, values_of(problem, each[1]), solve=tight_solve)

    draws: Any = jnp.asarray(position[chosen]), parameters
    log_tight, tight = solve_again((log_density, effects), draws, progress)
    # Gains are found without the integrator; a model without loops has none.
    totals = (_TOTAL,) if problem.model.loops else ()
    gain = flat(posterior["total_loop_gain"]).values[chosen][:, None][:, : len(totals)]
    return Resolved(
        chosen=chosen,
        log_tight=log_tight,
        results=(*map(str, posterior[EFFECT]["drug"].values), *totals),
        units=(*["NRS points"] * tight.shape[1], *["1"] * len(totals)),
        fast=np.concatenate([flat(posterior[EFFECT]).values[chosen], gain], axis=1),
        tight=np.concatenate([tight, gain], axis=1),
    )
