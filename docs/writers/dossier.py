"""Limits of the validation beside what was measured, and names of tests, for the page on credibility."""

from __future__ import annotations

from typing import Any

import pandas as pd

from windup.fit.display.format import number


def validation(facts: Any) -> list[dict[str, str]]:
    """Each criterion with its limit, what was measured, and whether the limit holds."""
    return [_judged(facts, row) for row in facts.validation.to_dict("records")]


def test_in_words(test: str) -> str:
    """Name of a test in words, without its file."""
    return test.split("::")[1].removeprefix("test_").replace("_", " ")


def _judged(facts: Any, row: dict[Any, Any]) -> dict[str, str]:
    value, low, high = _measured(facts, str(row["measured_as"])), float(row["low"]), float(row["high"])
    if pd.isna(low):
        limit = f"at most {high:g}"
    else:
        limit = f"at least {low:g}" if pd.isna(high) else f"{low:g} to {high:g}"
    met = (pd.isna(low) or value >= low) and (pd.isna(high) or value <= high)
    return {
        "criterion": str(row["criterion"]),
        "limit": limit,
        "set": str(row["set"]),
        "measured": number(value, 0 if abs(value) >= 100.0 else 3),
        "met": "yes" if met else "**no**",
    }


def _measured(facts: Any, source: str) -> float:
    """Of the folds of all rows, of the published run, or a lead in standard errors."""
    kind, _, name = source.partition(":")
    if kind == "folds":
        return float(facts.present_folds.set_index("kind").loc["all", name])
    if kind == "lead":
        row = facts.folds.set_index("model").loc[name]
        return float(-row["difference"] / row["difference_error"])
    if kind == "run":
        value: Any = facts.run
        for part in name.split("."):
            value = value[part]
        return float(value)
    raise ValueError(f"validation.csv, column measured_as: '{source}' begins with none of folds, lead, run.")
