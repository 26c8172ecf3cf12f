"""The cascade: two keys, phosphorylation, trafficking, glia, nitroxidative stress and a slow central state."""

from __future__ import annotations

from typing import NamedTuple, final

import jax.numpy as jnp
from jaxtyping import Array, Float

from ._actions import Actions, cascade_actions
from ._base import PainModel
from ._magnesium import serum_target
from ._parameters import Parameter, read_parameters
from ._types import Doses, Drive, PerArm, Values


class CascadeState(NamedTuple):
    """Slow states; every pool is 1 (or 0) in health, magnesium relative to its customary level."""

    injury: PerArm
    input: PerArm
    defunctionalised: PerArm
    serum_magnesium: PerArm
    tissue_magnesium: PerArm
    csf_magnesium: PerArm
    phosphorylated: PerArm
    alpha2delta1: PerArm
    surface_receptors: PerArm
    microglia: PerArm
    astrocytes: PerArm
    clearance: PerArm
    mitochondria: PerArm
    mnsod: PerArm
    glutathione: PerArm
    nitration: PerArm
    central: PerArm
    inhibition: PerArm
    opioid_adaptation: PerArm
    omega3: PerArm
    training_aerobic: PerArm
    training_resistance: PerArm


class Gate(NamedTuple):
    """Algebraic terms of one moment: what opens the receptor and what flows through it."""

    substance_p: PerArm
    glutamate: PerArm
    d_serine: PerArm
    potential: PerArm
    unblocked: PerArm
    calcium: PerArm
    calcium_effect: PerArm


@final
class Cascade(PainModel[CascadeState, Actions]):
    """The full cascade; see `gate` for its algebraic terms and `balance` for its states."""

    name = "cascade"

    def parameters(self) -> tuple[Parameter, ...]:
        """Rows of ``cascade_parameters.csv``."""
        return read_parameters("cascade_parameters")

    def healthy(self, like: PerArm) -> CascadeState:
        """Steady state without illness or drugs (customary magnesium intake)."""
        zero, one = jnp.zeros_like(like), jnp.ones_like(like)
        return CascadeState(
            injury=zero,
            input=zero,
            defunctionalised=zero,
            serum_magnesium=one,
            tissue_magnesium=one,
            csf_magnesium=one,
            phosphorylated=zero,
            alpha2delta1=one,
            surface_receptors=one,
            microglia=zero,
            astrocytes=zero,
            clearance=one,
            mitochondria=one,
            mnsod=one,
            glutathione=one,
            nitration=zero,
            central=zero,
            inhibition=one,
            opioid_adaptation=zero,
            omega3=zero,
            training_aerobic=zero,
            training_resistance=zero,
        )

    def fallen_ill(self, drive: Drive, values: Values) -> CascadeState:
        """Health at the moment of injury; magnesium at the level of the habitual intake."""
        health = self.healthy(drive.peripheral)
        serum = serum_target(drive.habitual_magnesium, values)
        csf = 1.0 + values["csf_magnesium_gain"] * (serum - 1.0)
        return health._replace(
            injury=drive.injury, serum_magnesium=serum, tissue_magnesium=serum, csf_magnesium=csf
        )

    def actions(self, doses: Doses, values: Values) -> Actions:
        """Points of action of a dosing history; see `windup.models.Actions`."""
        return cascade_actions(doses, values)

    def ongoing_activity(self, state: CascadeState, values: Values) -> PerArm:
        r"""Activity that the four loops keep up without any input; 0 in health.

        .. math:: g_C C + g_R \frac{r - 1}{r} + g_G (1 - U) + g_X X, \quad r = \max(1, R(1 + \gamma P))
        """
        current = jnp.maximum(self._current(state, values), 1.0)
        return (
            values["central_activity"] * state.central
            + values["receptor_activity"] * (current - 1.0) / current
            + values["glia_activity"] * (1.0 - state.clearance)
            + values["nitroxidative_activity"] * state.nitration
        )

    def activity(self, state: CascadeState, actions: Actions, drive: Drive, values: Values) -> PerArm:
        r"""Net activity of the dorsal horn, :math:`E = (I + d_c + \text{ongoing}) / (H \cdot \text{tone})`."""
        tone = state.inhibition * actions.opioid_tone(state.opioid_adaptation, values)
        sources = state.input + drive.central + self.ongoing_activity(state, values)
        return sources * actions.other / tone

    def gate(self, state: CascadeState, activity: PerArm, actions: Actions, values: Values) -> Gate:
        r"""Two-key gate with its third key, and the calcium drive, at a given activity :math:`E`.

        Evoked glutamate :math:`G` is the first key, depolarisation :math:`V` the second, the co-agonist :math:`D` the
        third; :math:`B` is the Jahr-Stevens block and :math:`J` the calcium drive:

        .. math::
            G &= E \, (1 + \rho (A - 1)) / U, \qquad V = V_0 + \Delta V \frac{E}{1 + E} \\
            B &= \Big(1 + \frac{M_{csf}}{K e^{k S}} e^{-0.062 V}\Big)^{-1}, \qquad
            J = R (1 + \gamma P)\, D \, \frac{G}{1 + G} \, \frac{B}{B_{max}} \, b

        with :math:`b` the unblocked share of channels (ketamine, memantine), :math:`S` substance P and
        :math:`B_{max}` the block at full depolarisation and customary magnesium. Removing either key closes the
        gate: no glutamate gives exactly 0, no depolarisation leaves a tenth of the open current.
        """
        substance_p = state.input * actions.substance_p
        release = 1.0 + values["alpha2delta1_release"] * (state.alpha2delta1 - 1.0)
        glutamate = activity * release * actions.glutamate / state.clearance
        d_serine = 1.0 + values["d_serine_gain"] * state.astrocytes
        potential = values["resting_potential"] + values["depolarisation_range"] * activity / (1.0 + activity)
        half_block = values["magnesium_half_block"] * jnp.exp(values["substance_p_block_shift"] * substance_p)
        magnesium = values["csf_magnesium_normal"] * state.csf_magnesium
        unblocked = _unblocked(magnesium, half_block, potential, values)
        fully_depolarised = values["resting_potential"] + values["depolarisation_range"]
        open_current = _unblocked(
            values["csf_magnesium_normal"], values["magnesium_half_block"], fully_depolarised, values
        )
        occupied = d_serine * glutamate / (1.0 + glutamate)
        calcium = self._current(state, values) * occupied * unblocked / open_current * actions.channel
        return Gate(
            substance_p=substance_p,
            glutamate=glutamate,
            d_serine=d_serine,
            potential=potential,
            unblocked=unblocked,
            calcium=calcium,
            calcium_effect=calcium / (calcium + values["calcium_half_saturation"]),
        )

    def balance(
        self, state: CascadeState, gate: Gate, actions: Actions, drive: Drive, values: Values
    ) -> tuple[CascadeState, CascadeState]:
        r"""Gain :math:`a` and loss :math:`l` of every state; each relaxes as :math:`\tau \dot x = a - l x`.

        With :math:`j = J/(J + J_{1/2})`, input :math:`I`, substance P :math:`S`, phosphorylated fraction :math:`P`,
        alpha-2-delta-1 :math:`A`, surface receptors :math:`R`, microglia :math:`M`, astrocytes :math:`As`, clearance
        :math:`U`, mitochondria :math:`W`, MnSOD :math:`D`, glutathione :math:`g`, nitration :math:`X`, central state
        :math:`C`, inhibition :math:`H`, opioid adaptation :math:`T`; :math:`l = 1` where none is given:

        .. math::
            a_P &= \frac{z}{1+z},\; z = \kappa (a_J j + a_S S + a_X X); \quad
            a_R = \iota A,\; l_R = \frac{1}{1 + p P}; \quad
            a_A = (1 + \tanh h T)\Big(1 + a_I \frac{I}{1+I}\Big) \\
            a_M &= \frac{z}{1+z},\; z = \mu \frac{a_j j + a_i I}{1 + f M}; \quad a_{As} = \alpha M; \quad
            a_U = \frac{1}{1 + u_M M + u_A As + u_X X} \\
            O_2 &= \sigma \frac{s_J j + s_W (1 - W)}{D\, g}, \; NO = \nu (1 + n M), \;
            N = \frac{z}{1 + z}, \; z = O_2\, NO\, (1 + \tanh h T) / g \\
            l_W &= 1 + d (M + X); \quad l_D = 1 + k N; \quad l_g = 1 + c N; \quad a_X = N; \quad a_C = j; \quad
            a_H = \frac{\epsilon}{1 + e C}

        The Greek letters in front are the drugs' points of action (see `Actions`).
        """
        one, zero = jnp.ones_like(state.input), jnp.zeros_like(state.input)
        rate = self.relaxation_rates(values)
        j = gate.calcium_effect
        sensitised = 1.0 + jnp.tanh(values["opioid_sensitisation"] * state.opioid_adaptation)

        source = (drive.peripheral + state.injury) * jnp.exp(
            -values["capsaicin_input"] * state.defunctionalised
            - values["movement_input"] * state.training_aerobic
        )
        source = source * actions.input * actions.opioid_input_block(state.opioid_adaptation, values)
        application = actions.capsaicin_application / rate.defunctionalised

        serum = serum_target(drive.habitual_magnesium + actions.magnesium_absorbed, values)
        share = values["tissue_magnesium_share"] / (1.0 + values["tissue_magnesium_share"])
        serum = (1.0 - share) * serum + share * state.tissue_magnesium
        serum = serum + actions.magnesium_infusion / rate.serum_magnesium

        kinase = values["kinase_from_calcium"] * j + values["kinase_from_substance_p"] * gate.substance_p
        kinase = (kinase + values["kinase_from_nitration"] * state.nitration) * actions.kinase
        kinase = kinase * jnp.exp(-values["omega3_kinase"] * state.omega3)
        alpha2delta1 = sensitised * (
            1.0 + values["alpha2delta1_from_input"] * state.input / (1.0 + state.input)
        )
        alpha2delta1 = alpha2delta1 * jnp.exp(-values["resistance_alpha2delta1"] * state.training_resistance)

        microglia = values["microglia_from_calcium"] * j + values["microglia_from_injury"] * state.input
        microglia = microglia * actions.microglia * jnp.exp(-values["omega3_microglia"] * state.omega3)
        microglia = microglia / (1.0 + values["anti_inflammatory_feedback"] * state.microglia)
        uptake_loss = (
            values["clearance_loss_microglia"] * state.microglia
            + values["clearance_loss_astrocyte"] * state.astrocytes
            + values["clearance_loss_nitration"] * state.nitration
        )

        superoxide = values["superoxide_from_calcium"] * j
        superoxide = superoxide + values["superoxide_from_mitochondria"] * (1.0 - state.mitochondria)
        superoxide = superoxide * actions.superoxide / (state.mnsod * state.glutathione)
        nitric_oxide = (1.0 + values["nitric_oxide_from_microglia"] * state.microglia) * actions.nitric_oxide
        peroxynitrite = superoxide * nitric_oxide * sensitised / state.glutathione
        peroxynitrite = peroxynitrite / (1.0 + peroxynitrite)

        inhibition = jnp.exp(
            values["movement_inhibition"] * state.training_aerobic
            + values["resistance_inhibition"] * state.training_resistance
        ) / (1.0 + values["inhibition_erosion"] * state.central)
        gain = CascadeState(
            injury=zero,
            input=source,
            defunctionalised=application,
            serum_magnesium=serum,
            tissue_magnesium=state.serum_magnesium,
            csf_magnesium=1.0 + values["csf_magnesium_gain"] * (state.serum_magnesium - 1.0),
            phosphorylated=kinase / (1.0 + kinase),
            alpha2delta1=alpha2delta1,
            surface_receptors=actions.insertion * state.alpha2delta1,
            microglia=microglia / (1.0 + microglia),
            astrocytes=actions.astrocytes * state.microglia,
            clearance=1.0 / (1.0 + uptake_loss),
            mitochondria=one,
            mnsod=one,
            glutathione=actions.glutathione,
            nitration=peroxynitrite,
            central=j,
            inhibition=inhibition,
            opioid_adaptation=actions.opioid,
            omega3=actions.omega3,
            training_aerobic=actions.exercise_aerobic,
            training_resistance=actions.exercise_resistance,
        )
        loss = CascadeState(*(one for _ in CascadeState._fields))._replace(
            defunctionalised=1.0 + application,
            surface_receptors=1.0 / (1.0 + values["internalisation_slowing"] * state.phosphorylated),
            mitochondria=1.0 + values["mitochondria_damage"] * (state.microglia + state.nitration),
            mnsod=1.0 + values["mnsod_inactivation"] * peroxynitrite,
            glutathione=1.0 + values["glutathione_consumption"] * peroxynitrite,
        )
        return gain, loss

    def derivative(
        self, state: CascadeState, actions: Actions, drive: Drive, values: Values
    ) -> CascadeState:
        r"""Right-hand side, per day: :math:`\dot x = (a - l x) / \tau` with `balance` and `relaxation_rates`."""
        gate = self.gate(state, self.activity(state, actions, drive, values), actions, values)
        gain, loss = self.balance(state, gate, actions, drive, values)
        rate = self.relaxation_rates(values)
        return CascadeState(
            *(r * (a - b * x) for r, a, b, x in zip(rate, gain, loss, state, strict=True))
        )

    def linear_rates(self, values: Values) -> CascadeState:
        """Diagonal rates, per day, that the exponential integrator solves exactly.

        The losses that grow under stress enter at their largest, so that no explicit remainder is stiff.
        """
        rate = self.relaxation_rates(values)
        return rate._replace(
            mitochondria=rate.mitochondria * (1.0 + values["mitochondria_damage"]),
            mnsod=rate.mnsod * (1.0 + values["mnsod_inactivation"]),
            glutathione=rate.glutathione * (1.0 + values["glutathione_consumption"]),
        )

    def relaxation_rates(self, values: Values) -> CascadeState:
        r"""Rates :math:`1/\tau` of every state in health, per day."""
        training = 1.0 / values["training_time"]
        return CascadeState(
            injury=1.0 / values["injury_healing_time"],
            input=1.0 / values["input_time"],
            defunctionalised=1.0 / values["fibre_regeneration_time"],
            serum_magnesium=values["serum_magnesium_rate"],
            tissue_magnesium=1.0 / values["tissue_magnesium_time"],
            csf_magnesium=1.0 / values["csf_magnesium_time"],
            phosphorylated=1.0 / values["phosphorylation_time"],
            alpha2delta1=1.0 / values["alpha2delta1_time"],
            surface_receptors=1.0 / values["surface_turnover_time"],
            microglia=1.0 / values["microglia_time"],
            astrocytes=1.0 / values["astrocyte_time"],
            clearance=1.0 / values["clearance_time"],
            mitochondria=1.0 / values["mitochondria_repair_time"],
            mnsod=1.0 / values["mnsod_time"],
            glutathione=1.0 / values["glutathione_time"],
            nitration=1.0 / values["nitration_time"],
            central=1.0 / values["central_time"],
            inhibition=1.0 / values["inhibition_time"],
            opioid_adaptation=1.0 / values["opioid_adaptation_time"],
            omega3=1.0 / values["omega3_time"],
            training_aerobic=training,
            training_resistance=training,
        )

    def pain(self, state: CascadeState, actions: Actions, drive: Drive, values: Values) -> PerArm:
        r"""Pain on the 0-10 scale, :math:`10\,x/(1+x)` with :math:`x = \beta_E E + \beta_J J`.

        A linear (AMPA) path beside the amplification path: acute pain does not need the NMDA receptor (M2).
        """
        activity = self.activity(state, actions, drive, values)
        calcium = self.gate(state, activity, actions, values).calcium
        felt = values["pain_from_activity"] * activity + values["pain_from_calcium"] * calcium
        return 10.0 * felt / (1.0 + felt)

    def serum_magnesium_mmol_per_L(self, state: CascadeState, values: Values) -> PerArm:
        """Serum magnesium, mmol/L."""
        return values["serum_magnesium_normal"] * state.serum_magnesium

    def csf_magnesium_mmol_per_L(self, state: CascadeState, values: Values) -> PerArm:
        """Ionised CSF magnesium, mmol/L."""
        return values["csf_magnesium_normal"] * state.csf_magnesium

    def _current(self, state: CascadeState, values: Values) -> PerArm:
        return state.surface_receptors * (1.0 + values["phosphorylation_gain"] * state.phosphorylated)


def _unblocked(
    magnesium: Float[Array, "..."] | float,
    half_block: Float[Array, "..."] | float,
    potential: Float[Array, "..."] | float,
    values: Values,
) -> Float[Array, "..."]:
    return 1.0 / (1.0 + magnesium / half_block * jnp.exp(-values["magnesium_block_steepness"] * potential))
