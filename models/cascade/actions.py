"""Where each drug and habit acts: daily doses become multipliers at the cascade's points of action."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from windup.models.core.pharmacology import Pharmacology
from windup.models.core.types import Doses, PerArm, Values
from windup.models.drugs.dose_response import capsaicin_exposure
from windup.models.drugs.magnesium import infusion_rate, supplement_absorbed


class Actions(NamedTuple):
    """Multipliers and sources at the points of action, one value per arm (and step).

    1 means no drug for multipliers (``input``, ``substance_p``, ``glutamate``, ``kinase``, ``insertion``,
    ``microglia``, ``astrocytes``, ``superoxide``, ``nitric_oxide``, ``glutathione``, ``channel``, ``other``),
    0 for exposures and sources (the rest).
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
    training_aerobic: PerArm
    training_resistance: PerArm
    opioid: PerArm

    def opioid_tone(self, adaptation: PerArm, values: Values) -> PerArm:
        r"""Direct opioid inhibition, :math:`\exp(s\,o/(1 + k T))`: tolerance :math:`T` takes potency away."""
        return jnp.exp(values["opioid_inhibition"] * self._potency(adaptation, values))

    def opioid_input_block(self, adaptation: PerArm, values: Values) -> PerArm:
        r"""Presynaptic opioid share, :math:`\exp(-s\,o/(1 + k T))`."""
        return jnp.exp(-values["opioid_input"] * self._potency(adaptation, values))

    def _potency(self, adaptation: PerArm, values: Values) -> PerArm:
        return self.opioid / (1.0 + values["opioid_tolerance"] * adaptation)


def cascade_actions(pharmacology: Pharmacology, doses: Doses, values: Values) -> Actions:
    r"""Actions of a dosing history.

    A drug of strength :math:`s` at its reference dose multiplies its target by :math:`\exp(\mp s f(d))`,
    where :math:`f` is the E_max dose-response scaled to 1 at the reference dose; :math:`s > 0` lowers pain.
    Several drugs at one point multiply (Bliss independence), so combinations add nothing by assumption.
    Which drug acts where are rows of ``actions.csv`` (`windup.datasets.Action`).
    """
    relative = pharmacology.relative(doses, values)
    return Actions(
        **{target: pharmacology.multiplier(target, relative, values) for target in TARGETS},
        **{state: pharmacology.fed(state, relative) for state in SLOW_STATES},
        magnesium_absorbed=supplement_absorbed(doses["magnesium_oral"], values),
        magnesium_infusion=infusion_rate(doses["magnesium_intravenous"], values),
        capsaicin_application=capsaicin_exposure(
            doses["capsaicin_patch"], relative["capsaicin_cream"], values
        ),
    )


SLOW_STATES = ("omega3", "training_aerobic", "training_resistance", "opioid")
"""States that a drug drives with its relative dose."""

_SOURCES = ("magnesium_absorbed", "magnesium_infusion", "capsaicin_application", *SLOW_STATES)

TARGETS = tuple(name for name in Actions._fields if name not in _SOURCES)
"""Points of action that a drug lowers or raises with its dose."""

UNTREATED = Actions(**{name: 0.0 if name in _SOURCES else 1.0 for name in Actions._fields})  # type: ignore[arg-type]  # numbers
"""`cascade_actions` without any drug, whatever the parameters: known numbers, nothing to compile."""
