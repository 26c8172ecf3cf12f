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


def write_archive(path: Path, identity: Identity, arrays: Mapping[str, np.ndarray]) -> None:
    """Replace what the file holds. No object is pickled: it holds arrays and JSON.

    Raises
    ------
    DiskError
        When the disk is full or fails; what the file held is then unchanged.
    """
    content = io.BytesIO()
    content_of = {**arrays, _IDENTITY: np.asarray(json.dumps(dict(identity)))}
    np.savez(content, **content_of)  # type: ignore[arg-type]  # the stub takes the names for options
    with disk_errors(f"writing {path}"):
        write_file(path, content.getvalue())


def read_archive(path: Path, identity: Identity) -> dict[str, np.ndarray]:
    """Arrays that the same work kept.

    Raises
    ------
    RunFolderRefused
        When the file is cut off, or other work wrote it: the message names what changed.
    """
    arrays, then = _content(path)
    changed = _changed(then, identity)
    if changed:
        raise RunFolderRefused(
            f"The interrupted run cannot be continued: {'; '.join(changed)}. Undo the change to continue "
            "it, or give --overwrite instead of --resume to start again."
        )
    return arrays


def identity_in(path: Path) -> Identity:
    """Identity of the work that wrote a file.

    Raises
    ------
    RunFolderRefused
        When the file is cut off.
    """
    return _content(path)[1]


def _content(path: Path) -> tuple[dict[str, np.ndarray], Identity]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as file_arrays:
            arrays = {name: file_arrays[name] for name in file_arrays.files}
        identity = json.loads(str(arrays.pop(_IDENTITY)))
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise RunFolderRefused(
            f"{path} cannot be read as a checkpoint ({error}). Give --overwrite to start again."
        ) from error
    return arrays, identity


def _changed(then: Identity, now: Identity) -> list[str]:
    return [
        f"{name} was {then.get(name, 'absent')} and is {now.get(name, 'absent')} now"
        for name in dict.fromkeys((*then, *now))
        if then.get(name) != now.get(name)
    ]
