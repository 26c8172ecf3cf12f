"""What a row must be to inform the fit: the kinds of row and the rules behind ``used``."""

from __future__ import annotations

import re

from windup.datasets.dictionary.vocabulary import REASONS

MAGNESIUM_KINDS = ("serum_mg", "serum_mg_change", "csf_mg")
"""Kinds of row of magnesium in serum and cerebrospinal fluid."""

LINKED_KINDS = ("instrument_mean", "instrument_change", "instrument_contrast")
"""Kinds of row of pain on an instrument whose link with 0-10 is estimated."""

STANDARDISED_KIND = "standardised_contrast"
"""Kind of row of a standardised mean difference of pain between two arms."""

LIMIT_KIND = "share_above_limit"
"""Kind of row of a share of people whose pain is at a limit or above it."""

RESPONDERS = ("responder_30", "responder_50")
"""Kinds of row of shares of people with less pain than at baseline."""

SHARES = (*RESPONDERS, LIMIT_KIND)
"""Kinds of row that are shares of people."""

ANY_INSTRUMENT = "*"
"""Instrument of a standardised difference beside other rows: it may repeat a row on any instrument."""

KINDS = (
    "mean",
    "change",
    "percent_change",
    "contrast",
    *SHARES,
    *LINKED_KINDS,
    STANDARDISED_KIND,
    *MAGNESIUM_KINDS,
)
"""Kinds of row that the fit has a likelihood for."""

LEVELS = ("mean", "instrument_mean", "serum_mg", "csf_mg")
"""Kinds that are values; the others are differences or shares."""

_OVERLAP = re.compile(r"overlaps (\S.*)")


def kind_of(outcome: str, quantity: str) -> str:
    """Likelihood a row belongs to, ``''`` when the fit has none for it.

    A contrast of serum magnesium counts as ``serum_mg_change``: the model's control arm keeps its serum
    magnesium, so the difference between arms and the change of the arm are the same quantity there.

    Parameters
    ----------
    outcome
        As in ``observations.csv``.
    quantity
        What the instrument of the row measures, as in ``instruments.csv``.

    Examples
    --------
    >>> kind_of("pain_intensity_change", "percent")
    'percent_change'
    >>> kind_of("pain_intensity", "none")
    ''
    """
    return _KINDS.get((outcome, quantity), "")


def plain_kind(kind: str) -> str:
    """What a row of another instrument or in SDs would be on 0-10; other kinds as they are.

    Examples
    --------
    >>> plain_kind("instrument_change"), plain_kind("csf_mg")
    ('change', 'csf_mg')
    """
    return kind.removeprefix("instrument_").removeprefix("standardised_")


_KINDS = {
    ("pain_intensity", "pain"): "mean",
    ("pain_intensity_change", "pain"): "change",
    ("pain_intensity", "linked_pain"): "instrument_mean",
    ("pain_intensity_change", "linked_pain"): "instrument_change",
    ("difference_vs_placebo", "linked_pain"): "instrument_contrast",
    ("pain_intensity", "attack_pain"): "instrument_mean",
    ("pain_intensity_change", "attack_pain"): "instrument_change",
    ("difference_vs_placebo", "attack_pain"): "instrument_contrast",
    ("attack_frequency", "attack_count"): "instrument_mean",
    ("attack_frequency_change", "attack_count"): "instrument_change",
    ("difference_vs_placebo", "attack_count"): "instrument_contrast",
    ("pain_intensity_change", "percent"): "percent_change",
    ("difference_vs_placebo", "pain"): "contrast",
    ("difference_vs_placebo", "standardised_pain"): STANDARDISED_KIND,
    ("difference_vs_placebo", "magnesium"): "serum_mg_change",
    ("responder_30", "percent"): "responder_30",
    ("responder_50", "percent"): "responder_50",
    ("share_at_least", "pain"): LIMIT_KIND,
    ("share_above", "pain"): LIMIT_KIND,
    ("serum_mg", "magnesium"): "serum_mg",
    ("serum_mg_change", "magnesium"): "serum_mg_change",
    ("serum_mg_change", "percent"): "serum_mg_change",
    ("csf_mg", "magnesium"): "csf_mg",
}


def overlapping_study(reason: str) -> str:
    """Study named in a reason of the form ``overlaps STUDY``, else ``''``."""
    match = _OVERLAP.fullmatch(reason)
    return match.group(1) if match else ""


def is_reason(reason: str) -> bool:
    """Whether the words are a reason that may stand in ``observations.csv``."""
    return reason in REASONS or bool(overlapping_study(reason))
