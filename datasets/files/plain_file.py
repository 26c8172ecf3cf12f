"""Reading a user's file: bytes and text, or what keeps them from being read."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any, final

_MEGABYTE = 10**6
LARGEST_TABLE = 100 * _MEGABYTE
_LARGEST_TOML = 4 * _MEGABYTE


@final
class NotReadable(Exception):  # A finding that callers turn into a fault of their own kind.
    """A file that cannot be read.

    Parameters
    ----------
    found
        What stands there.
    remedy
        What to do about it.
    row
        Line where that is, from 1; 0 when the whole file is meant.
    missing
        Whether there is no such file.
    """

    def __init__(self, found: str, remedy: str, *, row: int = 0, missing: bool = False) -> None:
        self.found, self.remedy, self.row, self.missing = found, remedy, row, missing
        super().__init__(f"{found} {remedy}")


def plain_bytes(path: Path, largest: int) -> bytes:
    """Bytes of a file.

    A pipe or a device is not waited for: reading one may never end.

    Parameters
    ----------
    path
        The file.
    largest
        Size beyond which nobody can have meant it, bytes.

    Raises
    ------
    NotReadable
        When there is no file, or none that can be read.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise NotReadable("It is a folder.", "Give a file.")
        if not stat.S_ISREG(status.st_mode):
            raise NotReadable("It is no file but a pipe or a device.", "Give a file.")
        if status.st_size > largest:
            size = (
                f"It has {status.st_size / _MEGABYTE:.0f} MB, and {largest / _MEGABYTE:.0f} MB are the most."
            )
            raise NotReadable(size, "Check that it is the right file.")
        return path.read_bytes()
    except FileNotFoundError:
        found = f"The file is missing from {path.parent}."
        raise NotReadable(found, "Check the name and the folder.", missing=True) from None
    except OSError as error:
        raise NotReadable(
            f"The file cannot be read ({error.strerror}).", "Check the path and its permissions."
        ) from error
    except ValueError as error:
        # A NUL in the path.
        raise NotReadable(f"The file cannot be read ({error}).", "Check the path.") from error


def plain_text(content: bytes) -> str:
    """Text in UTF-8, with or without a byte-order mark.

    Raises
    ------
    NotReadable
        With the line that is something else.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NotReadable("The text is not UTF-8.", "Save the file with UTF-8 encoding.", row=line) from error


def toml_tables(path: Path) -> dict[str, Any]:
    """What a TOML file holds.

    Raises
    ------
    NotReadable
        When the file cannot be read, or is no TOML.
    """
    text = plain_text(plain_bytes(path, _LARGEST_TOML))
    try:
        return tomllib.loads(text)
    # A number of thousands of digits is a ValueError like any other mistake in the text.
    except ValueError as error:
        raise NotReadable(
            f"It is no TOML ({error}).", "Correct it there; https://toml.io shows how."
        ) from error
    except RecursionError:
        raise NotReadable(
            "Its brackets are nested too deeply.", "Check for brackets that are not closed."
        ) from None
