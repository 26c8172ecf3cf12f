"""What is said of predictions in short: the record behind ``summary.json`` and its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def prediction_record(
    tables: Mapping[str, pd.DataFrame],
    *,
    model: str,
    notices: tuple[str, ...],
    statement: str,
    draws_sha256: str,
    draws: int,
    prior_draws: int,
) -> dict[str, Any]:
    """Record of predictions: what the page shows, and what ``summary.json`` holds."""
    effects = _last(tables["effects"])
    new = effects[effects["study"] == "new"].set_index("regimen")
    shares = _last(tables["responders"])
    shares = shares[(shares["outcome"] == "responder_50") & (shares["study"] == "mean")]
    ranks = tables["ranks"].set_index("regimen")
    rows = []
    for row in effects[effects["study"] == "mean"].to_dict("records"):
        name = row["regimen"]
        mine = shares[shares["regimen"] == name].set_index("arm")["median"]
        row |= {f"new_study_{limit}": new.loc[name, limit] for limit in ("low_95", "high_95")}
        row |= {f"responder_50_{arm}": mine[arm] for arm in ("drug", "placebo")}
        row |= {what: ranks.loc[name, what] for what in ("probability_best", "mean_rank", "among")}
        rows.append(row)
    return {
        "model": model,
        "notices": list(notices),
        "statement": statement,
        "failed_checks": [],
        "draws_sha256": draws_sha256,
        "draws": draws,
        "prior_draws": prior_draws,
        "effects": rows,
        "combinations": _last(tables["combinations"]).to_dict("records"),
        "washout": tables["washout"].to_dict("records"),
    }


def _last(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    return table[table["week"] == table.groupby("regimen")["week"].transform("max")]
