"""Names that a reader sees, for the names that tables and models use."""

from __future__ import annotations

import re
from functools import cache

from windup.datasets import packaged_catalogue

_WORDS = {
    # Feedback loops.
    "glia_glutamate": "glia and glutamate",
    "slow_central": "slow central",
    "total": "all loops together",
    # Kinds of observations.
    "mean": "mean pain",
    "change": "change in pain",
    "percent_change": "change in pain, percent",
    "contrast": "difference from the control arm",
    "responder_30": "share with 30 % less pain",
    "responder_50": "share with 50 % less pain",
    "serum_mg": "serum magnesium",
    "serum_mg_change": "change in serum magnesium",
    "csf_mg": "magnesium of the cerebrospinal fluid",
}


def label(name: str) -> str:
    """Name of a drug, a condition, a loop or a kind of observation as a reader knows it.

    Examples
    --------
    >>> label("nsaid"), label("painful_diabetic_neuropathy"), label("a_new_one")
    ('NSAID', 'painful diabetic neuropathy', 'a new one')
    """
    return _WORDS.get(name) or _labels().get(name) or name.replace("_", " ")


def worded(text: str) -> str:
    """Text in which every drug and condition of the packaged tables has its label.

    Examples
    --------
    >>> worded("longer on ala than any used trial (8 weeks)")
    'longer on alpha-lipoic acid than any used trial (8 weeks)'
    """
    labels = _labels()
    return _codes().sub(lambda code: labels[code.group()], text)


@cache
def _labels() -> dict[str, str]:
    catalogue = packaged_catalogue()
    return {drug.name: drug.label for drug in catalogue.drugs} | {
        condition.name: condition.label for condition in catalogue.conditions
    }


@cache
def _codes() -> re.Pattern[str]:
    """Names whose label is another word; 'other' and its like are words of every text."""
    names = sorted((n for n, text in _labels().items() if text != n and n != "other"), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
