"""Reading a file of settings: everything is checked before anything is returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from windup.datasets import NotReadable, found_and_remedy, nearest, shape_errors, toml_tables
from windup.fit.errors import SettingsFault, SettingsFaults
from windup.fit.settings.covariates import covariate_faults
from windup.fit.settings.fit import Settings
from windup.fit.settings.keys import KEYS, PATHS, TABLES, Shape
from windup.fit.settings.priors import FoundThere, choice_faults
from windup.fit.settings.rows import row_of, rows_of


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
    rows = rows_of(path.read_text(encoding="utf-8-sig"))
    keyed = ((".".join(keys), what, remedy) for keys, what, remedy in faults_of(values))
    faults = sorted((row_of(rows, key), key, what, remedy) for key, what, remedy in keyed)
    if faults:
        raise SettingsFaults(SettingsFault(path.name, *fault) for fault in faults)
    return with_paths(values, path.parent)


def faults_of(values: Mapping[str, Any]) -> Iterator[FoundThere]:
    """Every fault of a table of settings: keys that lead to it, what stands there, what to do."""
    tables = {name: values.get(name, {}) for name in TABLES}
    scalars = {name: value for name, value in values.items() if name not in TABLES}
    yield from _shape(scalars)
    yield from _words(scalars)
    yield from covariate_faults(tables.pop("covariates"))
    yield from choice_faults(**tables)


def with_paths(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The same table without faults, with its paths counted from a folder."""
    places = {name: folder / Path(values[name]).expanduser() for name in PATHS if name in values}
    return {**values, **places}


@contextmanager
def faults_in(path: Path | None) -> Iterator[None]:
    """Give faults of settings that show later, when the model is known, their file and their line.

    Parameters
    ----------
    path
        File that the settings were read from; None changes nothing.
    """
    try:
        yield
    except SettingsFaults as error:
        if path is None or any(fault.file for fault in error.faults):
            raise
        rows = rows_of(path.read_text(encoding="utf-8-sig"))
        placed = [
            SettingsFault(path.name, row_of(rows, fault.key), fault.key, fault.found, fault.remedy)
            for fault in error.faults
        ]
        again = SettingsFaults(sorted(placed, key=lambda fault: fault.row))
        for note in getattr(error, "__notes__", []):
            again.add_note(note)
        raise again from error


def _shape(values: Mapping[str, Any]) -> Iterator[FoundThere]:
    try:
        Shape.model_validate(values)
    except ValidationError as error:
        for each in shape_errors(error):
            yield (str(each["loc"][0]),), *found_and_remedy(each, (*KEYS, *TABLES))


def _words(values: Mapping[str, Any]) -> Iterator[FoundThere]:
    for name, key in KEYS.items():
        value = values.get(name)
        for word in value if isinstance(value, list) else (value,):
            if key.words and isinstance(word, str) and word not in key.words:
                yield (name,), f"There is no {name.removesuffix('s')} '{word}'.", nearest(word, key.words)
