"""The effect that every summary reports: of which patient, at which week, compared with what."""

from __future__ import annotations

from functools import cache
from typing import Final

from windup.fit.display.labels import packaged_labels

# Painful diabetic neuropathy is the condition with most included trials; their typical baseline is 6.5.
REFERENCE_CONDITION: Final = "painful_diabetic_neuropathy"
REFERENCE_PAIN: Final = 6.5
REFERENCE_WEEKS: Final = 12.0

ASSUMPTIONS: Final = (
    "Results of trials enter as published, however their authors replaced the values of patients who left. "
    "The model has the same placebo response in both arms, so the difference from placebo equals the "
    "difference from no drug. The effect is that of the average study; single studies vary around it."
)
"""What stands behind every effect, in full."""


def estimand(condition: str, pain: float, weeks: float) -> str:
    """What a reported effect is the effect of, in one sentence.

    Parameters
    ----------
    condition
        Condition of the patient.
    pain
        Pain at enrolment, NRS points (0-10).
    weeks
        Weeks since the first dose.

    Notes
    -----
    A treatment of one day or a few (a patch, an infusion) is given as stated and not repeated.

    Examples
    --------
    >>> estimand("fibromyalgia", 7.0, 8.0)[:87]
    'Mean difference from placebo in pain (NRS 0-10) at week 8, fibromyalgia, baseline 7, at'
    """
    patient = packaged_labels().of(condition)
    return (
        f"Mean difference from placebo in pain (NRS 0-10) at week {weeks:g}, {patient}, "
        f"baseline {pain:g}, at the stated dose, all patients staying on treatment (dropout not modelled); "
        f"negative means less pain."
    )


@cache
def reference_estimand() -> str:
    """The estimand of every fit's own effects; a function, as the condition's label is read from a table."""
    return estimand(REFERENCE_CONDITION, REFERENCE_PAIN, REFERENCE_WEEKS)
