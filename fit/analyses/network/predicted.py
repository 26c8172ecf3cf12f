"""Contrasts of every study as the other studies predict them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scoringrules import crps_mixnorm

from windup.fit.analyses.network.linear_model import LeftOutStudy
from windup.fit.analyses.network.mixtures import quantiles_of
from windup.fit.display.format import LEVELS


def scored(contrasts: pd.DataFrame, predicted: Sequence[LeftOutStudy]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contrasts with their predictions, and the log density of every study."""
    rows, studies = list[dict[str, Any]](), list[dict[str, Any]]()
    for (name, part), left in zip(contrasts.groupby("study", sort=False), predicted, strict=True):
        others = contrasts[contrasts["study"] != name]
        known = {*others["treatment"], *others["base"]}
        seen = []
        for number, values in enumerate(part.to_dict("records")):
            row = {str(column): value for column, value in values.items()}
            mean, sd = left.mean[:, number], left.sd[:, number]
            seen.append(row["treatment"] in known and row["base"] in known)
            rows.append({**row, **_prediction(row["difference"], left.weight, mean, sd)})
            rows[-1]["seen_elsewhere"] = seen[-1]
        studies.append(
            {
                "study": name,
                "contrasts": len(part),
                "log_density": left.log_density,
                "seen_elsewhere": all(seen),
            }
        )
    return pd.DataFrame(rows), pd.DataFrame(studies)


def _prediction(
    value: float,
    weight: Float[np.ndarray, " points"],
    mean: Float[np.ndarray, " points"],
    sd: Float[np.ndarray, " points"],
) -> dict[str, Any]:
    found: dict[str, Any] = {"predicted": quantiles_of((0.5,), weight, mean, sd)[0]}
    for level in LEVELS:
        tail = 0.5 * (1.0 - level / 100.0)
        low, high = quantiles_of((tail, 1.0 - tail), weight, mean, sd)
        found |= {f"low_{level}": low, f"high_{level}": high, f"covered_{level}": bool(low <= value <= high)}
    # The score takes time with the square of the number of points; those without weight add nothing.
    counts = weight > 1e-9
    share = weight[counts] / weight[counts].sum()
    found["crps"] = float(crps_mixnorm(value, mean[counts], sd[counts], share))
    return found
