"""The ledger: every claim of the two source texts, what the literature has on it, and what stands for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

_LEDGER = Path(__file__).with_name("ledger.csv")
COLUMNS = ("id", "claim", "literature", "source", "judged_by", "verdicts", "no_number")


@cache
def packaged_ledger() -> pd.DataFrame:
    """One row per claim of the texts, in their order by subject.

    Returns
    -------
    pandas.DataFrame
        ``id`` (``M1`` ...), ``claim``, ``literature`` (what studies other than trials of pain have on it),
        ``source`` (one of them) and ``no_number``: why no number of the model stands for it, empty where one
        does.
    """
    return pd.read_csv(_LEDGER, dtype=str, keep_default_na=False)


def ledger_table(judged: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Every claim of the texts with the verdicts of a run.

    Parameters
    ----------
    judged
        Rows of a claims table: ``claim``, ``ledger`` (ids joined by blanks) and ``verdict``.

    Returns
    -------
    pandas.DataFrame
        `packaged_ledger` with ``judged_by`` (claims that stand for it, joined by ``; ``) and ``verdicts`` (of
        each, in the same order); both empty where the run's model has no number for it.
    """
    table = packaged_ledger().copy()
    by_id: dict[str, list[Mapping[str, object]]] = {}
    for row in judged:
        for name in str(row["ledger"]).split():
            by_id.setdefault(name, []).append(row)
    for column, key in (("judged_by", "claim"), ("verdicts", "verdict")):
        table[column] = ["; ".join(str(row[key]) for row in by_id.get(name, [])) for name in table["id"]]
    return table[list(COLUMNS)]
