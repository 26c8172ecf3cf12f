"""Claims about points of action: receptors, inputs, magnesium, and the course without drugs."""

from __future__ import annotations

import numpy as np

from windup.datasets import packaged_catalogue
from windup.fit.analyses.claims.catalogue.claim import Claim, ClaimDraws, difference, experiment, parameter

_PLACEBO = "pregabalin 300 mg/day"
_FIBROMYALGIA = "NSAID, full dose (fibromyalgia)"


def action_claims() -> tuple[Claim, ...]:
    """All claims about points of action."""
    return (*_receptors(), *_points_of_action(), *_magnesium(), *_course())


def _receptors() -> tuple[Claim, ...]:
    spared = tuple(
        Claim(
            f"{drug} spares receptors on the surface",
            ("M21",),
            f"Under {drug} fewer than 5 % of the receptors on the surface go within 12 weeks.",
            experiment(f"surface_{drug}"),
            "of no drug",
            "above",
            0.95,
            f"experiment surface_{drug}",
            drugs=(drug,),
            cascade_only=True,
        )
        for drug in ("pregabalin", "gabapentin")
    )
    return (
        *spared,
        Claim(
            "surface receptors hardly turn over",
            ("M6", "M21"),
            "Receptors on the surface are taken back at less than 5 % a day.",
            lambda evidence: 1.0 / np.asarray(evidence.draws["surface_turnover_time"]),
            "per day",
            "below",
            0.05,
            "parameter surface_turnover_time",
            parameters=("surface_turnover_time",),
            cascade_only=True,
        ),
    )


def _points_of_action() -> tuple[Claim, ...]:
    return (
        Claim(
            "NSAIDs act on the input only",
            ("M40",),
            "An NSAID changes nothing (less than 0.05 point) where pain has no peripheral cause.",
            lambda evidence: np.abs(evidence.experiments["nsaid_central"]),
            "NRS points",
            "below",
            0.05,
            "experiment nsaid_central",
            drugs=("nsaid",),
            cascade_only=True,
        ),
        Claim(
            "NSAIDs do little in fibromyalgia",
            ("M40", "M50"),
            "In fibromyalgia an NSAID takes off less than 0.5 point by week 12.",
            difference(_FIBROMYALGIA, 12.0),
            "NRS points",
            "above",
            -0.5,
            f"regimen '{_FIBROMYALGIA}', week 12",
            drugs=("nsaid",),
            regimens=(_FIBROMYALGIA,),
        ),
        Claim(
            "movement calms the first nerve",
            ("M24",),
            "Aerobic movement lowers the input itself.",
            parameter("movement_input"),
            "log multiplier",
            "above",
            0.0,
            "parameter movement_input",
            drugs=("exercise_aerobic",),
            parameters=("movement_input",),
            cascade_only=True,
        ),
        Claim(
            "resistance training lowers alpha-2-delta-1",
            ("M23",),
            "Resistance training lowers alpha-2-delta-1.",
            parameter("resistance_alpha2delta1"),
            "log multiplier",
            "above",
            0.0,
            "parameter resistance_alpha2delta1",
            drugs=("exercise_resistance",),
            parameters=("resistance_alpha2delta1",),
            cascade_only=True,
        ),
    )


def _magnesium() -> tuple[Claim, ...]:
    return (
        Claim(
            "oral magnesium closes the gate",
            ("M12",),
            "12 weeks of oral magnesium close 5 % or more of the channels that are open at rest.",
            experiment("gate_magnesium"),
            "share",
            "above",
            0.05,
            "experiment gate_magnesium",
            drugs=("magnesium",),
            parameters=("csf_magnesium_gain", "renal_feedback", "magnesium_absorbed_fraction"),
            cascade_only=True,
        ),
        Claim(
            "serum magnesium is lower in chronic pain",
            ("M14",),
            "Patients have less magnesium in their serum than healthy people.",
            parameter("case_magnesium_difference"),
            "mmol/L",
            "below",
            0.0,
            "parameter case_magnesium_difference",
            parameters=("case_magnesium_difference",),
        ),
    )


def _course() -> tuple[Claim, ...]:
    def on_placebo(evidence: ClaimDraws) -> np.ndarray:
        """Change of pain on placebo by week 12, in the mean study of diabetic neuropathy."""
        groups = [group.name for group in packaged_catalogue().placebo_groups]
        group = groups.index("diabetic_neuropathy")
        fall = np.asarray(evidence.draws["placebo_response"])[:, group]
        fall = fall + 0.5 * np.asarray(evidence.draws["placebo_per_baseline_point"])
        untreated = evidence.regimens[_PLACEBO].no_drug[:, 12] - evidence.regimens[_PLACEBO].no_drug[:, 0]
        natural = np.asarray(evidence.draws["natural_course"])
        found: np.ndarray = untreated + fall * np.expm1(-84.0 / np.asarray(evidence.draws["placebo_time"]))
        found += natural * np.expm1(-84.0 / np.asarray(evidence.draws["natural_time"]))
        return found

    return (
        Claim(
            "pain grows whatever is done",
            ("M38",),
            "On placebo pain is worse at week 12 than at the beginning.",
            on_placebo,
            "NRS points",
            "above",
            0.0,
            f"the arm without drug of regimen '{_PLACEBO}', with placebo response and natural course",
            regimens=(_PLACEBO,),
            parameters=("placebo_response",),
        ),
    )
