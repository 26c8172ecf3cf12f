"""Models without a mechanism, against which a mechanism has to show its worth."""

from __future__ import annotations

import abc
from typing import NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.models.core.base import PainModel
from windup.models.core.parameters import Parameter, read_parameters
from windup.models.core.pharmacology import RELIEF, UsualAction
from windup.models.core.types import Doses, Drive, Enrolled, PerArm, Values
from windup.models.drugs.dose_response import capsaicin_exposure, fibres_lost
from windup.models.drugs.magnesium import (
    Magnesium,
    infusion_rate,
    magnesium_at_intake,
    magnesium_rates,
    magnesium_targets,
    supplement_absorbed,
)

_TABLE = "time_course_parameters"


class DirectState(NamedTuple):
    """Relief by drugs (NRS points), slow exposures; magnesium relative to its customary level."""

    relief: PerArm
    capsaicin: PerArm
    omega3: PerArm
    serum_magnesium: PerArm
    tissue_magnesium: PerArm
    csf_magnesium: PerArm


class DirectActions(NamedTuple):
    """Relief that immediate drugs would settle at (NRS points); the rest are exposures and sources."""

    relief: PerArm
    capsaicin_application: PerArm
    omega3: PerArm
    magnesium_absorbed: PerArm
    magnesium_infusion: PerArm


class DirectModel(PainModel[DirectState, DirectActions]):
    r"""Abstract; pain stays as it was at enrolment but for what drugs take off, in points.

    .. math:: \text{pain} = p_0 - r, \quad \tau \dot r = \sum_d E_d f_d - r

    The drive is the pain at enrolment itself, whatever its source. Magnesium and the slow exposures follow
    the same kinetics as in every model.
    """

    loops = ()
    slow_states = ("omega3",)

    @abc.abstractmethod
    def immediate(self, relative: dict[str, PerArm], values: Values) -> PerArm:
        """Relief that relative doses settle at, NRS points, without capsaicin and omega-3."""

    @abc.abstractmethod
    def slow(self, state: DirectState, values: Values) -> PerArm:
        """Relief through the slow exposures, NRS points."""

    def healthy(self, like: PerArm) -> DirectState:
        """No relief and no exposure, at customary magnesium intake."""
        zero, one = jnp.zeros_like(like), jnp.ones_like(like)
        return DirectState(zero, zero, zero, one, one, one)

    def fallen_ill(self, drive: Drive, values: Values) -> DirectState:
        """No relief; magnesium at the level of the habitual intake."""
        magnesium = magnesium_at_intake(drive.habitual_magnesium, values)
        zero = jnp.zeros_like(drive.peripheral)
        return DirectState(zero, zero, zero, *magnesium)

    def actions(self, doses: Doses, values: Values) -> DirectActions:
        """Doses as relief and as sources of exposures."""
        relative = self.pharmacology.relative(doses, values)
        return DirectActions(
            relief=self.immediate(relative, values),
            capsaicin_application=capsaicin_exposure(
                doses["capsaicin_patch"], relative["capsaicin_cream"], values
            ),
            omega3=self.pharmacology.fed("omega3", relative),
            magnesium_absorbed=supplement_absorbed(doses["magnesium_oral"], values),
            magnesium_infusion=infusion_rate(doses["magnesium_intravenous"], values),
        )

    def derivative(
        self, state: DirectState, actions: DirectActions, drive: Drive, values: Values
    ) -> DirectState:
        """Right-hand side, per day."""
        rate = self.linear_rates(values)
        pools = Magnesium(state.serum_magnesium, state.tissue_magnesium, state.csf_magnesium)
        absorbed = drive.habitual_magnesium + actions.magnesium_absorbed
        target = magnesium_targets(pools, absorbed, actions.magnesium_infusion, values)
        return DirectState(
            relief=rate.relief * (actions.relief + self.slow(state, values) - state.relief),
            capsaicin=actions.capsaicin_application - rate.capsaicin * state.capsaicin,
            omega3=rate.omega3 * (actions.omega3 - state.omega3),
            serum_magnesium=rate.serum_magnesium * (target.serum - state.serum_magnesium),
            tissue_magnesium=rate.tissue_magnesium * (target.tissue - state.tissue_magnesium),
            csf_magnesium=rate.csf_magnesium * (target.csf - state.csf_magnesium),
        )

    def linear_rates(self, values: Values) -> DirectState:
        r"""Rates :math:`1/\tau` of every state, per day."""
        return DirectState(
            1.0 / values["relief_time"],
            1.0 / values["fibre_regeneration_time"],
            1.0 / values["omega3_time"],
            *magnesium_rates(values),
        )

    def limits(self) -> tuple[DirectState, DirectState]:
        """Exposures are not negative; relief may be (harm)."""
        count = len(DirectState._fields)
        lowest = np.where(np.array(DirectState._fields) == "relief", -np.inf, 0.0)
        return DirectState(*lowest), DirectState(*np.full(count, np.inf))

    def pain(self, state: DirectState, actions: DirectActions, drive: Drive, values: Values) -> PerArm:
        """Pain on the 0-10 scale, cut off at its ends."""
        return jnp.clip(drive.peripheral + drive.central - state.relief, 0.0, 10.0)

    def serum_magnesium_mmol_per_L(self, state: DirectState, values: Values) -> PerArm:
        """Serum magnesium, mmol/L."""
        return values["serum_magnesium_normal"] * state.serum_magnesium

    def csf_magnesium_mmol_per_L(self, state: DirectState, values: Values) -> PerArm:
        """Ionised CSF magnesium, mmol/L."""
        return values["csf_magnesium_normal"] * state.csf_magnesium

    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """No loop: no gains, and a total of 0."""
        total = jnp.zeros_like(values["relief_time"])
        return jnp.zeros((0,), total.dtype), total

    def at_enrolment(
        self,
        pain: PerArm,
        central_share: Float[np.ndarray, " arms"],
        habitual_magnesium: Float[np.ndarray, " arms"],
        values: Values,
    ) -> Enrolled[DirectState]:
        """The drive is the pain; every patient can stay as he is."""
        magnesium = magnesium_at_intake(jnp.asarray(habitual_magnesium), values)
        zero, one = jnp.zeros_like(pain), jnp.ones_like(pain)
        return Enrolled(pain, DirectState(zero, zero, zero, *magnesium), one, zero, zero, pain)

    def margin(self, state: DirectState, drive: Drive, values: Values) -> PerArm:
        """1: there is no loop."""
        return jnp.ones_like(state.relief)


@final
class TimeCourse(DirectModel):
    r"""Time-course meta-analysis: every drug takes points off, by E_max of its dose, with one onset time.

    .. math:: \tau \dot r = \sum_d E_d \frac{2 x_d}{1 + x_d} - r

    with doses :math:`x_d` in units of the half-maximal one (the reference dose where none is fitted)
    and effects :math:`E_d` at the reference dose, which add. It is what a statistician would fit to the same
    rows (Pedder et al. 2019, doi 10.1002/jrsm.1351), with the same observation model as the cascade.
    """

    name = family = "time_course"
    targets = (RELIEF,)
    usual_action = UsualAction(RELIEF, "raises", 1.5)

    def parameters(self) -> tuple[Parameter, ...]:
        """Rows of both tables (no injury heals here), half doses, and the effects of drugs."""
        return (
            *_exposure(),
            *self.pharmacology.half_doses,
            *read_parameters(_TABLE),
            *self.pharmacology.strengths,
        )

    def immediate(self, relative: dict[str, PerArm], values: Values) -> PerArm:
        """Sum of the effects of drugs."""
        return self.pharmacology.sum_of(RELIEF, relative, values)

    def slow(self, state: DirectState, values: Values) -> PerArm:
        """Capsaicin by the fibres lost, omega-3 by what is incorporated."""
        lost = fibres_lost(state.capsaicin)
        return values["capsaicin_relief"] * lost + values["omega3_relief"] * state.omega3


@final
class PlaceboOnly(DirectModel):
    """No drug does anything on average: the placebo course, and deviations between studies."""

    name = family = "placebo_only"

    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the time course but for the effects of drugs; the relief whose onset it has is 0."""
        return (*_exposure(), *self.pharmacology.half_doses, *read_parameters(_TABLE))

    def immediate(self, relative: dict[str, PerArm], values: Values) -> PerArm:
        """Nothing."""
        return jnp.zeros_like(next(iter(relative.values())))

    def slow(self, state: DirectState, values: Values) -> PerArm:
        """Nothing."""
        return jnp.zeros_like(state.relief)


def _exposure() -> tuple[Parameter, ...]:
    return tuple(row for row in read_parameters("exposure_parameters") if row.name != "injury_healing_time")
