"""Settings of a finished run with more draws: what `windup fit --add-draws` asks for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.settings.fit import Settings
from windup.fit.settings.recorded import recorded_settings
from windup.fit.storage.folder import SETTINGS, TRIALS, read_summary


def with_more_draws(out: Path, draws: int, given: Mapping[str, Any]) -> Settings:
    """Settings of the run in a folder, with more draws.

    Parameters
    ----------
    out
        Folder of the finished run.
    draws
        How many draws each chain gets more; at most so many where ``given`` asks for convergence.
    given
        Settings that the user gave too: where one is not that of the run, the sampler refuses it by name.

    Raises
    ------
    RunFolderRefused
        When there is no finished run.
    SettingsError
        When the number is not above 0, or a total is given too.
    """
    if draws < 1:
        raise SettingsError(f"--add-draws is {draws}; give a number of draws of each chain, at least 1.")
    if "draws" in given:
        raise SettingsError(
            "--draws is the number of all draws and --add-draws that of new ones; give one of them."
        )
    place = out.expanduser()
    _, record = read_summary(place)
    settings = _recorded(place)
    total = int(record["draws"]) + draws
    until = bool(given.get("until_converged", False))
    limits = {"max_draws": total} if until else {}
    data = settings.data
    if data is not None and not data.is_dir():
        # The tables have moved; the run has a copy of them.
        data = place / TRIALS
    fixed = {**limits, "draws": total, "until_converged": until, "data": data, "out": out}
    return dataclasses.replace(settings, **{**fixed, **given})


def _recorded(place: Path) -> Settings:
    try:
        return recorded_settings(json.loads((place / SETTINGS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RunFolderRefused(
            f"{place / SETTINGS} cannot be read ({type(error).__name__}: {error}). Run the fit again."
        ) from error
