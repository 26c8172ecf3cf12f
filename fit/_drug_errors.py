"""Errors of predictions by drug."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ._design import Design

_PAIN = ("mean", "change", "percent_change", "contrast")


def errors_by_drug(design: Design, rows: pd.DataFrame) -> pd.DataFrame:
    """Mean error of the pain of treated arms after baseline, by drug.

    Parameters
    ----------
    design
        Trials.
    rows
        From `windup.fit._scores.row_scores`.

    Returns
    -------
    pandas.DataFrame
        ``drug`` (``placebo`` for arms without any of the cascade), ``rows``, ``studies``, ``bias`` (predicted
        minus observed in points on the 0-10 scale; above 0 more relief was seen than predicted) and
        ``crps``. An arm with two drugs counts for both.
    """
    visits = design.visits
    at = design.rows.visits[:, 0]
    after = np.isin(rows["kind"], _PAIN) & (visits.elapsed_days[at] > 0.0)
    names = pd.Series([list(design.arm_drugs[arm]) or ["placebo"] for arm in visits.arm[at]])
    table = rows.assign(drug=names)[after].explode("drug")
    grouped = table.groupby("drug", sort=True)
    found = pd.DataFrame(
        {
            "rows": grouped.size(),
            "studies": grouped["study"].nunique(),
            "bias": grouped["error"].mean(),
            "crps": grouped["crps_points"].mean(),
        }
    )
    return found.reset_index()
