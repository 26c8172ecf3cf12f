"""The cascade: two keys, phosphorylation, trafficking, glia, nitroxidative stress, a slow central state."""

from __future__ import annotations

from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.models.cascade.actions import SLOW_STATES, TARGETS, Actions, cascade_actions
from windup.models.cascade.balance import balance
from windup.models.cascade.enrolment import cascade_at_enrolment
from windup.models.cascade.gate import Gate, net_activity, two_key_gate
from windup.models.cascade.loop_gains import LOOPS, cascade_loop_gains
from windup.models.cascade.margin import cascade_margin
from windup.models.cascade.state import (
    CascadeState,
    cascade_limits,
    healthy_cascade,
    integrator_rates,
    relaxation_rates,
)
from windup.models.core.base import PainModel
from windup.models.core.parameters import Parameter, read_parameters
from windup.models.core.types import Doses, Drive, Enrolled, PerArm, Values
from windup.models.drugs.magnesium import magnesium_at_intake


@final
class Cascade(PainModel[CascadeState, Actions]):
    """The full cascade: `windup.models.two_key_gate` its algebra, `windup.models.balance` its slow part."""

    name = family = "cascade"
    loops = LOOPS
    targets = TARGETS
    slow_states = SLOW_STATES

    def parameters(self) -> tuple[Parameter, ...]:
        """Rows of the exposure and cascade tables, half doses and strengths of drugs."""
        return (
            *read_parameters("exposure_parameters"),
            *self.pharmacology.half_doses,
            *read_parameters("cascade_parameters"),
            *self.pharmacology.strengths,
        )

    def healthy(self, like: PerArm) -> CascadeState:
        """Steady state without illness or drugs (customary magnesium intake)."""
        return healthy_cascade(like)

    def fallen_ill(self, drive: Drive, values: Values) -> CascadeState:
        """Health at the moment of injury; magnesium at the level of the habitual intake."""
        magnesium = magnesium_at_intake(drive.habitual_magnesium, values)
        return healthy_cascade(drive.peripheral)._replace(
            injury=drive.injury,
            serum_magnesium=magnesium.serum,
            tissue_magnesium=magnesium.tissue,
            csf_magnesium=magnesium.csf,
        )

    def actions(self, doses: Doses, values: Values) -> Actions:
        """Points of action of a dosing history; see `windup.models.Actions`."""
        return cascade_actions(self.pharmacology, doses, values)

    def gate(self, state: CascadeState, actions: Actions, drive: Drive, values: Values) -> Gate:
        """Keys, block and calcium drive in a state; see `windup.models.two_key_gate`."""
        return two_key_gate(state, net_activity(state, actions, drive, values), actions, values)

    def derivative(self, state: CascadeState, actions: Actions, drive: Drive, values: Values) -> CascadeState:
        r"""Right-hand side, per day: :math:`\dot x = (a - l x) / \tau` with `windup.models.balance`."""
        inside = _inside(state)
        gain, loss = balance(inside, self.gate(inside, actions, drive, values), actions, drive, values)
        rate = relaxation_rates(values)
        return CascadeState(*(r * (a - b * x) for r, a, b, x in zip(rate, gain, loss, state, strict=True)))

    def intermediates(
        self, state: CascadeState, actions: Actions, drive: Drive, values: Values
    ) -> dict[str, PerArm]:
        """Net activity, terms of the gate, and what every state gains and loses."""
        inside = _inside(state)
        activity = net_activity(inside, actions, drive, values)
        gate = two_key_gate(inside, activity, actions, values)
        gain, loss = balance(inside, gate, actions, drive, values)
        named = (("gate", gate), ("gain", gain), ("loss", loss))
        parts = {f"{part}_{name}": x for part, each in named for name, x in each._asdict().items()}
        return {"net_activity": activity, **parts}

    def linear_rates(self, values: Values) -> CascadeState:
        """Diagonal rates, per day, that the exponential integrator solves exactly."""
        return integrator_rates(values)

    def limits(self) -> tuple[CascadeState, CascadeState]:
        """No pool is negative; fractions, and pools that stress can only lower, are at most 1."""
        return cascade_limits()

    def pain(self, state: CascadeState, actions: Actions, drive: Drive, values: Values) -> PerArm:
        r"""Pain on the 0-10 scale, :math:`10\,x/(1+x)` with :math:`x = \beta_E E + \beta_J J`.

        A linear (AMPA) path joins the amplification path: acute pain does not need the NMDA receptor.
        """
        activity = net_activity(state, actions, drive, values)
        calcium = two_key_gate(state, activity, actions, values).calcium
        felt = values["pain_from_activity"] * activity + values["pain_from_calcium"] * calcium
        return 10.0 * felt / (1.0 + felt)

    def serum_magnesium_mmol_per_L(self, state: CascadeState, values: Values) -> PerArm:
        """Serum magnesium, mmol/L."""
        return values["serum_magnesium_normal"] * state.serum_magnesium

    def csf_magnesium_mmol_per_L(self, state: CascadeState, values: Values) -> PerArm:
        """Ionised CSF magnesium, mmol/L."""
        return values["csf_magnesium_normal"] * state.csf_magnesium

    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """Gains of the four loops and of all together; see `windup.models.cascade_loop_gains`."""
        return cascade_loop_gains(values)

    def loop_strengths(self) -> tuple[str, ...]:
        """What every loop gives back to activity."""
        return ("receptor_activity", "glia_activity", "nitroxidative_activity", "central_activity")

    def at_enrolment(
        self,
        pain: PerArm,
        central_share: Float[np.ndarray, " arms"],
        habitual_magnesium: Float[np.ndarray, " arms"],
        values: Values,
    ) -> Enrolled[CascadeState]:
        """Drive and steady state at a given pain; see `windup.models.cascade_at_enrolment`."""
        return cascade_at_enrolment(pain, central_share, habitual_magnesium, values)

    def margin(self, state: CascadeState, drive: Drive, values: Values) -> PerArm:
        """Distance from a fold; see `windup.models.cascade.margin.cascade_margin`."""
        return cascade_margin(state, drive, values)


def _inside(state: CascadeState) -> CascadeState:
    # A stage of an explicit scheme may overshoot below 0 after an abrupt change of dose; there the
    # right-hand side is continued by its value at 0, so that no gain ever sees a negative pool.
    return state._replace(
        phosphorylated=_not_negative(state.phosphorylated),
        surface_receptors=_not_negative(state.surface_receptors),
        microglia=_not_negative(state.microglia),
        astrocytes=_not_negative(state.astrocytes),
        nitration=_not_negative(state.nitration),
    )


def _not_negative(x: PerArm) -> PerArm:
    # Not jnp.maximum, whose gradient is halved at 0, where every healthy arm starts.
    return jnp.where(x < 0.0, 0.0, x)
