"""Daily doses relative to the reference doses at which a drug's strength is defined."""

from __future__ import annotations

from typing import NamedTuple

from windup.models.core.types import Doses, PerArm, Values
from windup.models.drugs.dose_response import saturating

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
    "own": 1.0,
}
"""Doses at which a drug's strength is defined, in the units of `windup.models.Doses`.

Customary full doses of the trials in the data set.
"""


class RelativeDoses(NamedTuple):
    """E_max dose-response of every drug and habit: 0 without it, 1 at its reference dose.

    ``magnesium`` is oral and intravenous together. The patch is not here: it is counted in applications.
    """

    magnesium: PerArm
    curcumin: PerArm
    resveratrol: PerArm
    gabapentin: PerArm
    pregabalin: PerArm
    omega3: PerArm
    ala: PerArm
    nac: PerArm
    pea: PerArm
    nsaid: PerArm
    opioid: PerArm
    ketamine: PerArm
    memantine: PerArm
    exercise_aerobic: PerArm
    exercise_resistance: PerArm
    capsaicin_cream: PerArm


def relative_doses(doses: Doses, values: Values) -> RelativeDoses:
    """Relative doses; half-maximal doses are fitted where trials compared doses, else the reference dose."""

    def relative(drug: str, dose: PerArm, half_dose: str | None = None) -> PerArm:
        reference = REFERENCE_DOSE[drug]
        half = reference if half_dose is None else values[half_dose]
        return saturating(dose, half, reference_dose=reference)

    return RelativeDoses(
        magnesium=relative("magnesium_oral", doses.magnesium_oral + doses.magnesium_intravenous),
        curcumin=relative("curcumin", doses.curcumin),
        resveratrol=relative("resveratrol", doses.resveratrol),
        gabapentin=relative("gabapentin_bioavailable", doses.gabapentin_bioavailable, "gabapentin_half_dose"),
        pregabalin=relative("pregabalin", doses.pregabalin, "pregabalin_half_dose"),
        omega3=relative("omega3", doses.omega3),
        ala=relative("ala", doses.ala, "ala_half_dose"),
        nac=relative("nac", doses.nac),
        pea=relative("pea", doses.pea),
        nsaid=relative("nsaid", doses.nsaid),
        opioid=relative("opioid", doses.opioid, "opioid_half_dose"),
        ketamine=relative("ketamine", doses.ketamine),
        memantine=relative("memantine", doses.memantine),
        exercise_aerobic=relative("exercise_aerobic", doses.exercise_aerobic),
        exercise_resistance=relative("exercise_resistance", doses.exercise_resistance),
        capsaicin_cream=relative("capsaicin_cream", doses.capsaicin_cream),
    )
