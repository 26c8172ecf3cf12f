"""Text that users wrote, as figures and pages can hold it."""

from __future__ import annotations

import unicodedata
from functools import cache

from matplotlib import font_manager

_MISSING = "\N{WHITE SQUARE}"
# Control characters are no part of HTML; overrides of direction would turn the text around them.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Emoji and scripts are joined by these.
_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}")
_LONGEST = 600


def cleaned(text: str) -> str:
    """Text without characters that a page cannot hold or that would change how others are shown.

    Examples
    --------
    >>> cleaned("a\\x00b\\u202ec\\nd")
    'a�bc\\nd'
    """
    return "".join(_clean(character) for character in text)


def _clean(character: str) -> str:
    if character in "\n\t" or character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return "�" if category in _UNSEEN else character


def clipped(text: str, longest: int = _LONGEST) -> str:
    """Text that is cut, and says so, where it is longer than a reader would read.

    Examples
    --------
    >>> clipped("abcdef", 3)
    'abc … (3 characters more)'
    """
    if len(text) <= longest:
        return text
    return f"{text[:longest]} … ({len(text) - longest:,} characters more)"


def drawn(text: str, longest: int = 40) -> str:
    """Text for a figure: one line, no mathematics, only characters that the font has.

    Examples
    --------
    >>> drawn("$x$ \\N{PILE OF POO}", 6)
    '\\\\$x\\\\$ □'
    """
    line = " ".join(cleaned(text).split())
    short = line if len(line) <= longest else line[: longest - 1] + "…"
    return "".join(c if ord(c) in _glyphs() else _MISSING for c in short).replace("$", r"\$")


@cache
def _glyphs() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())
