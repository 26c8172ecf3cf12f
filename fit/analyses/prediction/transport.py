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
    """Refuse regimens with covariates that the run does not have.

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
    if faults:
        raise SettingsError("\n".join(faults))


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
