"""The fast, algebraic part of the cascade: activity of the dorsal horn and the two-key gate."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from windup.models.cascade.actions import Actions
from windup.models.cascade.state import CascadeState
from windup.models.core.types import Drive, PerArm, Values


class Gate(NamedTuple):
    """Algebraic terms of one moment: what opens the receptor and what flows through it.

    ``potential`` in mV, ``unblocked`` a fraction; the rest is dimensionless.
    """

    substance_p: PerArm
    glutamate: PerArm
    d_serine: PerArm
    potential: PerArm
    unblocked: PerArm
    calcium: PerArm
    calcium_effect: PerArm


def receptor_current(state: CascadeState, values: Values) -> PerArm:
    r"""Current of the surface receptors relative to health, :math:`R (1 + \gamma P)`."""
    return state.surface_receptors * (1.0 + values["phosphorylation_gain"] * state.phosphorylated)


def ongoing_activity(state: CascadeState, values: Values) -> PerArm:
    r"""Activity that the four loops keep up without any input; 0 in health.

    .. math:: g_C C + g_R \frac{r - 1}{r} + g_G (1 - U) + g_X X, \quad r = \max(1, R(1 + \gamma P))
    """
    current = jnp.maximum(receptor_current(state, values), 1.0)
    return (
        values["central_activity"] * state.central
        + values["receptor_activity"] * (current - 1.0) / current
        + values["glia_activity"] * (1.0 - state.clearance)
        + values["nitroxidative_activity"] * state.nitration
    )


def net_activity(state: CascadeState, actions: Actions, drive: Drive, values: Values) -> PerArm:
    r"""Net activity of the dorsal horn, :math:`E = (I + d_c + \text{ongoing})\, \omega / (H \theta)`.

    :math:`\omega` is the effect of magnesium that is not a block (`Actions.other`), `tone` the direct opioid
    tone.
    """
    tone = state.inhibition * actions.opioid_tone(state.opioid_adaptation, values)
    sources = state.input + drive.central + ongoing_activity(state, values)
    return sources * actions.other / tone


def unblocked_share(
    magnesium: Float[Array, " ..."] | float,
    half_block: Float[Array, " ..."] | float,
    potential: Float[Array, " ..."] | float,
    values: Values,
) -> Float[Array, " ..."]:
    r"""Share of receptors that magnesium leaves open, :math:`B = (1 + \frac{M}{K} e^{-a V})^{-1}`.

    Parameters
    ----------
    magnesium, half_block
        Ionised magnesium M and the magnesium K that halves the current at 0 mV, mmol/L.
    potential
        Membrane potential V, mV.
    values
        ``magnesium_block_steepness`` (a, 1/mV).

    References
    ----------
    Jahr and Stevens 1990, J Neurosci 10:3178, https://pubmed.ncbi.nlm.nih.gov/1697902
    """
    return 1.0 / (1.0 + magnesium / half_block * jnp.exp(-values["magnesium_block_steepness"] * potential))


def two_key_gate(state: CascadeState, activity: PerArm, actions: Actions, values: Values) -> Gate:
    r"""Two-key gate with its third key, and the calcium drive, at a given activity :math:`E`.

    Evoked glutamate :math:`G` is the first key, depolarisation :math:`V` the second, the co-agonist :math:`D`
    the third; :math:`B` is the Jahr-Stevens block and :math:`J` the calcium drive:

    .. math::
        G &= \lambda\, E \, (1 + \rho (A - 1)) / U, \qquad V = V_0 + \Delta V \frac{E}{1 + E} \\
        B &= \Big(1 + \frac{M_{csf}}{K e^{k S}} e^{-0.062 V}\Big)^{-1}, \qquad
        J = R (1 + \gamma P)\, D \, \frac{G}{1 + G} \, \frac{B}{B_{max}} \, b, \qquad D = 1 + \delta\, As

    with :math:`b` the unblocked share of channels (ketamine, memantine), :math:`S` substance P,
    :math:`\lambda` the drugs on release and :math:`B_{max}` the block at full depolarisation and customary
    magnesium. Removing either key closes the gate: no glutamate gives exactly 0, no depolarisation leaves a
    tenth of the open current.
    """
    substance_p = state.input * actions.substance_p
    release = 1.0 + values["alpha2delta1_release"] * (state.alpha2delta1 - 1.0)
    glutamate = activity * jnp.maximum(release, 0.0) * actions.glutamate / state.clearance
    d_serine = 1.0 + values["d_serine_gain"] * state.astrocytes
    potential = values["resting_potential"] + values["depolarisation_range"] * activity / (1.0 + activity)
    half_block = values["magnesium_half_block"] * jnp.exp(values["substance_p_block_shift"] * substance_p)
    magnesium = values["csf_magnesium_normal"] * state.csf_magnesium
    unblocked = unblocked_share(magnesium, half_block, potential, values)
    fully_depolarised = values["resting_potential"] + values["depolarisation_range"]
    open_current = unblocked_share(
        values["csf_magnesium_normal"], values["magnesium_half_block"], fully_depolarised, values
    )
    occupied = d_serine * glutamate / (1.0 + glutamate)
    calcium = receptor_current(state, values) * occupied * unblocked / open_current * actions.channel
    return Gate(
        substance_p=substance_p,
        glutamate=glutamate,
        d_serine=d_serine,
        potential=potential,
        unblocked=unblocked,
        calcium=calcium,
        calcium_effect=calcium / (calcium + values["calcium_half_saturation"]),
    )
