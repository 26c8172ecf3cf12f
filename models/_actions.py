"""Where each drug and habit acts: daily doses become multipliers at the cascade's points of action."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from ._dose_response import saturating
from ._magnesium import infusion_rate, supplement_absorbed
from ._types import Doses, PerArm, Values

# Doses at which a drug's strength is defined: customary full doses of the trials in the data set.
REFERENCE_DOSE = {
    "magnesium_oral": 300.0,
    "curcumin": 1000.0,
    "resveratrol": 500.0,
    "gabapentin_bioavailable": 900.0,
    "pregabalin": 300.0,
    "omega3": 2000.0,
    "ala": 600.0,
    "nac": 1200.0,
    "pea": 600.0,
    "nsaid": 1.0,
    "opioid": 60.0,
    "ketamine": 350.0,
    "memantine": 20.0,
    "exercise_aerobic": 3.0,
    "exercise_resistance": 3.0,
    "capsaicin_cream": 0.3,
}
# An application of the patch is spread over one day; this rate defunctionalises 95 % of the exposed fibres by then.
PATCH_RATE_PER_DAY = 3.0


class Actions(NamedTuple):
    """Multipliers and sources at the points of action, one value per arm (and step).

    1 means no drug for multipliers (``input``, ``substance_p``, ``glutamate``, ``kinase``, ``insertion``,
    ``microglia``, ``astrocytes``, ``superoxide``, ``nitric_oxide``, ``glutathione``, ``channel``, ``other``), 0 for
    exposures and sources (the rest).
    """

    input: PerArm
    substance_p: PerArm
    glutamate: PerArm
    kinase: PerArm
    insertion: PerArm
    microglia: PerArm
    astrocytes: PerArm
    superoxide: PerArm
    nitric_oxide: PerArm
    glutathione: PerArm
    channel: PerArm
    other: PerArm
    magnesium_absorbed: PerArm
    magnesium_infusion: PerArm
    capsaicin_application: PerArm
    omega3: PerArm
    exercise_aerobic: PerArm
    exercise_resistance: PerArm
    opioid: PerArm

    def opioid_tone(self, adaptation: PerArm, values: Values) -> PerArm:
        r"""Direct opioid inhibition, :math:`\exp(s\,o/(1 + k T))`: tolerance :math:`T` takes potency away."""
        potency = self.opioid / (1.0 + values["opioid_tolerance"] * adaptation)
        return jnp.exp(values["opioid_inhibition"] * potency)

    def opioid_input_block(self, adaptation: PerArm, values: Values) -> PerArm:
        r"""Presynaptic opioid share, :math:`\exp(-s\,o/(1 + k T))`."""
        potency = self.opioid / (1.0 + values["opioid_tolerance"] * adaptation)
        return jnp.exp(-values["opioid_input"] * potency)


def cascade_actions(doses: Doses, values: Values) -> Actions:
    r"""Actions of a dosing history.

    A drug of strength :math:`s` at its reference dose multiplies its target by :math:`\exp(\mp s f(d))`, where
    :math:`f` is the E_max dose-response scaled to 1 at the reference dose; :math:`s > 0` lowers pain. Several drugs at
    one point multiply (Bliss independence), so combinations add nothing by assumption.
    """

    def effect(drug: str, half_dose: float | None = None, parameter: str | None = None) -> PerArm:
        reference = REFERENCE_DOSE[drug]
        half = values[parameter] if parameter is not None else (half_dose or reference)
        return saturating(getattr(doses, drug), half, reference_dose=reference)

    gabapentin = effect("gabapentin_bioavailable", parameter="gabapentin_half_dose")
    pregabalin = effect("pregabalin", parameter="pregabalin_half_dose")
    opioid = effect("opioid", parameter="opioid_half_dose")
    ala = effect("ala", parameter="ala_half_dose")
    magnesium = saturating(
        doses.magnesium_oral + doses.magnesium_intravenous,
        REFERENCE_DOSE["magnesium_oral"],
        reference_dose=REFERENCE_DOSE["magnesium_oral"],
    )
    curcumin, resveratrol = effect("curcumin"), effect("resveratrol")
    pea, nac = effect("pea"), effect("nac")
    movement = effect("exercise_aerobic")
    cream = effect("capsaicin_cream")
    patch = doses.capsaicin_patch
    ketamine, memantine = effect("ketamine"), effect("memantine")
    return Actions(
        input=jnp.exp(-values["nsaid_input"] * effect("nsaid")),
        substance_p=jnp.exp(
            -values["curcumin_substance_p"] * curcumin - values["movement_substance_p"] * movement
        ),
        glutamate=jnp.exp(-values["magnesium_glutamate"] * magnesium - values["nac_glutamate"] * nac),
        kinase=jnp.exp(
            -values["magnesium_kinase"] * magnesium
            - values["curcumin_kinase"] * curcumin
            - values["resveratrol_kinase"] * resveratrol
        ),
        insertion=jnp.exp(
            -values["gabapentin_insertion"] * gabapentin - values["pregabalin_insertion"] * pregabalin
        ),
        microglia=jnp.exp(-values["pea_microglia"] * pea),
        astrocytes=jnp.exp(-values["pea_astrocyte"] * pea),
        superoxide=jnp.exp(-values["ala_superoxide"] * ala),
        nitric_oxide=jnp.exp(-values["ala_nitric_oxide"] * ala),
        glutathione=jnp.exp(values["nac_glutathione"] * nac),
        channel=jnp.exp(-values["ketamine_block"] * ketamine - values["memantine_block"] * memantine),
        other=jnp.exp(-values["magnesium_other"] * magnesium),
        magnesium_absorbed=supplement_absorbed(doses.magnesium_oral, values),
        magnesium_infusion=infusion_rate(doses.magnesium_intravenous, values),
        capsaicin_application=PATCH_RATE_PER_DAY * patch + values["cream_application_rate"] * cream,
        omega3=effect("omega3"),
        exercise_aerobic=movement,
        exercise_resistance=effect("exercise_resistance"),
        opioid=opioid,
    )
