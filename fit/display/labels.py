"""Names that a reader sees, for the names that tables and models use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, final

from windup.datasets import LIMIT_KIND, Catalogue, packaged_catalogue

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
    "instrument_mean": "mean pain on another instrument",
    "instrument_change": "change in pain on another instrument",
    "instrument_contrast": "difference from the control arm on another instrument",
    "standardised_contrast": "standardised difference from the control arm",
    "responder_30": "share with 30 % less pain",
    "responder_50": "share with 50 % less pain",
    LIMIT_KIND: "share with pain at a limit or above it",
    "serum_mg": "serum magnesium",
    "serum_mg_change": "change in serum magnesium",
    "csf_mg": "magnesium of the cerebrospinal fluid",
}


def label(name: str) -> str:
    """Name of a loop or a kind of observation as a reader knows it.

    Examples
    --------
    >>> label("glia_glutamate"), label("responder_50"), label("a_new_one")
    ('glia and glutamate', 'share with 50 % less pain', 'a new one')
    """
    return _WORDS.get(name) or name.replace("_", " ")


@final
@dataclass(frozen=True)
class Labels:
    """Labels of the drugs and conditions of one catalogue.

    Attributes
    ----------
    by_name
        Label of each drug, condition and class of treatments, by its name in the tables.
    """

    by_name: Mapping[str, str]

    def of(self, name: str) -> str:
        """Name of a drug, a condition, a loop or a kind of observation as a reader knows it.

        Examples
        --------
        >>> labels = packaged_labels()
        >>> labels.of("nsaid"), labels.of("painful_diabetic_neuropathy"), labels.of("a_new_one")
        ('NSAID', 'painful diabetic neuropathy', 'a new one')
        """
        return self.by_name.get(name) or label(name)

    def joined(self, names: str) -> str:
        """Drugs of a combination, whose names are joined by ``+``.

        Examples
        --------
        >>> packaged_labels().joined("nsaid+pea")
        'NSAID + palmitoylethanolamide'
        """
        return " + ".join(self.of(name) for name in names.split("+"))

    def worded(self, text: str) -> str:
        """Text in which every drug and condition has its label.

        Examples
        --------
        >>> packaged_labels().worded("longer on ala than any used trial (8 weeks)")
        'longer on alpha-lipoic acid than any used trial (8 weeks)'
        """
        return self._codes.sub(lambda code: self.by_name[code.group()], text) if self._codes else text

    @cached_property
    def _codes(self) -> re.Pattern[str] | None:
        """Names whose label is another word; 'other' and its like are words of every text."""
        known = [name for name, text in self.by_name.items() if text != name and name != "other"]
        names = sorted(known, key=len, reverse=True)
        return re.compile(rf"\b({'|'.join(map(re.escape, names))})\b") if names else None


def labels_of(catalogue: Catalogue) -> Labels:
    """Labels of a catalogue; of what shares a name a drug goes first, then a condition, then the others."""
    return Labels(
        {each.name: each.label for each in catalogue.procedures}
        | {each.name: each.label for each in catalogue.outside_classes}
        | {each.name: each.label for each in catalogue.conditions}
        | {each.name: each.label for each in catalogue.drugs}
    )


def labels_in(record: Mapping[str, Any]) -> Labels:
    """Labels that a ``summary.json`` holds; those of the packaged tables in records of earlier versions."""
    return Labels(record["labels"]) if "labels" in record else packaged_labels()


@cache
def packaged_labels() -> Labels:
    """Labels of the packaged tables."""
    return labels_of(packaged_catalogue())
