"""What a row must be to inform the fit: the kinds of row and the rules behind ``used``."""

from __future__ import annotations

import re

from windup.datasets.dictionary.vocabulary import REASONS

PAIN_SCALES = ("NRS_0_10", "VAS_0_10", "VAS_0_100")
MAGNESIUM_SCALES = ("mmol_per_L", "mg_per_dL")
MAGNESIUM_KINDS = ("serum_mg", "serum_mg_change", "csf_mg")
KINDS = (
    "mean",
    "change",
    "percent_change",
    "contrast",
    "responder_30",
    "responder_50",
    *MAGNESIUM_KINDS,
)
"""Kinds of row that the fit has a likelihood for."""

_OVERLAP = re.compile(r"overlaps (\S+)")


def kind_of(outcome: str, scale: str) -> str:
    """Likelihood a row belongs to, ``''`` when the fit has none for it.

    A contrast of serum magnesium counts as ``serum_mg_change``: the model's control arm keeps its serum
    magnesium, so the difference between arms and the change of the arm are the same quantity there.

    Parameters
    ----------
    outcome, scale
        As in ``observations.csv``.

    Examples
    --------
    >>> kind_of("pain_intensity_change", "percent")
    'percent_change'
    >>> kind_of("pain_intensity", "TSS")
    ''
    """
    pain = scale in PAIN_SCALES
    magnesium = scale in MAGNESIUM_SCALES
    table = {
        "pain_intensity": "mean" if pain else "",
        "pain_intensity_change": "change" if pain else "percent_change" if scale == "percent" else "",
        "difference_vs_placebo": "contrast" if pain else "serum_mg_change" if magnesium else "",
        "responder_30": "responder_30" if scale == "percent" else "",
        "responder_50": "responder_50" if scale == "percent" else "",
        "serum_mg": "serum_mg" if magnesium else "",
        "serum_mg_change": "serum_mg_change" if magnesium or scale == "percent" else "",
        "csf_mg": "csf_mg" if magnesium else "",
    }
    return table.get(outcome, "")


def overlapping_study(reason: str) -> str:
    """Study named in a reason of the form ``overlaps STUDY``, else ``''``."""
    match = _OVERLAP.fullmatch(reason)
    return match.group(1) if match else ""


def is_reason(reason: str) -> bool:
    """Whether the words are a reason that may stand in ``observations.csv``."""
    return reason in REASONS or bool(overlapping_study(reason))
