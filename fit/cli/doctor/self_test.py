"""A problem whose solution is known, solved on this machine: a patient without a mechanism on pregabalin."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.datasets import Regimen, RegimenPhase, packaged_catalogue
from windup.fit.design.hypothetical_arms import Arms, doses_of, patient_of
from windup.fit.execution.process import prepare_process
from windup.models import TimeCourse

PAIN_TOLERANCE = 1e-8
"""Largest error of pain and its derivatives, NRS points (per day for the time constant)."""

_PAIN, _EFFECT, _TIME_CONSTANT_DAYS = 6.5, 1.3, 14.0
_END_WEEK = 12.0
_WEEKS = (1.0, 4.0, 12.0, 16.0)
# Of the sum of pains that is differentiated: no two errors cancel.
_WEIGHTS = np.array([1.0, -0.5, 2.0, 3.0])
_REGIMEN = Regimen(
    name="self-test",
    condition="painful_diabetic_neuropathy",
    pain=_PAIN,
    weeks=_WEEKS[-1],
    phase=(RegimenPhase(drug="pregabalin", dose=300.0, unit="mg/day", start_week=0.0, end_week=_END_WEEK),),
)


@final
@dataclass(frozen=True)
class SelfTest:
    """How a solve with gradients compares with its closed form.

    Attributes
    ----------
    error
        Largest error of pain, NRS points.
    gradient_error
        Largest error of the derivatives of a sum of pains by effect and time constant.
    seconds
        Wall time, with compilation.
    """

    error: float
    gradient_error: float
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether both errors are numbers within the tolerance."""
        return max(self.error, self.gradient_error) <= PAIN_TOLERANCE and math.isfinite(
            self.error + self.gradient_error
        )


def self_test() -> SelfTest:
    r"""Solve :math:`\tau \dot r = E f - r` with the solver of every fit, and differentiate through it."""
    prepare_process()
    began = time.monotonic()
    model, catalogue = TimeCourse(), packaged_catalogue()
    arms = Arms(catalogue.dose_columns)
    arms.visits(patient_of(_REGIMEN, catalogue), doses_of(_REGIMEN, catalogue), _WEEKS)
    schedule = arms.schedule()
    medians = {row.name: jnp.asarray(row.location) for row in model.parameters()}

    def solved(unknown: Float[Array, " 2"]) -> tuple[Array, Array]:
        values = {**medians, "pregabalin_relief": unknown[0], "relief_time": unknown[1]}
        pain = arms.solve(model, schedule, values).pain
        return jnp.dot(_WEIGHTS, pain), pain

    at = jnp.array([_EFFECT, _TIME_CONSTANT_DAYS])
    slopes, pain = jax.jit(jax.grad(solved, has_aux=True))(at)
    exact, exact_slopes = closed_form(_EFFECT, _TIME_CONSTANT_DAYS)
    return SelfTest(
        error=float(np.max(np.abs(np.asarray(pain) - exact))),
        gradient_error=float(np.max(np.abs(np.asarray(slopes) - _WEIGHTS @ exact_slopes))),
        seconds=time.monotonic() - began,
    )


def closed_form(
    effect: float, time_constant_days: float
) -> tuple[Float[np.ndarray, " visits"], Float[np.ndarray, "visits 2"]]:
    """Pain at the weeks of the self-test, and its derivatives by effect and time constant."""
    days = 7.0 * np.array(_WEEKS)
    on = np.minimum(days, 7.0 * _END_WEEK)
    off = days - on
    rise, fall = np.exp(-on / time_constant_days), np.exp(-off / time_constant_days)
    relief = (1.0 - rise) * fall
    # d/dτ of (1 - e^{-on/τ}) e^{-off/τ}
    slope = (-rise * on + (1.0 - rise) * off) * fall / time_constant_days**2
    return _PAIN - effect * relief, -np.stack([relief, effect * slope], axis=1)
