"""The slow states of the cascade, their values in health and their rates."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from windup.models.core.types import PerArm, Values
from windup.models.drugs.magnesium import magnesium_rates


class CascadeState(NamedTuple):
    """Slow states; every pool is 1 (or 0) in health, magnesium relative to its customary level.

    ``capsaicin`` is cumulative exposure (see `windup.models.fibres_lost`); ``phosphorylated``, ``microglia``,
    ``astrocytes``, ``nitration`` and ``central`` are fractions; ``opioid_adaptation``, ``omega3`` and the two
    trainings follow their doses, 1 at the reference dose; ``injury`` and ``input`` have the unit of the
    drive.
    """

    injury: PerArm
    input: PerArm
    capsaicin: PerArm
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


def healthy_cascade(like: PerArm) -> CascadeState:
    """Steady state without illness or drugs at customary magnesium intake."""
    zero, one = jnp.zeros_like(like), jnp.ones_like(like)
    return CascadeState(
        injury=zero,
        input=zero,
        capsaicin=zero,
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


# Fractions, and pools that stress can only lower.
_AT_MOST_1 = (
    "phosphorylated",
    "microglia",
    "astrocytes",
    "clearance",
    "mitochondria",
    "mnsod",
    "nitration",
    "central",
)


def cascade_limits() -> tuple[CascadeState, CascadeState]:
    """Lowest and highest value of every state."""
    highest = {name: 1.0 if name in _AT_MOST_1 else np.inf for name in CascadeState._fields}
    return CascadeState(*np.zeros(len(highest))), CascadeState(**highest)  # type: ignore[arg-type]  # numbers


def relaxation_rates(values: Values) -> CascadeState:
    r"""Rates :math:`1/\tau` of every state in health, per day."""
    training = 1.0 / values["training_time"]
    magnesium = magnesium_rates(values)
    return CascadeState(
        injury=1.0 / values["injury_healing_time"],
        input=1.0 / values["input_time"],
        capsaicin=1.0 / values["fibre_regeneration_time"],
        serum_magnesium=magnesium.serum,
        tissue_magnesium=magnesium.tissue,
        csf_magnesium=magnesium.csf,
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


def integrator_rates(values: Values) -> CascadeState:
    """Diagonal rates, per day, that the exponential integrator solves exactly.

    The losses that grow under stress enter at a large value, so that no explicit remainder is stiff.
    """
    rate = relaxation_rates(values)
    return rate._replace(
        mitochondria=rate.mitochondria * (1.0 + values["mitochondria_damage"]),
        mnsod=rate.mnsod * (1.0 + values["mnsod_inactivation"]),
        glutathione=rate.glutathione * (1.0 + values["glutathione_consumption"]),
    )
