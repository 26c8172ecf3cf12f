"""Scores at rows where a mechanism has to extrapolate, of all models of a comparison.

The density is that of the rows of a kind given the control and baseline rows of their study. They are held
out with their whole study. Other studies with rows of the same kind were fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from windup.fit.analyses.comparison.extrapolated_rows import KINDS
from windup.fit.analyses.comparison.left_out_studies import LeftOut
from windup.fit.analyses.comparison.limits import LEAST_STUDIES
from windup.fit.analyses.comparison.row_sets import set_of
from windup.fit.analyses.scoring.densities import log_density_of
from windup.fit.analyses.scoring.scores import error_of_sum
from windup.fit.analyses.scoring.treated import GIVEN


def extrapolation_table(left_out: Mapping[str, LeftOut]) -> pd.DataFrame:
    """Per kind, study and model: number of rows, log density given control and baseline rows, mean CRPS."""
    tables = [_of_model(label, each) for label, each in left_out.items()]
    columns = ["kind", "study", "model", "rows", "log_density", "monte_carlo_se", "crps"]
    return pd.concat(tables, ignore_index=True)[columns]


def extrapolation_record(table: pd.DataFrame) -> dict[str, Any]:
    """Content of ``extrapolations`` of the ``summary.json`` of a comparison.

    Parameters
    ----------
    table
        From `extrapolation_table`.

    Returns
    -------
    dict
        Per kind: numbers of ``rows`` and ``studies``, ``too_few`` below five studies, and ``models`` from the
        highest log density down with their difference from it and its standard error over studies. The CRPS
        is that of predictions given the baselines of the study, 0-10 scale.
    """
    return {kind: _of_kind(table[table["kind"] == kind]) for kind in KINDS}


def _of_model(label: str, left_out: LeftOut) -> pd.DataFrame:
    parts = []
    for kind in KINDS:
        counts = left_out.kinds.get(kind, {})
        found = log_density_of(left_out.densities, rows=set_of(kind), given=GIVEN, only=counts)
        rows = left_out.rows
        marked = rows[_has_kind(rows, kind)] if counts else rows[:0]
        crps = marked.groupby("study")["crps_points"].mean()
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "study": list(found.studies),
                    "model": label,
                    "rows": [counts[name] for name in found.studies],
                    "log_density": found.values,
                    "monte_carlo_se": found.errors,
                    "crps": crps.reindex(list(found.studies)).to_numpy(float),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _has_kind(rows: pd.DataFrame, kind: str) -> pd.Series[bool]:
    has: pd.Series[bool] = rows["extrapolation"].str.split(";").map(lambda kinds: kind in kinds).astype(bool)
    return has


def _of_kind(table: pd.DataFrame) -> dict[str, Any]:
    wide = table.pivot(index="study", columns="model", values="log_density")
    counts = table.groupby("study")["rows"].first()
    record: dict[str, Any] = {
        "rows": int(counts.sum()),
        "studies": len(wide),
        "too_few": len(wide) < LEAST_STUDIES,
        "models": [],
    }
    if wide.empty:
        return record
    total = wide.sum().sort_values(ascending=False, kind="stable")
    best = wide[total.index[0]]
    for label in total.index:
        mine = table[table["model"] == label].set_index("study")
        difference = (wide[label] - best).to_numpy(float)
        record["models"].append(
            {
                "model": str(label),
                "log_density": float(total[label]),
                "difference": float(difference.sum()),
                "difference_error": error_of_sum(difference),
                "crps": float(np.average(mine["crps"], weights=mine["rows"])),
            }
        )
    return record
