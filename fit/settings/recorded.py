"""Settings that a run was made with, from what its folder holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from windup.fit.settings.fit import Settings

# What a run did that was made before these could be chosen.
_BEFORE: Mapping[str, Any] = MappingProxyType(
    {"errors": "student_t", "unknown_doses": "reference", "habitual_magnesium": "from_serum", "blocks": ()}
)


def recorded_settings(record: Mapping[str, Any]) -> Settings:
    """Settings from the values of ``settings.json``, those of older versions of windup included.

    Raises
    ------
    TypeError
        When a value that has no default is missing.
    windup.fit.errors.SettingsError
        When a value is not allowed.
    """
    known = {field.name for field in dataclasses.fields(Settings)}
    values = dict(_BEFORE) | {name: value for name, value in record.items() if name in known}
    paths = {name: Path(values[name]) for name in ("data", "out") if values.get(name) is not None}
    return Settings(**{**values, **paths})
