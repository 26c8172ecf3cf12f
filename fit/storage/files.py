"""Single files: written whole or not at all, with an error that names the place when the disk refuses."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from windup.fit.errors import DiskError


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn an error of the operating system into a sentence for the user.

    Parameters
    ----------
    doing
        What was being done, e.g. ``"writing runs/published"``.

    Raises
    ------
    DiskError
        For every ``OSError`` inside the block.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = "the disk is full. Free some space and run again"
        else:
            reason = f"{error.strerror or error}. Check the path and its permissions"
        raise DiskError(f"While {doing}: {reason}; an earlier result there is unchanged.") from error


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file so that its name never stands for half of it.

    The content goes to a file next to it, reaches the disk, and takes the name in one step
    (``os.replace`` is atomic within a file system).
    """
    beside = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        with beside.open("wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
