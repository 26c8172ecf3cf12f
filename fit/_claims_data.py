"""Which arms, rows and studies of the fit speak of a claim."""

from __future__ import annotations

import numpy as np

from ._claim import Claim
from ._design import Design
from ._support import arms_with, support_of

_MANY = 3
NOTHING = "none speaks of it alone, all do together"


def data_of(claim: Claim, design: Design) -> dict[str, str | int]:
    """Counts by drug; of case-control rows and of arms without drugs for the claims that these inform."""
    if "case_magnesium_difference" in claim.parameters:
        cases = design.visits.case[design.rows.visits].any(axis=1)
        studies = len(set(design.rows.study[cases].tolist()))
        return {"data": f"{int(cases.sum())} case-control rows of {studies} studies", "arms_with_all": 0}
    if "placebo_response" in claim.parameters:
        painful = design.painful[design.schedule.study]
        bare = np.array([not drugs for drugs in design.arm_drugs]) & painful
        return {
            "data": f"{int(bare.sum())} arms without a drug of the model",
            "arms_with_all": int(bare.sum()),
        }
    known = {drug: support_of(design, (drug,)) for drug in claim.drugs}
    if len(known) > _MANY:
        arms = [each.arms for each in known.values()]
        told = f"{len(known)} drugs with {min(arms)} to {max(arms)} arms"
    else:
        told = "; ".join(
            f"{drug} {_count(each.arms, 'arm')}, {_count(each.rows, 'row')}, {_count(each.studies, 'study')}"
            for drug, each in known.items()
        )
    together = len(arms_with(design, claim.drugs)) if known else 0
    if len(known) > 1 and len(claim.regimens) == 1:
        told += f"; together {_count(together, 'arm')}"
    return {"data": told or NOTHING, "arms_with_all": together}


def _count(number: int, what: str) -> str:
    return f"{number} {what if number == 1 else what.replace('study', 'studie') + 's'}"
