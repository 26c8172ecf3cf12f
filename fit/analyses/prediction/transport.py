r"""Effects carried to the population of a regimen, by the covariates of a run.

A run with covariates has the slopes :math:`\beta_j`. Pain under a regimen whose study has the values
:math:`x_j` is

.. math:: \sum_j \beta_j \frac{x_j - c_j}{u_j} \big(1 - e^{-t/\tau}\big)

points lower than at the centres, :math:`t` after its first dose (`windup.fit.design.trial_bias`). This is
what trials of such a study would show if slopes are those of the covariate itself; trials were not randomised
to covariates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from windup.datasets import Regimen, nearest
from windup.fit.errors import SettingsError
from windup.fit.problem.problem import Draw, completed
from windup.fit.runs.fitted_run import FittedRun

_DAYS = 7.0


def check_covariates(run: FittedRun, regimens: Sequence[Regimen]) -> None:
    """Refuse regimens with covariates that the run does not have, and those of several drugs.

    A slope is of the difference between an arm and its control arm, whatever drugs it gets: it shows nothing
    of what two drugs do beyond one.

    Raises
    ------
    SettingsError
        With every regimen and covariate.
    """
    known = list(run.settings.covariates)
    faults = [
        f"Regimen '{regimen.name}' has the covariate '{name}', by which effects of this run do not differ. "
        + (nearest(name, known) if known else "Fit with [covariates] in the settings, or leave it out.")
        for regimen in regimens
        for name in regimen.covariates
        if name not in known
    ]
    faults += [
        f"Regimen '{regimen.name}' has covariates and {len(regimen.drugs)} drugs; effects of one drug can be "
        "carried to them."
        for regimen in regimens
        if regimen.covariates and len(regimen.drugs) > 1
    ]
    if faults:
        raise SettingsError("\n".join(faults))


def beyond_covariates(run: FittedRun, regimen: Regimen) -> tuple[str, ...]:
    """In which covariates a regimen lies outside the studies of the run."""
    return tuple(
        f"{each.name.replace('_', ' ')} of {regimen.covariates[each.name]:g} outside that of the studies"
        for each in run.problem.design.covariates
        if each.name in regimen.covariates
        and not (each.values and min(each.values) <= regimen.covariates[each.name] <= max(each.values))
    )


def shift(
    run: FittedRun, regimen: Regimen, draws: Draw, weeks: Float[np.ndarray, " weeks"]
) -> Float[np.ndarray, "draws weeks"]:
    """By how many points pain under a regimen with covariates is lower than at the centres.

    Parameters
    ----------
    run, draws
        The run, and draws of its parameters (in front).
    regimen
        With covariates of the run.
    weeks
        Weeks since the first day.
    """
    whole = completed(run.problem, draws)
    slopes = np.asarray(whole["effect_by_covariate"])
    units = np.array(
        [
            (regimen.covariates.get(each.name, each.centre) - each.centre) / each.unit
            for each in run.problem.design.covariates
        ]
    )
    first = min(phase.start_week for phase in regimen.phase)
    days = np.maximum(weeks - first, 0.0) * _DAYS
    constants = np.broadcast_to(np.asarray(whole["placebo_time"]), len(slopes))
    built_up = -np.expm1(-days / constants[:, None])
    lower: np.ndarray = (slopes @ units)[:, None] * built_up
    return lower
