"""The cascade's rivals on the same data: plain turnover, and one positive loop."""

from __future__ import annotations

import abc
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.models.core.base import PainModel
from windup.models.core.parameters import Parameter, read_parameters
from windup.models.core.pharmacology import UsualAction
from windup.models.core.types import Doses, Drive, Enrolled, PerArm, Values, positive
from windup.models.rivals.burden import (
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


class BurdenModel(PainModel[BurdenState, BurdenActions]):
    r"""Abstract; one slow state that drugs act on through its input, and what a loop returns to it.

    .. math:: \tau \dot x = \text{input} \cdot \text{drugs} + r(x) - x
    """

    family = "turnover"
    targets = ("input",)
    slow_states = ("omega3",)
    usual_action = UsualAction("input", "lowers", 0.7)

    @abc.abstractmethod
    def returned(self, burden: PerArm, values: Values) -> PerArm:
        """What a loop returns to the burden, :math:`r(x)`."""

    def shared_parameters(self) -> tuple[Parameter, ...]:
        """Rows of ``exposure_parameters.csv`` and ``turnover_parameters.csv``, half doses and strengths."""
        return (
            *read_parameters("exposure_parameters"),
            *self.pharmacology.half_doses,
            *read_parameters("turnover_parameters"),
            *self.pharmacology.strengths,
        )

    def healthy(self, like: PerArm) -> BurdenState:
        """Steady state without illness or drugs (customary magnesium intake)."""
        return healthy_burden(like)

    def fallen_ill(self, drive: Drive, values: Values) -> BurdenState:
        """Health at the moment of injury; magnesium at the level of the habitual intake."""
        return burden_at_onset(drive, values)

    def actions(self, doses: Doses, values: Values) -> BurdenActions:
        """Every drug on the input; see `windup.models.burden_actions`."""
        return burden_actions(self.pharmacology, doses, values)

    def derivative(
        self, state: BurdenState, actions: BurdenActions, drive: Drive, values: Values
    ) -> BurdenState:
        """Right-hand side, per day; see `windup.models.burden_derivative`."""
        return burden_derivative(state, self.returned(state.burden, values), actions, drive, values)

    def intermediates(
        self, state: BurdenState, actions: BurdenActions, drive: Drive, values: Values
    ) -> dict[str, PerArm]:
        """What the loop returns."""
        return {"returned": self.returned(state.burden, values)}

    def linear_rates(self, values: Values) -> BurdenState:
        """Diagonal rates, per day, without the loop."""
        return burden_rates(values)

    def limits(self) -> tuple[BurdenState, BurdenState]:
        """Nothing is negative."""
        count = len(BurdenState._fields)
        return BurdenState(*np.zeros(count)), BurdenState(*np.full(count, np.inf))

    def pain(self, state: BurdenState, actions: BurdenActions, drive: Drive, values: Values) -> PerArm:
        """Pain on the 0-10 scale, from the burden alone."""
        return pain_of_burden(state.burden, values)

    def serum_magnesium_mmol_per_L(self, state: BurdenState, values: Values) -> PerArm:
        """Serum magnesium, mmol/L."""
        return values["serum_magnesium_normal"] * state.serum_magnesium

    def csf_magnesium_mmol_per_L(self, state: BurdenState, values: Values) -> PerArm:
        """Ionised CSF magnesium, mmol/L."""
        return values["csf_magnesium_normal"] * state.csf_magnesium

    def at_enrolment(
        self,
        pain: PerArm,
        central_share: Float[np.ndarray, " arms"],
        habitual_magnesium: Float[np.ndarray, " arms"],
        values: Values,
    ) -> Enrolled[BurdenState]:
        """Burden equals drive and what the loop returns."""
        burden = pain / (10.0 - pain) / values["pain_from_burden"]
        returned = self.returned(burden, values)
        return Enrolled(
            strength=positive(burden - returned),
            state=burden_at_enrolment(burden, habitual_magnesium, values),
            drive_share=1.0 - returned / burden,
            unsettled=jnp.zeros_like(burden),
            missed=jnp.zeros_like(burden),
            needed=burden,
        )

    def margin(self, state: BurdenState, drive: Drive, values: Values) -> PerArm:
        """1 minus the slope of what the loop returns."""
        burden = state.burden
        slope: Array = jax.jvp(lambda x: self.returned(x, values), (burden,), (jnp.ones_like(burden),))[1]
        return 1.0 - slope


@final
class Turnover(BurdenModel):
    """One slow state, linear: drugs act on its input and pain follows with one time constant."""

    name = "turnover"
    loops = ()

    def parameters(self) -> tuple[Parameter, ...]:
        """Those that every model of a burden has."""
        return self.shared_parameters()

    def returned(self, burden: PerArm, values: Values) -> PerArm:
        """Nothing."""
        return jnp.zeros_like(burden)

    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """No loop: no gains, and a total of 0."""
        total = jnp.zeros_like(values["burden_time"])
        return jnp.zeros((0,), total.dtype), total


@final
class SingleLoop(BurdenModel):
    r"""Turnover with one positive loop of free gain, :math:`r(x) = g \frac{2 x^2}{1 + x^2}`.

    The largest chord of :math:`r / g` is 1 (at :math:`x = 1`) and its slope at 0 is 0: health is stable for
    every gain, and a second, self-sustained state :math:`x = g + \sqrt{g^2 - 1}` exists exactly from
    :math:`g = 1` on.
    """

    name = "single_loop"
    loops = ("burden",)

    def parameters(self) -> tuple[Parameter, ...]:
        """Those that every model of a burden has, and rows of ``single_loop_parameters.csv``."""
        return self.shared_parameters() + read_parameters("single_loop_parameters")

    def loop_strengths(self) -> tuple[str, ...]:
        """The gain itself."""
        return ("feedback_gain",)

    def returned(self, burden: PerArm, values: Values) -> PerArm:
        """The loop's share of the burden."""
        square = burden * burden
        return values["feedback_gain"] * 2.0 * square / (1.0 + square)

    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """The one gain, as the loop's and as the total."""
        gain = jnp.asarray(values["feedback_gain"])
        return gain[None], gain
