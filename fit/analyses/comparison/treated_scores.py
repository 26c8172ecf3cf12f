"""Scores of treated rows given control rows, of all models of a comparison, and the Monte Carlo errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from windup.fit.analyses.comparison.left_out_studies import LeftOut
from windup.fit.analyses.scoring.densities import log_density_of
from windup.fit.analyses.scoring.scores import error_of_sum


def treated_table(left_out: Mapping[str, LeftOut]) -> pd.DataFrame:
    """Scores of every study with a control arm by every model (``model`` in front)."""
    return pd.concat(
        [each.treated.studies.assign(model=label) for label, each in left_out.items()], ignore_index=True
    )[["model", *next(iter(left_out.values())).treated.studies.columns]]


def treated_record(left_out: Mapping[str, LeftOut]) -> dict[str, Any]:
    """Content of ``treated_given_control`` of the ``summary.json`` of a comparison.

    Returns
    -------
    dict
        Numbers of ``studies`` and ``rows``, studies that do not count with the reason (``left_out``), and
        ``models`` from the highest log density down, each with its difference from the highest, the standard
        error of this over studies, and the Monte Carlo standard errors of both.
    """
    totals = {label: each.treated.totals() for label, each in left_out.items()}
    ordered = sorted(totals, key=lambda label: -totals[label]["log_density"])
    first = left_out[ordered[0]].treated
    best = first.studies.set_index("study")["log_density"]
    models = []
    for label in ordered:
        found = left_out[label].treated
        own = found.studies.set_index("study")["log_density"].reindex(best.index)
        difference = (own - best).to_numpy(float)
        scores = {name: value for name, value in totals[label].items() if name not in ("studies", "rows")}
        models.append(
            {
                "model": label,
                "log_density": scores.pop("log_density"),
                "log_density_error": error_of_sum(own.to_numpy(float)),
                "difference": float(difference.sum()),
                "difference_error": error_of_sum(difference),
                "difference_monte_carlo_se": _of_difference(
                    label, ordered[0], found.monte_carlo_se, first.monte_carlo_se
                ),
                **scores,
            }
        )
    return {
        "studies": totals[ordered[0]]["studies"],
        "rows": totals[ordered[0]]["rows"],
        "left_out": dict(first.left_out),
        "models": models,
    }


def monte_carlo_record(left_out: Mapping[str, LeftOut], best: str) -> dict[str, Any]:
    """Content of ``monte_carlo_se`` of the ``summary.json`` of a comparison, by model.

    Runs of two models are independent, so that the error of a difference is that of both sums together.
    """
    errors = {label: log_density_of(each.densities) for label, each in left_out.items()}
    record = {}
    for label, each in left_out.items():
        own, treated = errors[label], each.treated.monte_carlo_se
        least = own.errors.size == 0 or np.isnan(own.errors).all()
        worst = None if least else int(np.nanargmax(own.errors))
        record[label] = {
            "elpd": own.error_of_sum,
            "difference": _of_difference(label, best, own.error_of_sum, errors[best].error_of_sum),
            "treated_given_control": treated,
            "treated_given_control_difference": _of_difference(
                label, best, treated, left_out[best].treated.monte_carlo_se
            ),
            "largest_study": None if worst is None else own.studies[worst],
            "largest_of_a_study": None if worst is None else float(own.errors[worst]),
        }
    return record


def study_errors(left_out: LeftOut) -> pd.Series[float]:
    """Monte Carlo standard error of the log density of every study."""
    found = log_density_of(left_out.densities)
    return pd.Series(found.errors, index=list(found.studies), dtype=float)


def _of_difference(label: str, best: str, error: float, error_of_best: float) -> float:
    return 0.0 if label == best else float(np.hypot(error, error_of_best))
