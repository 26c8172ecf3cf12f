"""Reading a file with an analysis plan: everything is checked before anything is returned."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeGuard, final

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from windup.datasets import (
    NotReadable,
    found_and_remedy,
    nearest,
    place_of,
    printable,
    shape_errors,
    toml_tables,
)
from windup.fit.errors import PlanFaults, SettingsError, SettingsFault, SettingsFaults
from windup.fit.report.plan.plan import TEXTS, AnalysisPlan, Limit
from windup.fit.report.plan.quantities import ANALYSES, fault_of
from windup.fit.settings.fit import Settings
from windup.fit.settings.read import faults_of, read_settings, with_paths
from windup.fit.settings.rows import row_of, rows_of

_DIGEST = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
# Shown as it is; the shape refuses others that are no finite number.
_LARGEST = 1e300
_STRICT: Final = ConfigDict(extra="forbid", strict=True)

# Keys as lines of the file are known by them, the place in words, what stands there, what to do.
type _Found = tuple[str, str, str, str]


@final
class _LimitShape(BaseModel):
    model_config = _STRICT

    quantity: str
    divided_by: str | None = None
    at_least: FiniteFloat | None = None
    at_most: FiniteFloat | None = None
    why: str


@final
class _PlanShape(BaseModel):
    model_config = _STRICT

    title: str
    date: Any
    question_of_interest: str
    context_of_use: str
    model_influence: str
    decision_consequence: str
    windup_version: str | None = None
    data_sha256: str
    analyses: Annotated[tuple[str, ...], Field(strict=False)] = ()
    settings: Any
    settings_sha256: str | None = None
    limit: Annotated[tuple[_LimitShape, ...], Field(strict=False, min_length=1)]


KEYS: Final = tuple(_PlanShape.model_fields)
"""Keys of a plan, in the order of its file."""

KEYS_OF_LIMIT: Final = tuple(_LimitShape.model_fields)
"""Keys of a limit."""


def load_analysis_plan(path: Path, *, today: datetime.date | None = None) -> AnalysisPlan:
    """Analysis plan of a TOML file.

    Parameters
    ----------
    path
        The file, as ``windup plan --new`` writes one. Its paths count from its folder.
    today
        Day after which no plan can have been finished; None for the present day (UTC).

    Returns
    -------
    AnalysisPlan
        With the SHA-256 of the bytes of the file.

    Raises
    ------
    PlanFaults
        With every fault of the file.
    """
    try:
        values = toml_tables(path)
        content = path.read_bytes()
    except NotReadable as error:
        raise PlanFaults([SettingsFault(path.name, error.row, "", error.found, error.remedy)]) from error
    day = datetime.datetime.now(datetime.UTC).date() if today is None else today
    found = [*_shape(values), *_texts(values), *_date(values, day), *_digests(values), *_limits(values)]
    found += _analyses(values)
    rows = rows_of(content.decode("utf-8-sig"))
    faults = [SettingsFault(path.name, row_of(rows, key), *rest) for key, *rest in found]
    settings, of_settings = _settings(values, path, rows)
    if faults or of_settings or settings is None:
        # What is missing has no line and comes first; faults of another file come last.
        raise PlanFaults(sorted((*faults, *of_settings), key=lambda each: (each.file != path.name, each.row)))
    limits = tuple(_limit(limit) for limit in values["limit"])
    named = {*values.get("analyses", ()), *(name for limit in limits for name in limit.results)}
    return AnalysisPlan(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        date=_as_date(values["date"]) or day,
        settings=settings,
        data_sha256=values["data_sha256"].lower(),
        windup_version=values.get("windup_version"),
        analyses=tuple(name for name in ANALYSES if name in named),
        limits=limits,
        **{name: values[name].strip() for name in TEXTS},
    )


def _limit(table: Mapping[str, Any]) -> Limit:
    bounds = {name: float(table[name]) for name in ("at_least", "at_most") if name in table}
    return Limit(table["quantity"], table["why"].strip(), table.get("divided_by"), **bounds)


def _shape(values: Mapping[str, Any]) -> Iterator[_Found]:
    try:
        _PlanShape.model_validate(values)
    except ValidationError as error:
        for each in shape_errors(error):
            # Lines count tables from 1.
            keys = [str(part + 1) if isinstance(part, int) else str(part) for part in each["loc"]]
            known = KEYS_OF_LIMIT if keys[0] == "limit" and len(keys) > 1 else KEYS
            found, remedy = found_and_remedy(each, known)
            if each["type"] == "missing" and keys == ["limit"]:
                remedy = "Write one [[limit]] or more: a plan is what results are compared with."
            yield ".".join(keys), place_of(each), found, remedy


def _texts(values: Mapping[str, Any]) -> Iterator[_Found]:
    for name, meaning in TEXTS.items():
        if isinstance(text := values.get(name), str) and not text.strip():
            yield name, name, "The text is empty.", f"Write: {meaning}"


def _as_date(value: Any) -> datetime.date | None:
    """A day; None for anything else, a time of day included."""
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value.strip())
        except ValueError:
            return None
    is_day = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    return value if is_day else None


def _shown(value: Any) -> str:
    """A value as a fault quotes it; of a number of thousands of digits Python makes no text."""
    if isinstance(value, datetime.datetime):
        return f"{value.isoformat()}, with a time,"
    return f"'{printable(value, 80)}'" if isinstance(value, str) else "A value of another kind"


def _date(values: Mapping[str, Any], today: datetime.date) -> Iterator[_Found]:
    if "date" not in values:
        return
    date = _as_date(values["date"])
    if date is None:
        found = f"{_shown(values['date'])} is no day."
        yield "date", "date", found, f"Write year, month and day, for example {today.isoformat()}."
    elif date > today:
        found = f"{date.isoformat()} lies in the future: today is {today.isoformat()} (UTC)."
        yield "date", "date", found, "Write the day on which the plan was finished."


def _digests(values: Mapping[str, Any]) -> Iterator[_Found]:
    for name, source in (
        ("data_sha256", "`windup check --json` of the planned trials shows it"),
        ("settings_sha256", "`sha256sum FILE` shows it"),
    ):
        if isinstance(text := values.get(name), str) and not _DIGEST.fullmatch(text):
            found = f"'{printable(text, 80)}' is no SHA-256, which has 64 hexadecimal digits."
            yield name, name, found, f"Write it; {source}."


def _analyses(values: Mapping[str, Any]) -> Iterator[_Found]:
    given = values.get("analyses")
    for number, name in enumerate(given if isinstance(given, list) else (), start=1):
        if isinstance(name, str) and name not in ANALYSES:
            found = f"There is no analysis '{printable(name, 80)}'."
            yield f"analyses.{number}", f"analyses {number}", found, nearest(name, ANALYSES)


def _limits(values: Mapping[str, Any]) -> Iterator[_Found]:
    given = values.get("limit")
    for number, limit in enumerate(given if isinstance(given, list) else (), start=1):
        if isinstance(limit, dict):
            for key, found, remedy in _of_limit(limit):
                place = f"limit {number}, {key}" if key else f"limit {number}"
                yield f"limit.{number}.{key}", place, found, remedy


def _of_limit(limit: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key in ("quantity", "divided_by"):
        path = limit.get(key)
        if isinstance(path, str) and (fault := fault_of(path)) is not None:
            yield key, *fault
    if isinstance(why := limit.get("why"), str) and not why.strip():
        yield "why", "The text is empty.", "Write the reason of the limit."
    low, high = limit.get("at_least"), limit.get("at_most")
    if low is None and high is None:
        yield "", "The limit has no bound.", "Add 'at_least', 'at_most' or both."
    elif _is_number(low) and _is_number(high) and low > high:
        yield "at_least", f"{low:g} is above 'at_most', which is {high:g}.", "Exchange or correct them."


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def _settings(
    values: Mapping[str, Any], path: Path, rows: Mapping[str, int]
) -> tuple[Settings | None, tuple[SettingsFault, ...]]:
    """Settings of the plan, or what is wrong with them or with the file that it names."""

    def here(key: str, found: str, remedy: str) -> SettingsFault:
        return SettingsFault(path.name, row_of(rows, key), key, found, remedy)

    given, digest = values.get("settings", {}), values.get("settings_sha256")
    if isinstance(given, dict):
        faults = [here(".".join(("settings", *keys)), *rest) for keys, *rest in faults_of(given)]
        if digest is not None:
            found = "The settings stand in the plan, whose SHA-256 covers them."
            faults.append(here("settings_sha256", found, "Remove 'settings_sha256'."))
        if faults:
            return None, tuple(faults)
        asked = with_paths(given, path.parent)
    elif isinstance(given, str) and given:
        file = path.parent / Path(given).expanduser()
        try:
            asked = read_settings(file)
        except SettingsFaults as error:
            return None, error.faults
        is_now = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest is None:
            found = "The key is missing: without it, the plan does not fix the settings."
            return None, (here("settings_sha256", found, f'Add settings_sha256 = "{is_now}".'),)
        if isinstance(digest, str) and _DIGEST.fullmatch(digest) and digest.lower() != is_now:
            found = f"{file.name} has the SHA-256 {is_now}: it is not the file that was planned with."
            return None, (here("settings_sha256", found, "Put the planned file back."),)
    else:
        remedy = "Write a table [settings], or the path of a settings file."
        return None, (here("settings", f"{_shown(given)} stands there.", remedy),)
    try:
        return Settings.from_preset(**asked), ()
    except SettingsError as error:
        return None, (here("settings", str(error), "Correct it as `windup fit` would ask for."),)
