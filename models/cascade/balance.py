"""The slow part of the cascade: what every state gains and loses."""

from __future__ import annotations

import jax.numpy as jnp

from windup.models.cascade.actions import Actions
from windup.models.cascade.gate import Gate
from windup.models.cascade.state import CascadeState, relaxation_rates
from windup.models.core.types import Drive, Values
from windup.models.drugs.dose_response import fibres_lost
from windup.models.drugs.magnesium import Magnesium, magnesium_targets


def balance(
    state: CascadeState, gate: Gate, actions: Actions, drive: Drive, values: Values
) -> tuple[CascadeState, CascadeState]:
    r"""Gain :math:`a` and loss :math:`l` of every state; each relaxes as :math:`\tau \dot x = a - l x`.

    With :math:`j = J/(J + J_{1/2})`, input :math:`I`, substance P :math:`S`, phosphorylated fraction
    :math:`P`, alpha-2-delta-1 :math:`A`, surface receptors :math:`R`, microglia :math:`M`, astrocytes
    :math:`As`, clearance :math:`U`, mitochondria :math:`W`, MnSOD :math:`D`, glutathione :math:`g`, nitration
    :math:`X`, central state :math:`C`, inhibition :math:`H`, opioid adaptation :math:`T`; :math:`l = 1` where
    none is given:

    .. math::
        a_P &= \frac{z}{1+z},\; z = \kappa (a_J j + a_S S + a_X X) \\
        a_R &= \iota A,\; l_R = \frac{1}{1 + p P}; \quad
        a_A = \xi (1 + \tanh h T)\Big(1 + a_I \frac{I}{1+I}\Big) \\
        a_M &= \frac{z}{1+z},\; z = \mu \frac{a_j j + a_i I}{1 + f M}; \quad
        a_{As} = \frac{\alpha M}{1 + (\alpha - 1) M} \\
        a_U &= \frac{1}{1 + u_M M + u_A As + u_X X} \\
        O_2 &= \sigma \frac{s_J j + s_W (1 - W)}{D\, g}, \; NO = \nu (1 + n M) \\
        N &= \frac{z}{1 + z}, \; z = O_2\, NO\, (1 + \tanh h T) / g \\
        l_W &= 1 + d (M + X); \quad l_D = 1 + k N; \quad l_g = 1 + c N \\
        a_X &= N; \quad a_C = j; \quad a_H = \frac{\epsilon}{1 + e C}

    Input has the target :math:`d_p + i` times the drugs on it, magnesium `magnesium_targets`; injury and
    capsaicin wear off; opioid adaptation, omega-3 and training follow their doses. The Greek letters in front
    are the points of action of drugs and training (see `Actions`).
    """
    one, zero = jnp.ones_like(state.input), jnp.zeros_like(state.input)
    rate = relaxation_rates(values)
    j = gate.calcium_effect
    sensitised = 1.0 + jnp.tanh(values["opioid_sensitisation"] * state.opioid_adaptation)

    source = (drive.peripheral + state.injury) * jnp.exp(
        -values["capsaicin_input"] * fibres_lost(state.capsaicin)
        - values["movement_input"] * state.training_aerobic
    )
    source = source * actions.input * actions.opioid_input_block(state.opioid_adaptation, values)

    magnesium = magnesium_targets(
        Magnesium(state.serum_magnesium, state.tissue_magnesium, state.csf_magnesium),
        drive.habitual_magnesium + actions.magnesium_absorbed,
        actions.magnesium_infusion,
        values,
    )

    kinase = values["kinase_from_calcium"] * j + values["kinase_from_substance_p"] * gate.substance_p
    kinase = (kinase + values["kinase_from_nitration"] * state.nitration) * actions.kinase
    kinase = kinase * jnp.exp(-values["omega3_kinase"] * state.omega3)
    alpha2delta1 = sensitised * (1.0 + values["alpha2delta1_from_input"] * state.input / (1.0 + state.input))
    alpha2delta1 = alpha2delta1 * jnp.exp(-values["resistance_alpha2delta1"] * state.training_resistance)

    microglia = values["microglia_from_calcium"] * j + values["microglia_from_injury"] * state.input
    microglia = microglia * actions.microglia * jnp.exp(-values["omega3_microglia"] * state.omega3)
    microglia = microglia / (1.0 + values["anti_inflammatory_feedback"] * state.microglia)
    reactive = actions.astrocytes * state.microglia
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
        capsaicin=actions.capsaicin_application / rate.capsaicin,
        serum_magnesium=magnesium.serum,
        tissue_magnesium=magnesium.tissue,
        csf_magnesium=magnesium.csf,
        phosphorylated=kinase / (1.0 + kinase),
        alpha2delta1=alpha2delta1,
        surface_receptors=actions.insertion * state.alpha2delta1,
        microglia=microglia / (1.0 + microglia),
        astrocytes=reactive / (1.0 - state.microglia + reactive),
        clearance=1.0 / (1.0 + uptake_loss),
        mitochondria=one,
        mnsod=one,
        glutathione=actions.glutathione,
        nitration=peroxynitrite,
        central=j,
        inhibition=inhibition,
        opioid_adaptation=actions.opioid,
        omega3=actions.omega3,
        training_aerobic=actions.training_aerobic,
        training_resistance=actions.training_resistance,
    )
    loss = CascadeState(*(one for _ in CascadeState._fields))._replace(
        surface_receptors=1.0 / (1.0 + values["internalisation_slowing"] * state.phosphorylated),
        mitochondria=1.0 + values["mitochondria_damage"] * (state.microglia + state.nitration),
        mnsod=1.0 + values["mnsod_inactivation"] * peroxynitrite,
        glutathione=1.0 + values["glutathione_consumption"] * peroxynitrite,
    )
    return gain, loss


def asked(state: CascadeState, gate: Gate, actions: Actions, drive: Drive, values: Values) -> CascadeState:
    """Value :math:`a / l` that every state is on its way to while the others stay."""
    gain, loss = balance(state, gate, actions, drive, values)
    return CascadeState(*(a / b for a, b in zip(gain, loss, strict=True)))
