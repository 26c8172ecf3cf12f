"""Text that users wrote, made safe for figures and pages, and the addresses in it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from matplotlib import font_manager

from ._report_part import Link

_MISSING = "\N{WHITE SQUARE}"
# Control characters are no part of HTML; overrides of direction would turn the text around them.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Emoji and scripts are joined by these.
_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}")
_LONGEST = 600

_ADDRESSES = re.compile(
    r"(?P<url>https?://[^\s<>\"'`]{1,500})"
    r"|(?P<doi>\b10\.\d{4,9}/[^\s<>\"'`;,]{1,200})"
    r"|(?P<pmid>\bpmid:? ?(?P<number>\d{1,9})\b)"
    r"|(?P<nct>\bNCT\d{8}\b)"
    r"|(?P<pmc>\bPMC\d{4,9}\b)",
    re.IGNORECASE,
)


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
    found = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(found.get_charmap())


def linked(text: str) -> tuple[str | Link, ...]:
    """Text with its web addresses, DOIs, and identifiers of PubMed, PMC and ClinicalTrials.gov as links.

    Examples
    --------
    >>> linked("see pmid:123.")
    ('see ', Link(text='pmid:123', address='https://pubmed.ncbi.nlm.nih.gov/123/'), '.')
    """
    parts: list[str | Link] = []
    end = 0
    for match in _ADDRESSES.finditer(text):
        # A stop or bracket at the end belongs to the sentence.
        found = _without_tail(match.group())
        parts += [text[end : match.start()], Link(found, _address(match, found))]
        end = match.start() + len(found)
    return tuple(part for part in (*parts, text[end:]) if part)


def _without_tail(found: str) -> str:
    short = found.rstrip(".,;:")
    while short.endswith(")") and short.count("(") < short.count(")"):
        short = short[:-1].rstrip(".,;:")
    return short


def _address(match: re.Match[str], found: str) -> str:
    if match["url"]:
        return found
    if match["doi"]:
        return f"https://doi.org/{found}"
    if match["pmid"]:
        return f"https://pubmed.ncbi.nlm.nih.gov/{match['number']}/"
    if match["nct"]:
        return f"https://clinicaltrials.gov/study/{found.upper()}"
    return f"https://pmc.ncbi.nlm.nih.gov/articles/{found.upper()}"
