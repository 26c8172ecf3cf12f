"""Claims that drugs together do more than alone, and that one stage alone falls short."""

from __future__ import annotations

import numpy as np

from windup.fit.analyses.claims.catalogue.claim import (
    Claim,
    ClaimDraws,
    added,
    beyond_best,
    beyond_sum,
    difference,
)
from windup.fit.analyses.claims.catalogue.drugs import ONE_POINT

# 30 % of the pain of 6.5 that the packaged regimens begin at (Dworkin 2008, doi 10.1016/j.jpain.2007.09.005).
_THIRTY_PERCENT = -0.3 * 6.5
# Combination, ledger, drugs.
_COMBINATIONS = (
    ("magnesium + palmitoylethanolamide", ("M46",), ("magnesium", "pea")),
    ("N-acetylcysteine + pregabalin", ("M43", "M46"), ("nac", "pregabalin")),
    ("alpha-lipoic acid + pregabalin (fibromyalgia)", ("M46",), ("ala", "pregabalin")),
    ("palmitoylethanolamide + alpha-lipoic acid", ("M46",), ("pea", "ala")),
    ("gabapentin + opioid", ("M46",), ("gabapentin", "opioid")),
    (
        "every stage at once",
        ("M46",),
        ("nsaid", "magnesium", "pregabalin", "curcumin", "pea", "ala", "nac", "exercise_aerobic"),
    ),
)


def combination_claims() -> tuple[Claim, ...]:
    """All claims about combinations."""
    return (*_magnesium_adds(), *_combined(), *_stages())


def _magnesium_adds() -> tuple[Claim, ...]:
    return tuple(
        Claim(
            name=f"magnesium adds to {drug}",
            ledger=("M17", "M51"),
            sentence=f"Oral magnesium together with {drug} takes off more pain than {drug} alone.",
            quantity=added(f"magnesium + {drug}", drug, 12.0),
            unit="NRS points",
            sense="below",
            limit=0.0,
            decided_by=f"regimen 'magnesium + {drug}', week 12",
            drugs=("magnesium", drug),
            regimens=(f"magnesium + {drug}",),
        )
        for drug in ("pregabalin", "gabapentin", "opioid")
    )


def _combined() -> tuple[Claim, ...]:
    return tuple(
        Claim(
            name=f"{regimen}: beats its best drug",
            ledger=ledger,
            sentence=f"Together, {regimen} take off more pain than the best of them alone.",
            quantity=beyond_best(regimen, 12.0),
            unit="NRS points",
            sense="below",
            limit=0.0,
            decided_by=f"regimen '{regimen}', week 12",
            drugs=drugs,
            regimens=(regimen,),
        )
        for regimen, ledger, drugs in _COMBINATIONS
    )


def _stages() -> tuple[Claim, ...]:
    tried = [(regimen, drug) for *_, regimen, _, drug in ONE_POINT if drug != "nac" and "(fib" not in regimen]
    singles = tuple(dict.fromkeys(regimen for regimen, _ in tried))
    everything, _, drugs = _COMBINATIONS[-1]

    def best(evidence: ClaimDraws) -> np.ndarray:
        return np.min([evidence.regimens[name].at((12.0,))[:, 0] for name in singles], axis=0)

    return (
        Claim(
            name="one stage alone falls short",
            ledger=("M47",),
            sentence="Even the best single drug or habit that was tried leaves over 70 % of a pain of 6.5.",
            quantity=best,
            unit="NRS points",
            sense="above",
            limit=_THIRTY_PERCENT,
            decided_by="the best of the packaged single regimens in each draw, week 12",
            drugs=tuple(dict.fromkeys(drug for _, drug in tried)),
            regimens=singles,
        ),
        Claim(
            name="every stage at once: 30 %",
            ledger=("M46", "M47"),
            sentence="A drug or habit at every stage at once takes off 30 % of a pain of 6.5 by week 12.",
            quantity=difference(everything, 12.0),
            unit="NRS points",
            sense="below",
            limit=_THIRTY_PERCENT,
            decided_by=f"regimen '{everything}', week 12",
            drugs=drugs,
            regimens=(everything,),
        ),
        Claim(
            name="every stage at once: more than the sum",
            ledger=("M46",),
            sentence="All stages together take off more pain than the single effects add up to.",
            quantity=beyond_sum(everything, 12.0),
            unit="NRS points",
            sense="below",
            limit=0.0,
            decided_by=f"regimen '{everything}', week 12",
            drugs=drugs,
            regimens=(everything,),
        ),
    )
