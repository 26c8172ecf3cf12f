"""What the ranks of a calibration say: a table by parameter, and a verdict on all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import rankdata

from windup.fit.analyses.calibration.uniformity import Detectable, detectable, p_value
from windup.fit.runs.notices import RESEARCH_ONLY
from windup.fit.settings.priors import as_prior, choice_notices
from windup.fit.storage.formats import as_plain
from windup.fit.storage.tree import all_elements, attribute, group

LEVEL = 0.95
# Fewer replicates see gross errors only.
ENOUGH_REPLICATES = 200
FEW = f"Fewer than {ENOUGH_REPLICATES} replicates: shows that everything runs; NOT for conclusions."
MISCALIBRATED = "NOT CALIBRATED: intervals of this model are not what they claim to be."
_WORST = 10


def ranks_of(tree: xr.DataTree, which: str = "prior_sbc") -> Iterator[tuple[str, np.ndarray]]:
    """Label and values over replicates of each single parameter."""
    for label, variable in all_elements(group(tree, which)):
        yield label, variable.values.ravel()


def calibration_table(tree: xr.DataTree) -> pd.DataFrame:
    """Uniformity of the ranks of every single parameter, least uniform first.

    Parameters
    ----------
    tree
        From `windup.fit.calibrate`.

    Returns
    -------
    pandas.DataFrame
        ``parameter``; ``p_value`` of its ranks (`windup.fit.analyses.calibration.uniformity.p_value`), below
        0.05 where they leave the 95 % band, which is ``outside_95``; ``rank_mean``, below 0.5 where draws lie
        above it; ``rank_spread``, the standard deviation of the ranks relative to a uniform one: above 1
        where the posterior is too narrow; ``learned``, the rank correlation of the truth with the posterior's
        median: a parameter with 0 was left to its prior, and its ranks say little of the likelihood.
    """
    truth, median = dict(ranks_of(tree, "truth")), dict(ranks_of(tree, "posterior_median"))
    rows = [
        {
            "parameter": label,
            "p_value": (p := p_value(values)),
            "outside_95": p < 1.0 - LEVEL,
            "rank_mean": float(values.mean()),
            "rank_spread": float(values.std() * np.sqrt(12.0)),
            "learned": _rank_correlation(truth[label], median[label]),
        }
        for label, values in ranks_of(tree)
    ]
    return pd.DataFrame(rows).sort_values("p_value", kind="stable", ignore_index=True)


def rejected(p_values: np.ndarray, level: float = 1.0 - LEVEL) -> int:
    """Number of the smallest p-values that Holm's procedure rejects: at most one set in twenty has any.

    Holds however the parameters depend on each other (Holm 1979, Scandinavian Journal of Statistics 6:65).

    Examples
    --------
    >>> rejected(np.array([0.001, 0.02, 0.04])), rejected(np.array([0.02, 0.5, 0.9]))
    (3, 0)
    """
    ordered = np.sort(p_values)
    stands = ordered * np.arange(len(ordered), 0, -1) >= level
    return int(np.argmax(stands)) if stands.any() else len(ordered)


def calibration_record(tree: xr.DataTree, table: pd.DataFrame) -> dict[str, Any]:
    """Record of a calibration in values that JSON can hold."""
    settings, fits = attribute(tree, "settings"), group(tree, "fits")
    replicates, count = fits.sizes["replicate"], len(table)
    failed = table.head(rejected(table["p_value"].to_numpy()))
    # Settings of earlier versions have no priors.
    priors = {name: as_prior(each) for name, each in settings.get("priors", {}).items()}
    few = replicates < ENOUGH_REPLICATES
    record = {
        "model": settings["model"],
        "notices": [
            *([MISCALIBRATED] if len(failed) else []),
            *([FEW] if few else []),
            *choice_notices(priors, settings.get("fixed", {})),
        ],
        "statement": RESEARCH_ONLY,
        "calibrated": failed.empty,
        "failed_checks": [_failure(row, replicates) for row in failed.to_dict("records")],
        "replicates": replicates,
        "parameters": count,
        "outside_95": int(table["outside_95"].sum()),
        "outside_95_expected": (1.0 - LEVEL) * count,
        "family_wise_p": min(1.0, float(table["p_value"].iloc[0]) * count),
        "detectable": {
            "alone": _deviation(detectable(replicates, LEVEL)),
            "among_all": _deviation(detectable(replicates, 1.0 - (1.0 - LEVEL) / count)),
        },
        "studies": attribute(tree, "studies"),
        "rows_by_kind": attribute(tree, "rows_by_kind"),
        "settings": settings,
        "least_effective": float(fits["effective"].min()),
        "median_least_effective": float(fits["effective"].median()),
        "fits_short_of_draws": int((fits["effective"] < settings["retained"]).sum()),
        "divergence_share": float(fits["diverging"].mean()),
        "median_seconds": float(fits["seconds"].median()),
        "worst": table.head(_WORST).to_dict("records"),
        "versions": attribute(tree, "versions"),
    }
    plain: dict[str, Any] = as_plain(record)
    return plain


def _failure(row: dict[Any, Any], replicates: int) -> str:
    return (
        f"Ranks of {row['parameter']} are not uniform over {replicates} replicates: "
        f"p = {row['p_value']:.1g}, mean {row['rank_mean']:.2f} for 0.50, "
        f"spread {row['rank_spread']:.2f} for 1.00."
    )


def _deviation(detectable: Detectable) -> dict[str, float]:
    return detectable._asdict()


def _rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    # A single replicate has no spread.
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
