"""The parameters that move each result most."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

TOP = 4


def largest_change(table: pd.DataFrame, index: str) -> float:
    """Largest change from half of the blocks to all of the index of the parameter that leads a response.

    Relative to that index unless it is a share already.
    """
    changes = [0.0]
    for _, part in table.groupby("response"):
        wide = part.pivot_table(index="parameter", columns="blocks", values=index)
        if wide.shape[1] > 1 and wide.notna().to_numpy().any():
            leader = wide[wide.columns[-1]].idxmax()
            half, whole = wide.loc[[leader]].to_numpy()[0, -2:]
            changes.append(abs(whole - half) / (1.0 if index == "total" else whole))
    return float(np.max(changes))


def leaders(table: pd.DataFrame, index: str, half_width: str | None) -> dict[str, list[dict[Hashable, Any]]]:
    """The parameters with the largest index of each response."""
    kept = ["parameter", index, *([half_width] if half_width else [])]
    return {
        str(response): part.nlargest(TOP, index)[kept].to_dict("records")
        for response, part in table.groupby("response", sort=False)
    }


def leader_rows(
    table: pd.DataFrame, index: str, half_width: str | None, *, sign: str | None = None
) -> tuple[tuple[str, ...], ...]:
    """Formatted leaders of each response; numbers are those of ``sign`` where their order is not theirs."""
    rows = []
    for response, part in table.groupby("response", sort=False):
        top = part.dropna(subset=[index]).nlargest(TOP, index)
        cells = [_cell(row, sign or index, half_width) for row in top.to_dict("records")]
        rows.append((str(response), *cells, *[""] * (TOP - len(cells))))
    return tuple(rows)


def _cell(row: Mapping[Any, Any], index: str, half_width: str | None) -> str:
    beside = f" ± {row[half_width]:.2g}" if half_width else ""
    return f"{row['parameter']} {row[index]:.2g}{beside}".replace("-", "−")


def leading_verdict(table: pd.DataFrame, index: str) -> str:
    """Which parameters lead most responses."""
    known = table.dropna(subset=[index])
    if known.empty:
        return "No response varies."
    leading = known.groupby("response", sort=False)[index].transform("max") == known[index]
    first = known[leading].drop_duplicates("response")["parameter"].value_counts()
    most = ", ".join(f"{name} ({count})" for name, count in first.head(6).items())
    return f"Parameters that lead most responses (number of responses): {most}."
