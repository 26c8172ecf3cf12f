"""Errors a user can cause: each is a sentence that says what was found and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from windup.datasets.files.printable import printable

# The longest remedy lists every reason that an unused row may have.
LONGEST_PLACE, LONGEST_SENTENCE = 80, 800


@final
@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a data file.

    Parameters
    ----------
    file
        Name of the file, e.g. ``observations.csv``.
    row
        Line of the file as a text editor counts it (the header is line 1); 0 when the fault
        belongs to the file as a whole.
    column
        Name of the column, or ``''`` when the fault belongs to the whole row or file.
    found
        What stands there.
    remedy
        What to do about it.
    """

    file: str
    row: int
    column: str
    found: str
    remedy: str

    def __post_init__(self) -> None:
        # What stands in a file may be anything, and the fault is shown on terminals and pages.
        object.__setattr__(self, "column", printable(self.column, LONGEST_PLACE))
        for name in ("found", "remedy"):
            object.__setattr__(self, name, printable(getattr(self, name), LONGEST_SENTENCE))

    def __str__(self) -> str:
        """Sentence of the form ``file, row 7, column 'n': found. Remedy``."""
        place = self.file
        if self.row:
            place += f", row {self.row}"
        if self.column:
            place += f", column '{self.column}'"
        return f"{place}: {self.found} {self.remedy}"


# More names than this are no help to read.
_LISTED = 60
_LONGEST_NAME = 200


class WindupError(Exception):
    """Base of every error that a user can cause and mend.

    Attributes
    ----------
    exit_code
        What the command line returns to the shell when it ends with this error.
    """

    exit_code: int = 2


def nearest(name: str, allowed: Iterable[str], other_names: Iterable[tuple[str, str]] = ()) -> str:
    """Sentence that offers the closest allowed names, or lists them when none is close.

    Parameters
    ----------
    name
        What was written.
    allowed
        What may be written.
    other_names
        Names that may not be written, each with the allowed one that it means.

    Returns
    -------
    str
        ``"Did you mean 'x'?"`` or ``"Use one of: …"``; of very many names, three and their number.

    Examples
    --------
    >>> nearest("gabapentine", ["gabapentin", "pregabalin"])
    "Did you mean 'gabapentin'?"
    >>> nearest("Lyrica", ["gabapentin", "pregabalin"], [("Lyrica", "pregabalin")])
    "Did you mean 'pregabalin'?"
    >>> nearest("zzz", ["no", "yes"])
    'Use one of: no, yes.'
    """
    choices = list(allowed)
    if len(choices) > _LISTED:
        others = f"Use one of {len(choices)} names, for example {', '.join(choices[:3])}."
    else:
        others = f"Use one of: {', '.join(choices)}."
    return close_to(name, choices, other_names) or others


def close_to(name: str, allowed: Iterable[str], other_names: Iterable[tuple[str, str]] = ()) -> str:
    """Sentence that offers the closest allowed names; ``''`` when none is close.

    Examples
    --------
    >>> close_to("gabapentine", ["gabapentin", "pregabalin"])
    "Did you mean 'gabapentin'?"
    """
    lowered = {other.lower(): choice for other, choice in other_names}
    lowered |= {choice.lower(): choice for choice in allowed}
    # Matching takes the square of the length; no name is as long as that.
    short = name.strip().lower()[:_LONGEST_NAME]
    close = [short] if short in lowered else difflib.get_close_matches(short, list(lowered), cutoff=0.6)
    if close:
        meant = list(dict.fromkeys(lowered[match] for match in close))[:2]
        return "Did you mean " + " or ".join(f"'{choice}'" for choice in meant) + "?"
    return ""
