"""Claims that drugs and habits change pain; every model can judge them."""

from __future__ import annotations

import numpy as np

from windup.fit.analyses.claims.catalogue.claim import Claim, ClaimDraws, difference

# Salaffi 2004, doi 10.1016/j.ejpain.2003.09.004: the difference that matters to a patient.
_POINT = -1.0
_OPIOID = "opioid 60 mg morphine/day, half a year"

# Name, ledger, subject of the sentence, regimen, week, drug.
ONE_POINT = (
    ("magnesium", ("M16",), "Oral magnesium", "magnesium 300 mg/day", 12.0, "magnesium"),
    ("curcumin", ("M22",), "Curcumin", "curcumin 1000 mg/day", 12.0, "curcumin"),
    ("resveratrol", ("M22",), "Resveratrol", "resveratrol 500 mg/day", 12.0, "resveratrol"),
    ("omega-3", ("M22",), "Omega-3", "omega-3 2000 mg/day", 12.0, "omega3"),
    (
        "palmitoylethanolamide",
        ("M44",),
        "Palmitoylethanolamide",
        "palmitoylethanolamide 600 mg/day",
        12.0,
        "pea",
    ),
    ("alpha-lipoic acid", ("M42",), "Alpha-lipoic acid", "alpha-lipoic acid 600 mg/day", 12.0, "ala"),
    (
        "alpha-lipoic acid in fibromyalgia",
        ("M42",),
        "In fibromyalgia, alpha-lipoic acid",
        "alpha-lipoic acid 600 mg/day (fibromyalgia)",
        12.0,
        "ala",
    ),
    ("N-acetylcysteine", ("M43",), "N-acetylcysteine", "N-acetylcysteine 1200 mg/day", 12.0, "nac"),
    ("NSAID", ("M40",), "An NSAID", "NSAID, full dose", 12.0, "nsaid"),
    ("capsaicin patch", ("M10",), "One capsaicin patch", "capsaicin 8 % patch, once", 4.0, "capsaicin_patch"),
    (
        "capsaicin cream",
        ("M10",),
        "Capsaicin cream",
        "capsaicin 0.075 % cream, 4 a day",
        12.0,
        "capsaicin_cream",
    ),
    ("movement", ("M24",), "Aerobic movement", "aerobic exercise, 3 a week", 12.0, "exercise_aerobic"),
    (
        "resistance training",
        ("M23",),
        "Resistance training",
        "resistance training, 3 a week",
        12.0,
        "exercise_resistance",
    ),
    ("gabapentin", ("M20", "M21"), "Gabapentin", "gabapentin 1800 mg/day", 12.0, "gabapentin"),
    ("pregabalin", ("M20", "M21"), "Pregabalin", "pregabalin 300 mg/day", 12.0, "pregabalin"),
    (
        "ketamine after a week",
        ("M47", "M48"),
        "Ketamine for 4 days",
        "ketamine 350 mg/day, days 1-4",
        1.0,
        "ketamine",
    ),
    ("memantine", ("M48",), "Memantine", "memantine 20 mg/day", 12.0, "memantine"),
)


def drug_claims() -> tuple[Claim, ...]:
    """All claims about drugs."""
    return (*_one_point(), *_opioids())


def _one_point() -> tuple[Claim, ...]:
    return tuple(
        Claim(
            name=f"{name}: 1 point",
            ledger=ledger,
            sentence=f"{subject} takes off at least 1 point of pain by week {week:g}.",
            quantity=difference(regimen, week),
            unit="NRS points",
            sense="below",
            limit=_POINT,
            decided_by=f"regimen '{regimen}', week {week:g}",
            drugs=(drug,),
            regimens=(regimen,),
        )
        for name, ledger, subject, regimen, week, drug in ONE_POINT
    )


def _opioids() -> tuple[Claim, ...]:
    def lost(evidence: ClaimDraws) -> np.ndarray:
        early, late = evidence.regimens[_OPIOID].at((4.0, 26.0)).T
        return np.where(early < 0.0, late - 0.5 * early, np.nan)

    told = (
        (
            "opioids help early",
            "An opioid takes off at least 1 point of pain by week 4.",
            difference(_OPIOID, 4.0),
            "below",
            _POINT,
        ),
        (
            "opioids lose half of their effect",
            "Where an opioid relieves at all at week 4, it does less than half as much after half a year.",
            lost,
            "above",
            0.0,
        ),
        (
            "opioids harm while taken",
            "After half a year on an opioid pain is worse than without it.",
            difference(_OPIOID, 26.0),
            "above",
            0.0,
        ),
        (
            "opioids harm afterwards",
            "Four weeks after half a year on an opioid pain is worse, by 0.1 point or more, than if it had "
            "never been taken.",
            difference(_OPIOID, 30.0),
            "above",
            0.1,
        ),
    )
    return tuple(
        Claim(
            name=name,
            ledger=("M41",),
            sentence=sentence,
            quantity=quantity,
            unit="NRS points",
            sense="below" if sense == "below" else "above",
            limit=limit,
            decided_by=f"regimen '{_OPIOID}'",
            drugs=("opioid",),
            regimens=(_OPIOID,),
        )
        for name, sentence, quantity, sense, limit in told
    )
