"""What the posterior expects of the contrasts that the trials of each treatment measured."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array, Float, Int

from windup.datasets import Trials
from windup.fit.design.measured.trial_effects import on_treatment_near
from windup.fit.diagnostics.own_trials import EXPECTED, OWN_TRIALS
from windup.fit.execution.batches import over_draws
from windup.fit.execution.progress import Progress, silent
from windup.fit.posterior.posterior_draws import posterior_draws
from windup.fit.problem.model import enrolment, evaluate
from windup.fit.problem.problem import Draw, Problem, values_of

# The mean of 200 draws is known to 7 % of their SD.
DRAWS = 200
# What is read off one visit of each arm; of all else each arm's baseline is subtracted.
_ONE_VISIT = frozenset({"contrast", "final mean"})
# Of the arm at its week and at baseline, and of the control arm at both: without and with one visit alone.
_COEFFICIENTS = ((1.0, -1.0, -1.0, 1.0), (1.0, 0.0, -1.0, 0.0))


def with_own_trials(
    tree: xr.DataTree, problem: Problem, trials: Trials, *, progress: Progress = silent
) -> xr.DataTree:
    """The same tree with the group ``own_trials``, if any trial has a control arm.

    Parameters
    ----------
    tree
        The run.
    problem, trials
        What was fitted.
    progress
        Called with the progress of the phase ``own trials``.

    Notes
    -----
    The group has the columns of `windup.fit.design.measured.trial_effects.trial_effects` along ``contrast``,
    and ``expected`` (sample, contrast): the same difference in the model, NRS points, in the mean study. Arms
    have the doses, weeks, condition and baseline pain of the trial. Where the control arm is untreated, the
    expectation includes the placebo response of the treated arm, as the measured difference does, and in open
    and small trials what these exaggerate, and what covariates add (`windup.fit.design.trial_bias`).
    """
    contrasts = on_treatment_near(trials)
    if contrasts.empty:
        return tree
    visits = _visits(problem, contrasts)
    coefficients = np.array([_COEFFICIENTS[read_from in _ONE_VISIT] for read_from in contrasts["read_from"]])

    def program(draw: Draw) -> Float[Array, " contrasts"]:
        point = evaluate(problem, draw, enrolment(problem, draw, values_of(problem, draw)))
        return jnp.sum(coefficients * point.expected.visit_pain[visits], axis=1)

    (expected,) = over_draws(program, (posterior_draws(tree, DRAWS),), "own trials", progress)
    dataset = xr.Dataset.from_dataframe(contrasts.rename_axis("contrast"))
    dataset[EXPECTED] = (("sample", "contrast"), np.asarray(expected))
    more = tree.copy()
    more[OWN_TRIALS] = xr.DataTree(dataset)
    return more


def _visits(problem: Problem, contrasts: pd.DataFrame) -> Int[np.ndarray, "contrasts 4"]:
    """Visits of each contrast: the arm at its week and at baseline, the control arm at both."""
    table, visits = problem.design.table, problem.design.rows.visits
    known: dict[tuple[str, str, float], tuple[int, int]] = {}
    keys = table[["study_id", "arm_id", "reference_arm", "time_weeks"]].itertuples(index=False)
    for (study, arm, reference, week), read in zip(keys, visits, strict=True):
        known.setdefault((study, arm, week), (read[0], read[1]))
        if reference:
            known.setdefault((study, reference, week), (read[2], read[3]))
    return np.array(
        [
            (*known[study, arm, week], *known[study, control, week])
            for study, arm, control, week in zip(
                *(contrasts[name] for name in ("study", "arm", "control", "week")), strict=True
            )
        ]
    )
