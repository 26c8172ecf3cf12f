"""What the two rivals of the cascade share: one burden of pain, its drive, its drugs and its read-out."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from windup.models.core.pharmacology import Pharmacology
from windup.models.core.types import Doses, Drive, PerArm, Values
from windup.models.drugs.dose_response import capsaicin_exposure, fibres_lost
from windup.models.drugs.magnesium import (
    Magnesium,
    infusion_rate,
    magnesium_at_intake,
    magnesium_rates,
    magnesium_targets,
    supplement_absorbed,
)


class BurdenState(NamedTuple):
    """Injury that heals, the burden x, and the slow exposures; magnesium relative to its customary level."""

    injury: PerArm
    burden: PerArm
    capsaicin: PerArm
    omega3: PerArm
    serum_magnesium: PerArm
    tissue_magnesium: PerArm
    csf_magnesium: PerArm


class BurdenActions(NamedTuple):
    """``input`` multiplies the drive (1 without drugs); the rest are exposures and sources (0 without)."""

    input: PerArm
    capsaicin_application: PerArm
    omega3: PerArm
    magnesium_absorbed: PerArm
    magnesium_infusion: PerArm


def healthy_burden(like: PerArm) -> BurdenState:
    """Steady state without illness or drugs at customary magnesium intake."""
    zero, one = jnp.zeros_like(like), jnp.ones_like(like)
    return BurdenState(
        injury=zero,
        burden=zero,
        capsaicin=zero,
        omega3=zero,
        serum_magnesium=one,
        tissue_magnesium=one,
        csf_magnesium=one,
    )


def burden_at_onset(drive: Drive, values: Values) -> BurdenState:
    """Health at the moment of injury; magnesium at the level of the habitual intake."""
    magnesium = magnesium_at_intake(drive.habitual_magnesium, values)
    return healthy_burden(drive.peripheral)._replace(
        injury=drive.injury,
        serum_magnesium=magnesium.serum,
        tissue_magnesium=magnesium.tissue,
        csf_magnesium=magnesium.csf,
    )


def burden_at_enrolment(
    burden: PerArm, habitual_magnesium: Float[np.ndarray, " arms"], values: Values
) -> BurdenState:
    """Patients with a settled burden; magnesium at the level of the habitual intake."""
    magnesium = magnesium_at_intake(jnp.asarray(habitual_magnesium), values)
    return healthy_burden(burden)._replace(
        burden=burden,
        serum_magnesium=magnesium.serum,
        tissue_magnesium=magnesium.tissue,
        csf_magnesium=magnesium.csf,
    )


def burden_actions(pharmacology: Pharmacology, doses: Doses, values: Values) -> BurdenActions:
    r"""Actions of a dosing history: every drug multiplies the input by :math:`\exp(-s f(d))`.

    :math:`f` is the E_max dose-response scaled to 1 at the reference dose, :math:`s` the drug's one strength;
    several drugs multiply. Capsaicin and omega-3 act through their slow exposures.
    """
    relative = pharmacology.relative(doses, values)
    return BurdenActions(
        input=pharmacology.multiplier("input", relative, values),
        capsaicin_application=capsaicin_exposure(
            doses["capsaicin_patch"], relative["capsaicin_cream"], values
        ),
        omega3=pharmacology.fed("omega3", relative),
        magnesium_absorbed=supplement_absorbed(doses["magnesium_oral"], values),
        magnesium_infusion=infusion_rate(doses["magnesium_intravenous"], values),
    )


def burden_derivative(
    state: BurdenState, returned: PerArm, actions: BurdenActions, drive: Drive, values: Values
) -> BurdenState:
    r"""Right-hand side, per day, given what a loop returns to the burden.

    .. math:: \tau \dot x = (d_p + d_c + i)\, \phi\, e^{-s_c F - s_o o} + \text{returned} - x

    with the drives :math:`d`, the healing injury :math:`i`, immediate drugs :math:`\phi`, fibres lost
    :math:`F` and omega-3 :math:`o`.
    """
    slow = values["capsaicin_input"] * fibres_lost(state.capsaicin) + values["omega3_input"] * state.omega3
    source = (drive.peripheral + drive.central + state.injury) * actions.input * jnp.exp(-slow)
    rate = burden_rates(values)
    pools = Magnesium(state.serum_magnesium, state.tissue_magnesium, state.csf_magnesium)
    absorbed = drive.habitual_magnesium + actions.magnesium_absorbed
    target = magnesium_targets(pools, absorbed, actions.magnesium_infusion, values)
    return BurdenState(
        injury=-rate.injury * state.injury,
        burden=rate.burden * (source + returned - state.burden),
        capsaicin=actions.capsaicin_application - rate.capsaicin * state.capsaicin,
        omega3=rate.omega3 * (actions.omega3 - state.omega3),
        serum_magnesium=rate.serum_magnesium * (target.serum - state.serum_magnesium),
        tissue_magnesium=rate.tissue_magnesium * (target.tissue - state.tissue_magnesium),
        csf_magnesium=rate.csf_magnesium * (target.csf - state.csf_magnesium),
    )


def burden_rates(values: Values) -> BurdenState:
    r"""Rates :math:`1/\tau` of every state, per day."""
    magnesium = magnesium_rates(values)
    return BurdenState(
        injury=1.0 / values["injury_healing_time"],
        burden=1.0 / values["burden_time"],
        capsaicin=1.0 / values["fibre_regeneration_time"],
        omega3=1.0 / values["omega3_time"],
        serum_magnesium=magnesium.serum,
        tissue_magnesium=magnesium.tissue,
        csf_magnesium=magnesium.csf,
    )


def pain_of_burden(burden: PerArm, values: Values) -> PerArm:
    r"""Pain on the 0-10 scale, :math:`10\, b x / (1 + b x)`, as the cascade reads out."""
    felt = values["pain_from_burden"] * burden
    return 10.0 * felt / (1.0 + felt)
