"""Headers by which a column of aggregate data is known, from a table of the package."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import final

from windup.datasets.files.header import header_key

ARM_MEANINGS = ("treatment", "arm", "class", "mean", "sd", "se", "n", "events")
"""What a column may hold of one arm; side by side, its header ends in the number of the arm."""

ROW_MEANINGS = ("study", "year", "outcome", "time", "effect", "effect_se")
"""What a column may hold of the whole row."""

MEANINGS: dict[str, str] = {
    "study": "name of the study",
    "year": "year of publication",
    "outcome": "name of the outcome",
    "time": "time from the start of treatment",
    "treatment": "treatment",
    "arm": "name of the arm",
    "class": "class of the treatment",
    "mean": "mean",
    "sd": "SD between patients",
    "se": "standard error of the mean",
    "n": "number of patients",
    "events": "number of responders",
    "effect": "difference, the arm minus its reference arm",
    "effect_se": "standard error of the difference",
}
"""Meaning of every column, as it is shown."""

_NUMBERED = re.compile(r"(.*?[a-z])([1-9])")
# A column of times may have its unit in its header, in brackets or not.
_TIMES = re.compile(r"(?:(?:time|followup|visit|duration)(?:in)?)?(days?|wks?|weeks?|months?)")
_UNITS = {"d": "days", "w": "weeks", "m": "months"}


@final
@dataclass(frozen=True)
class KnownHeader:
    """What a header means.

    Attributes
    ----------
    meaning
        One of `MEANINGS`.
    arm
        Number of the arm where arms stand side by side; 0 otherwise.
    how
        Where the header is known from, in words.
    unit
        Unit of a column of times that its header names; ``''`` otherwise.
    """

    meaning: str
    arm: int
    how: str
    unit: str = ""


def known_header(title: str) -> KnownHeader | None:
    """Meaning of a header, in capital letters or not; None where it is not known.

    Examples
    --------
    >>> known_header("seTE").meaning, known_header("Mean.2").arm, known_header("Time (days)").unit
    ('effect_se', 2, 'days')
    """
    key = _key(title)
    known = _table()
    if key in known:
        return known[key]
    if match := _NUMBERED.fullmatch(key):
        plain = known.get(match.group(1))
        if plain is not None and plain.meaning in ARM_MEANINGS and not plain.arm:
            return KnownHeader(plain.meaning, int(match.group(2)), f"{plain.how}, arm {match.group(2)}")
    if match := _TIMES.fullmatch(key):
        unit = _UNITS[match.group(1)[0]]
        return KnownHeader("time", 0, f"its header names {unit}", unit)
    return None


def known_titles() -> tuple[str, ...]:
    """Every header that is known, without a number of an arm and with one."""
    rows = _rows()
    plain = [row["header"] for row in rows]
    base = [row["header"] for row in rows if row["meaning"] in ARM_MEANINGS and not row["arm"]]
    return (*plain, *(f"{title}{between}{arm}" for title in base for between in ("", "_") for arm in (1, 2)))


def column_name(meaning: str, arm: int) -> str:
    """Name of a column here: its meaning, with the number of its arm where arms stand side by side."""
    return f"{meaning}_{arm}" if arm else meaning


def _key(title: str) -> str:
    return header_key(title).replace("_", "").replace("[,", "").replace(",", "")


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = (resources.files("windup.datasets.aggregates.reading") / "headers.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _table() -> dict[str, KnownHeader]:
    return {
        _key(row["header"]): KnownHeader(
            row["meaning"], int(row["arm"] or 0), f"header of {row['format']}" if row["format"] else "header"
        )
        for row in _rows()
    }
