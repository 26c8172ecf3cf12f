"""A folder of files that is written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new folder that takes a name when the block ends well.

    Parameters
    ----------
    target
        Absolute path that it gets. What stands there stays whole until then, and whatever goes wrong.

    Yields
    ------
    Path
        The folder, next to ``target``, to be filled.
    """
    partial, aside = (target.with_name(f".{target.name}.{word}-{os.getpid()}") for word in ("partial", "old"))
    try:
        partial.mkdir(parents=True)
        yield partial
        if target.exists():
            os.rename(target, aside)
        try:
            os.rename(partial, target)
        except BaseException:
            if aside.exists():
                os.rename(aside, target)
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(aside, ignore_errors=True)
