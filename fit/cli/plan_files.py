"""What `windup plan --new` writes: an analysis plan with settings and the hash of the trials filled in."""

from __future__ import annotations

import datetime
import hashlib
import os
from pathlib import Path

from windup.datasets import trials_in
from windup.fit.errors import RunFolderRefused
from windup.fit.report.plan.template import plan_toml
from windup.fit.settings.fit import Settings
from windup.fit.settings.read import load_settings
from windup.fit.storage.files import disk_errors, write_file


def new_plan(file: Path, *, settings: Path | None = None) -> None:
    """Write a plan to fill in.

    Parameters
    ----------
    file
        The plan.
    settings
        File of the settings that it names; None writes the default settings into the plan. The hash is that
        of their trials.

    Raises
    ------
    RunFolderRefused
        When the file exists; it stays as it is.
    SettingsFaults, DataFaults, DiskError
        When the settings or the trials have faults, or the disk refuses; nothing is written then.
    """
    if file.exists() or file.is_symlink():
        raise RunFolderRefused(f"{file} exists already, so nothing was written. Name another file.")
    asked = Settings.from_preset() if settings is None else load_settings(settings)
    trials = trials_in(asked.data, blocks=asked.blocks)
    named = None
    if settings is not None:
        place = os.path.relpath(settings.expanduser().resolve(), file.expanduser().resolve().parent)
        named = (Path(place).as_posix(), hashlib.sha256(settings.expanduser().read_bytes()).hexdigest())
    text = plan_toml(
        file.name,
        asked,
        data_sha256=trials.sha256,
        today=datetime.datetime.now(datetime.UTC).date(),
        settings_file=named,
    )
    with disk_errors(f"writing {file}"):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file(file, text)
