"""Sentences on what the numbers of an arm cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from windup.datasets.dictionary.rows import number
from windup.datasets.individuals.moments import PatientMoments


def doubts(moments: Sequence[PatientMoments]) -> Iterator[str]:
    """Arms without a baseline, visits of one patient, and visits at which all patients say the same.

    Parameters
    ----------
    moments
        Of the arms.
    """
    for each in moments:
        arm = f"Arm '{each.arm_id}' of '{each.study_id}'"
        if not len(each.weeks):
            yield f"{arm} has no pain at any visit, and no row."
            continue
        if each.baseline is None:
            yield f"{arm} has no visit in week 0 or before: it has no changes and no responders."
        visits = list(zip(each.weeks, each.n, each.sd, strict=True))
        if alone := ", ".join(number(week) for week, n, _ in visits if n == 1):
            yield f"{arm} has one patient in week {alone}: a mean without an SD."
        if alike := ", ".join(number(week) for week, n, sd in visits if n > 1 and sd == 0.0):
            yield f"{arm}: all pains are the same in week {alike}; the SD is left empty."
