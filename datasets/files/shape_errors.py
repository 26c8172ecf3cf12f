"""What pydantic found wrong in a table of a TOML file, without what follows from it, in words of TOML."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from windup.datasets.files.errors import nearest

_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "of at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "of at most"),
}
_REMEDIES = {
    "string_type": "Write text in quotation marks.",
    "string_too_short": "Write at least one character.",
    "string_pattern_mismatch": "Write it without control characters.",
    "float_type": "Write a number.",
    "int_type": "Write a whole number.",
    "int_from_float": "Write a whole number.",
    "bool_type": "Write true or false.",
    "finite_number": "Write a finite number.",
    "tuple_type": "Write a list in brackets.",
    "model_type": "Write a table of keys.",
}


def shape_errors(error: ValidationError) -> list[dict[str, Any]]:
    """Errors of single entries; a list that is too short only because an entry is wrong is not short."""
    found: list[dict[str, Any]] = [dict(each) for each in error.errors(include_url=False)]
    inside = {each["loc"][0] for each in found if len(each["loc"]) > 1}
    return [each for each in found if not (each["type"] == "too_short" and each["loc"][0] in inside)]


def place_of(error: dict[str, Any]) -> str:
    """Keys that lead to an error, e.g. ``arm 2, phase 1, dose``; entries are counted from 1."""
    words: list[str] = []
    for part in error["loc"]:
        if isinstance(part, int):
            words[-1] = f"{words[-1]} {part + 1}"
        else:
            words.append(str(part))
    return ", ".join(words)


def found_and_remedy(error: dict[str, Any], known: Iterable[str]) -> tuple[str, str]:
    """Sentences of what stands there and what to do about it.

    Parameters
    ----------
    error
        From `shape_errors`.
    known
        Keys that may stand in the table.
    """
    kind, name, context = error["type"], str(error["loc"][-1]), error.get("ctx", {})
    if kind == "missing":
        return "The key is missing.", f"Add '{name}'."
    if kind == "extra_forbidden":
        return "The key is not known here.", nearest(name, known)
    found = f"{_in_toml(error['input'])} stands there."
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return found, f"Write a number {words} {context[bound]:.10g}."
    if kind == "too_short":
        return found, f"Give {context['min_length']} or more."
    if kind == "literal_error":
        return found, f"Use one of: {context['expected']}."
    return found, _REMEDIES.get(kind, f"{error['msg']}.")


def _in_toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}'"
        case datetime.date() | datetime.time():
            return f"The date or time {value.isoformat()}"
        case dict():
            return "A table"
        case list():
            return "A list"
        case int() if abs(value) > 10**300:
            # Python refuses to write one of thousands of digits.
            return "A number of more than 300 digits"
    return str(value)
