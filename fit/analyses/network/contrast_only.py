"""Models beside a network meta-analysis that knows contrasts alone, on the contrasts that both predict.

A contrast of one treated arm with one control arm is a treated row given the control rows for a model, and a
difference for the meta-analysis, which leaves the whole study out. Both score the same number, so that CRPS
and intervals compare. Contrasts count whose treatments other studies have, read from a row of pain at the
same arm and week. The meta-analysis has one effect of each treatment: no dose, no course, no condition, no
baseline. A model that predicts no better than this adds nothing to it at these contrasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from windup.datasets import Trials
from windup.fit.analyses.network.meta_analysis import network_meta_analysis
from windup.fit.analyses.scoring.scores import error_of_sum
from windup.fit.display.format import LEVELS
from windup.fit.errors import SettingsError

UNRELATED: Final = "contrasts alone"
RELATED: Final = "contrasts alone, related treatments"
_PAIN = ("contrast", "change", "mean", "percent_change")
_KEY = ["study", "arm", "week"]
_COVERED = [f"covered_{level}" for level in LEVELS]
COLUMNS = (*_KEY, "treatment", "model", "crps", *_COVERED)


def contrast_only_table(trials: Trials, treated: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Scores of every contrast by every model and by both meta-analyses.

    Parameters
    ----------
    trials
        Those of the runs.
    treated
        Treated rows given the control rows, of every model
        (`windup.fit.analyses.scoring.treated.TreatedGivenControl.rows`).

    Returns
    -------
    pandas.DataFrame
        ``study``, ``arm``, ``week``, ``treatment``, ``model``, ``crps`` (NRS points) and ``covered_L`` for
        each level L; empty where nothing is predicted by all.
    """
    try:
        found = {UNRELATED: network_meta_analysis(trials, impute_errors=True)}
    except SettingsError:
        # No study has a contrast with a standard error, or one of known size.
        return pd.DataFrame(columns=list(COLUMNS))
    found[RELATED] = network_meta_analysis(trials, related=True, impute_errors=True)
    tables = {label: _of_contrasts(each.contrasts) for label, each in found.items()}
    treatment = tables[UNRELATED].set_index(_KEY)["treatment"]
    base = found[UNRELATED].contrasts.set_index(["study", "week"])["base_arm"].to_dict()
    tables |= {label: _of_rows(rows, base) for label, rows in treated.items()}
    common = set.intersection(*(set(map(tuple, table[_KEY].to_numpy())) for table in tables.values()))
    parts = [
        table[[tuple(key) in common for key in table[_KEY].to_numpy()]].assign(model=label)
        for label, table in tables.items()
    ]
    whole = pd.concat(parts, ignore_index=True)
    whole["treatment"] = [treatment[tuple(key)] for key in whole[_KEY].to_numpy()]
    return whole[list(COLUMNS)]


def contrast_only_record(table: pd.DataFrame) -> dict[str, Any]:
    """Content of ``contrast_only`` of the ``summary.json`` of a comparison.

    Returns
    -------
    dict
        Numbers of ``contrasts`` and ``studies``, and ``models`` from the least CRPS up: ``crps`` (mean over
        contrasts, NRS points), ``difference`` from the least with ``difference_error`` (standard error over
        studies) and ``coverage_L`` (share inside).
    """
    if table.empty:
        return {"contrasts": 0, "studies": 0, "models": []}
    crps = table.pivot(index=_KEY, columns="model", values="crps")
    means = crps.mean().sort_values(kind="stable")
    best, inside = crps[means.index[0]], table.groupby("model")[_COVERED].mean().to_dict("index")
    models = []
    for label, mean in means.items():
        of_study = (crps[label] - best).groupby("study").sum().to_numpy(float) / len(crps)
        models.append(
            {
                "model": str(label),
                "crps": float(mean),
                "difference": float(of_study.sum()),
                "difference_error": error_of_sum(of_study),
                **{f"coverage_{level}": float(inside[label][f"covered_{level}"]) for level in LEVELS},
            }
        )
    return {"contrasts": len(crps), "studies": crps.reset_index()["study"].nunique(), "models": models}


def _of_contrasts(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Contrasts of one arm whose treatments other studies have."""
    one = contrasts[contrasts["seen_elsewhere"] & ~contrasts["arms"].str.contains(", ", regex=False)]
    return one.rename(columns={"arms": "arm"})[[*_KEY, "treatment", "crps", *_COVERED]]


def _of_rows(rows: pd.DataFrame, base: Mapping[Any, str]) -> pd.DataFrame:
    """Treated rows of pain, one of each arm and week: that which a contrast with the base is read from."""
    if rows.empty:
        return pd.DataFrame(columns=[*_KEY, "crps", *_COVERED])
    wanted = [base.get(key, "") for key in zip(rows["study"], rows["week"], strict=True)]
    other = (rows["kind"] == "contrast") & (rows["reference_arm"] != wanted)
    pain = rows[rows["kind"].isin(_PAIN) & ~other]
    order = np.argsort([_PAIN.index(kind) for kind in pain["kind"]], kind="stable")
    first = pain.iloc[order].drop_duplicates(_KEY)
    return first.assign(crps=first["crps_points"])[[*_KEY, "crps", *_COVERED]]
