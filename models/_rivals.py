"""The cascade's rivals on the same data: plain turnover, and one positive loop."""

from __future__ import annotations

from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._base import PainModel
from ._burden import (
    BurdenActions,
    BurdenState,
    burden_actions,
    burden_at_enrolment,
    burden_at_onset,
    burden_derivative,
    burden_rates,
    healthy_burden,
    pain_of_burden,
)
from ._enrolment import positive
from ._parameters import Parameter, read_parameters
from ._types import Doses, Drive, Enrolled, PerArm, Values


@final
class Turnover(PainModel[BurdenState, BurdenActions]):
    r"""One slow state, linear: drugs act on its input and pain follows with one time constant.

    .. math:: \tau \dot x = \text{input} \cdot \text{drugs} - x
    """

    name = "turnover"
    loops = ()

    def parameters(self) -> tuple[Parameter, ...]:
        """Rows of ``exposure_parameters.csv`` and ``turnover_parameters.csv``."""
        return read_parameters("exposure_parameters") + read_parameters("turnover_parameters")

    def healthy(self, like: PerArm) -> BurdenState:
        """Steady state without illness or drugs (customary magnesium intake)."""
        return healthy_burden(like)

    def fallen_ill(self, drive: Drive, values: Values) -> BurdenState:
        """Health at the moment of injury; magnesium at the level of the habitual intake."""
        return burden_at_onset(drive, values)

    def actions(self, doses: Doses, values: Values) -> BurdenActions:
        """Every drug on the input; see `windup.models.burden_actions`."""
        return burden_actions(doses, values)

    def derivative(
        self, state: BurdenState, actions: BurdenActions, drive: Drive, values: Values
    ) -> BurdenState:
        """Right-hand side, per day; see `windup.models.burden_derivative` (nothing is returned)."""
        return burden_derivative(state, jnp.zeros_like(state.burden), actions, drive, values)

    def linear_rates(self, values: Values) -> BurdenState:
        """Diagonal rates, per day; the model is linear, so they are the whole relaxation."""
        return burden_rates(values)

    def pain(self, state: BurdenState, actions: BurdenActions, drive: Drive, values: Values) -> PerArm:
        """Pain on the 0-10 scale, from the burden alone."""
        return pain_of_burden(state.burden, values)

    def serum_magnesium_mmol_per_L(self, state: BurdenState, values: Values) -> PerArm:
        """Serum magnesium, mmol/L."""
        return values["serum_magnesium_normal"] * state.serum_magnesium

    def csf_magnesium_mmol_per_L(self, state: BurdenState, values: Values) -> PerArm:
        """Ionised CSF magnesium, mmol/L."""
        return values["csf_magnesium_normal"] * state.csf_magnesium

    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """No loop: no gains, and a total of 0."""
        total = jnp.zeros_like(values["burden_time"])
        return jnp.zeros((0,), total.dtype), total

    def at_enrolment(
        self,
        pain: PerArm,
        central_share: Float[np.ndarray, " arms"],
        habitual_magnesium: Float[np.ndarray, " arms"],
        values: Values,
    ) -> Enrolled[BurdenState]:
        """Burden equals drive."""
        burden = pain / (10.0 - pain) / values["pain_from_burden"]
        one = jnp.ones_like(burden)
        return Enrolled(
            positive(burden),
            burden_at_enrolment(burden, habitual_magnesium, values),
            drive_share=one,
            margin=one,
        )


@final
class SingleLoop(PainModel[BurdenState, BurdenActions]):
    r"""Turnover with one positive loop of free gain.

    .. math:: \tau \dot x = \text{input} \cdot \text{drugs} + g\, h(x) - x, \quad h(x) = \frac{2 x^2}{1 + x^2}

    The largest chord of :math:`h` is 1 (at :math:`x = 1`) and its slope at 0 is 0: health is stable for every
    gain, and a second, self-sustained state :math:`x = g + \sqrt{g^2 - 1}` exists exactly from :math:`g = 1`
    on.
    """

    name = "single_loop"
    loops = ("burden",)

    def parameters(self) -> tuple[Parameter, ...]:
        """Rows of the exposure, turnover and ``single_loop_parameters.csv`` tables."""
        shared = read_parameters("exposure_parameters") + read_parameters("turnover_parameters")
        return shared + read_parameters("single_loop_parameters")

    def healthy(self, like: PerArm) -> BurdenState:
        """Steady state without illness or drugs (customary magnesium intake)."""
        return healthy_burden(like)

    def fallen_ill(self, drive: Drive, values: Values) -> BurdenState:
        """Health at the moment of injury; magnesium at the level of the habitual intake."""
        return burden_at_onset(drive, values)

    def actions(self, doses: Doses, values: Values) -> BurdenActions:
        """Every drug on the input; see `windup.models.burden_actions`."""
        return burden_actions(doses, values)

    def derivative(
        self, state: BurdenState, actions: BurdenActions, drive: Drive, values: Values
    ) -> BurdenState:
        """Right-hand side, per day; see `windup.models.burden_derivative`."""
        square = state.burden * state.burden
        returned = values["feedback_gain"] * 2.0 * square / (1.0 + square)
        return burden_derivative(state, returned, actions, drive, values)

    def linear_rates(self, values: Values) -> BurdenState:
        """Diagonal rates, per day, without the loop."""
        return burden_rates(values)

    def pain(self, state: BurdenState, actions: BurdenActions, drive: Drive, values: Values) -> PerArm:
        """Pain on the 0-10 scale, from the burden alone."""
        return pain_of_burden(state.burden, values)

    def serum_magnesium_mmol_per_L(self, state: BurdenState, values: Values) -> PerArm:
        """Serum magnesium, mmol/L."""
        return values["serum_magnesium_normal"] * state.serum_magnesium

    def csf_magnesium_mmol_per_L(self, state: BurdenState, values: Values) -> PerArm:
        """Ionised CSF magnesium, mmol/L."""
        return values["csf_magnesium_normal"] * state.csf_magnesium

    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """The one gain, as the loop's and as the total."""
        gain = jnp.asarray(values["feedback_gain"])
        return gain[None], gain

    def at_enrolment(
        self,
        pain: PerArm,
        central_share: Float[np.ndarray, " arms"],
        habitual_magnesium: Float[np.ndarray, " arms"],
        values: Values,
    ) -> Enrolled[BurdenState]:
        """Burden equals drive and what the loop returns."""
        burden = pain / (10.0 - pain) / values["pain_from_burden"]
        square = burden * burden
        drive = burden - values["feedback_gain"] * 2.0 * square / (1.0 + square)
        return Enrolled(
            strength=positive(drive),
            state=burden_at_enrolment(burden, habitual_magnesium, values),
            drive_share=drive / burden,
            margin=1.0 - values["feedback_gain"] * 4.0 * burden / (1.0 + square) ** 2,
        )
