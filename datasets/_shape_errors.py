"""What pydantic found wrong in a table, without what only follows from it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError


def shape_errors(error: ValidationError) -> list[dict[str, Any]]:
    """Errors of single entries; a list that is too short only because an entry is wrong is not short."""
    found: list[dict[str, Any]] = [dict(each) for each in error.errors(include_url=False)]
    inside = {each["loc"][0] for each in found if len(each["loc"]) > 1}
    return [each for each in found if not (each["type"] == "too_short" and each["loc"][0] in inside)]
