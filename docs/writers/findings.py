"""Findings computed from several rows: the closest model, the study that decides, leading parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from windup.datasets import packaged_trials

CASCADE = "cascade"
# It holds no drug, so that its lead or loss is no verdict on mechanisms.
NO_DRUG = "placebo_only"
EFFECT = "difference from placebo: "


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table by the names of its columns."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def other_trials(facts: Any, folder: str) -> str:
    """Words after results of a folder of the gallery whose fit had other trials than the published one."""
    observations = facts.made_with[folder]
    return "" if observations == facts.run["rows_used"] else f" (in fits to {observations} observations)"


def older_tables(facts: Any) -> bool:
    """Whether the packaged trials have changed since the published fit."""
    return bool(facts.run["data_sha256"] != packaged_trials().sha256)


def closest(folds: pd.DataFrame) -> dict[str, Any]:
    """The alternative model with drugs whose ELPD difference is smallest in standard errors."""
    return max(alternatives(folds), key=lambda row: row["difference"] / row["difference_error"])


def alternatives(folds: pd.DataFrame) -> list[dict[str, Any]]:
    """Models with drugs, without the cascade."""
    return [row for row in rows(folds) if row["model"] not in {CASCADE, NO_DRUG}]


def without(studies: pd.DataFrame, model: str) -> dict[str, Any]:
    """The study that adds most to the ELPD difference of a model, and the difference without it."""
    wide = studies.pivot(index="study", columns="model", values="elpd")
    gaps = wide[model] - wide[CASCADE]
    study = str(gaps.idxmin())
    rest = gaps.drop(study)
    return {
        "model": model,
        "study": study,
        "share": float(gaps[study] / gaps.sum()),
        "difference": float(rest.sum()),
        "difference_error": math.sqrt(len(rest)) * float(rest.std(ddof=1)),
    }


def leading(sobol: pd.DataFrame, count: int) -> dict[str, list[dict[str, Any]]]:
    """For each effect the parameters with the largest total indices."""
    effects = sobol[sobol["response"].str.startswith(EFFECT)]
    return {
        str(response): rows(group.nlargest(count, "total"))
        for response, group in effects.groupby("response", sort=False)
    }


def left_out(table: pd.DataFrame) -> list[str]:
    """Parts of the likelihood that refits leave out, in their order."""
    return [str(part) for part in dict.fromkeys(table["left_out"])][1:]


def by_left_out(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Each result with its interval in the whole fit, and its median and shift in every refit."""
    whole, *parts = dict.fromkeys(table["left_out"])
    found = []
    for quantity, group in table.groupby("quantity", sort=False):
        by = group.set_index("left_out")
        found.append(
            {
                "quantity": quantity,
                **by.loc[whole].to_dict(),
                "refits": [by.loc[part].to_dict() for part in parts],
            }
        )
    return found


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them.

    Examples
    --------
    >>> listed(["one", "two", "three"])
    'one, two and three'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
