"""Arrays on disk with the identity of the work that made them: written whole, read only by the same work."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from windup.fit.errors import RunFolderRefused
from windup.fit.storage.files import disk_errors, write_file

type Identity = Mapping[str, str]

_IDENTITY = "identity"
# What a run was started from (`windup.fit.sampling.chains.warm`).
START = "the start"
# Parts of an identity that decide no draw that is added: how many there are, and where warm-up began.
_OF_NO_ADDED_DRAW = ("draws", "until_converged", "max_draws", "max_minutes", START)


def write_archive(path: Path, identity: Identity, arrays: Mapping[str, np.ndarray]) -> None:
    """Replace what the file holds. No object is pickled: it holds arrays and JSON.

    Raises
    ------
    DiskError
        When the disk is full or fails; what the file held is then unchanged.
    """
    with disk_errors(f"writing {path}"):
        write_file(path, archive_bytes(identity, arrays))


def archive_bytes(identity: Identity, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Content of an archive."""
    content = io.BytesIO()
    content_of = {**arrays, _IDENTITY: np.asarray(json.dumps(dict(identity)))}
    np.savez(content, **content_of)  # type: ignore[arg-type]  # the stub takes the names for options
    return content.getvalue()


def read_archive(path: Path, identity: Identity, *, growing: bool = False) -> dict[str, np.ndarray]:
    """Arrays that the same work kept.

    Parameters
    ----------
    path
        The file.
    identity
        Of the work that asks.
    growing
        Whether it adds draws to finished work: what decides their number alone may then differ.

    Raises
    ------
    RunFolderRefused
        When the file is cut off, or other work wrote it: the message names what changed.
    """
    arrays, then = content_of_archive(path)
    apart = _OF_NO_ADDED_DRAW if growing else ()
    changed = _changed(*({k: v for k, v in each.items() if k not in apart} for each in (then, identity)))
    if changed and growing:
        raise RunFolderRefused(
            f"Draws cannot be added to this run: {'; '.join(changed)}. Undo the change, or fit again with as "
            "many draws as you need."
        )
    if changed:
        raise RunFolderRefused(
            f"The interrupted run cannot be continued: {'; '.join(changed)}. Undo the change to continue "
            "it, or give --overwrite and not --resume to start again.",
            changed=tuple(changed),
        )
    return arrays


def identity_in(path: Path) -> Identity:
    """Identity of the work that wrote a file.

    Raises
    ------
    RunFolderRefused
        When the file is cut off.
    """
    return content_of_archive(path)[1]


def content_of_archive(path: Path) -> tuple[dict[str, np.ndarray], Identity]:
    """Arrays of a file, and the identity of the work that wrote it.

    Raises
    ------
    RunFolderRefused
        When the file is cut off.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as file_arrays:
            arrays = {name: file_arrays[name] for name in file_arrays.files}
        identity = json.loads(str(arrays.pop(_IDENTITY)))
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise RunFolderRefused(
            f"{path} cannot be read as a checkpoint ({error}). Give --overwrite to start again.",
            changed=(f"its checkpoint cannot be read ({error})",),
        ) from error
    return arrays, identity


def _changed(then: Identity, now: Identity) -> list[str]:
    return [
        f"{name} was {then.get(name, 'absent')} and is {now.get(name, 'absent')} now"
        for name in dict.fromkeys((*then, *now))
        if then.get(name) != now.get(name)
    ]
