"""A folder of tables of trials, written whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from windup.datasets import CATALOGUE_TABLES, TABLES
from windup.fit.errors import RunFolderRefused
from windup.fit.storage.files import disk_errors, write_file
from windup.fit.storage.replacing import replacing


def write_tables(out: Path, files: Mapping[str, str], *, overwrite: bool) -> Path:
    """Write tables into a new folder, which gets its name when all of them are there.

    Parameters
    ----------
    out
        The folder.
    files
        Text by name of file.
    overwrite
        Whether a folder that holds such tables, and nothing else, is replaced. Its tables of drugs,
        conditions and instruments are kept.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    RunFolderRefused
        When something stands there that is not to be replaced.
    DiskError
        When the disk refuses; what was there is then unchanged.
    """
    target = out.expanduser().resolve()
    with disk_errors(f"writing {out}"):
        kept = _kept(target, files, overwrite=overwrite)
        with replacing(target) as partial:
            for name in kept:
                shutil.copyfile(target / name, partial / name)
            for name, text in files.items():
                write_file(partial / name, text)
    return target


def _kept(target: Path, files: Collection[str], *, overwrite: bool) -> list[str]:
    """Files of a folder that stay; the folder is refused where it may not be replaced."""
    if not target.name or (target.exists() and not target.is_dir()):
        raise RunFolderRefused(f"{target} is no folder for tables. Name a new one.")
    present = sorted(path.name for path in target.iterdir()) if target.exists() else []
    foreign = [name for name in present if name not in {*files, *TABLES, *CATALOGUE_TABLES}]
    if foreign:
        raise RunFolderRefused(
            f"{target} holds {', '.join(foreign[:3])}, so it is not touched. Name another folder."
        )
    if present and not overwrite:
        raise RunFolderRefused(
            f"{target} holds tables already. Give --overwrite to replace them, or name another folder."
        )
    return [name for name in present if name in CATALOGUE_TABLES]
