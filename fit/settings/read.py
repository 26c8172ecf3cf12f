"""Reading a file of settings: everything is checked before anything is returned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from windup.datasets import NotReadable, found_and_remedy, nearest, shape_errors, toml_tables
from windup.fit.errors import SettingsFault, SettingsFaults
from windup.fit.settings.fit import Settings
from windup.fit.settings.keys import KEYS, PATHS, Shape


def load_settings(path: Path, **overrides: Any) -> Settings:
    """Settings of a TOML file; what it leaves out is as the preset has it.

    Parameters
    ----------
    path
        The file, as `windup init` writes one. Its paths count from its folder.
    **overrides
        Fields of `Settings` that win over the file.

    Raises
    ------
    SettingsFaults
        With every fault of the file.
    SettingsError
        When an override is not allowed.
    """
    return Settings.from_preset(**{**read_settings(path), **overrides})


def read_settings(path: Path) -> dict[str, Any]:
    """What a file of settings holds, as fields of `Settings`.

    Raises
    ------
    SettingsFaults
        With every fault of the file.
    """
    try:
        values = toml_tables(path)
    except NotReadable as error:
        raise SettingsFaults([SettingsFault(path.name, error.row, "", error.found, error.remedy)]) from error
    rows = _rows(path)
    faults = sorted(
        (rows.get(key, 0), key, found, remedy) for key, found, remedy in (*_shape(values), *_words(values))
    )
    if faults:
        raise SettingsFaults(SettingsFault(path.name, *fault) for fault in faults)
    places = {name: path.parent / Path(values[name]).expanduser() for name in PATHS if name in values}
    return {**values, **places}


def _rows(path: Path) -> dict[str, int]:
    """Line of each key, as an editor counts it."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    keys = (re.match(r"""[\s\[]*["']?([^"'=\s.\]]+)""", line) for line in lines)
    return {key[1]: number for number, key in reversed([*enumerate(keys, start=1)]) if key}


def _shape(values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    try:
        Shape.model_validate(values)
    except ValidationError as error:
        for each in shape_errors(error):
            yield str(each["loc"][0]), *found_and_remedy(each, KEYS)


def _words(values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, key in KEYS.items():
        value = values.get(name)
        if key.words and isinstance(value, str) and value not in key.words:
            yield name, f"There is no {name} '{value}'.", nearest(value, key.words)
