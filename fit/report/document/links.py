"""Addresses in text, as links."""

from __future__ import annotations

import re
from urllib.parse import quote

from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Link

_ADDRESSES = re.compile(
    r"(?P<url>https?://[^\s<>\"'`]{1,500})"
    r"|(?P<doi>\b10\.\d{4,9}/[^\s<>\"'`;,]{1,200})"
    r"|(?P<pmid>\bpmid:? ?(?P<number>\d{1,9})\b)"
    r"|(?P<nct>\bNCT\d{8}\b)"
    r"|(?P<pmc>\bPMC\d{4,9}\b)",
    re.IGNORECASE,
)


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
        return _doi_address(found)
    if match["pmid"]:
        return f"https://pubmed.ncbi.nlm.nih.gov/{match['number']}/"
    if match["nct"]:
        return f"https://clinicaltrials.gov/study/{found.upper()}"
    return f"https://pmc.ncbi.nlm.nih.gov/articles/{found.upper()}"


def doi_link(doi: str) -> tuple[str | Link, ...]:
    """A field that holds a DOI and nothing else; those of old journals hold brackets of any kind.

    Examples
    --------
    >>> doi_link("10.1002/(SICI)1<1::AID>3.0.CO;2-K")[0].address
    'https://doi.org/10.1002/(SICI)1%3C1%3A%3AAID%3E3.0.CO%3B2-K'
    """
    return (Link(clipped(doi, 200), _doi_address(doi)),) if doi.startswith("10.") else linked(doi)


def _doi_address(doi: str) -> str:
    return f"https://doi.org/{quote(doi[:500], safe='/()')}"
