"""Text of a file in the encodings that spreadsheets and statistics programs write."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import final

from windup.datasets.files.plain_file import NotReadable

# The longer marks come first: UTF-32 begins as UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_BEGINNING = 4000


@final
@dataclass(frozen=True)
class DecodedText:
    """Text of a file.

    Attributes
    ----------
    text
        The text without a byte-order mark.
    encoding
        Name of its encoding, ``''`` for UTF-8.
    assumed
        Whether the bytes do not name the encoding, so that letters beyond ASCII may be others.
    """

    text: str
    encoding: str
    assumed: bool = False


def decoded(content: bytes) -> DecodedText:
    r"""Text in UTF-8, UTF-16 or UTF-32, or in the 8-bit encoding of Windows or of old Macs.

    No byte distinguishes one 8-bit encoding from another. Line ends of CR alone are those of
    "CSV (Macintosh)". All else that is not Unicode is taken as Windows-1252, as Excel writes it in western
    Europe.

    Parameters
    ----------
    content
        The bytes.

    Raises
    ------
    NotReadable
        When the bytes are damaged, with the line.

    Examples
    --------
    >>> decoded("Ähre".encode("cp1252"))
    DecodedText(text='Ähre', encoding='Windows-1252', assumed=True)
    """
    for mark, encoding, name in _MARKS:
        if content.startswith(mark):
            return DecodedText(_strictly(content, encoding), name)
    zeros = _places_of_zeros(content)
    if zeros is not None:
        return DecodedText(_strictly(content, zeros), "UTF-16")
    try:
        return DecodedText(content.decode("utf-8"), "")
    except UnicodeDecodeError as error:
        # Characters of UTF-8 elsewhere in the file: it is UTF-8, and this place is damaged.
        if _UTF8_CHARACTER.search(content):
            raise _damaged(content, error) from error
    old_mac = b"\r" in content and b"\n" not in content
    encoding, name = ("mac_roman", "Mac OS Roman") if old_mac else ("cp1252", "Windows-1252")
    return DecodedText(_strictly(content, encoding), name, assumed=True)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _damaged(content, error) from error


def _damaged(content: bytes, error: UnicodeDecodeError) -> NotReadable:
    line = content[: error.start].count(b"\n") + 1
    return NotReadable("The text is not UTF-8.", "Save the file with UTF-8 encoding.", row=line)


def _places_of_zeros(content: bytes) -> str | None:
    """UTF-16 without a byte-order mark: every second byte of Latin letters is zero."""
    beginning = content[:_BEGINNING]
    even, odd = beginning[::2], beginning[1::2]
    if not odd or len(content) % 2:
        return None
    if odd.count(0) > 0.7 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and not odd.count(0):
        return "utf-16-be"
    return None
