"""The record of a run that `summary.json` holds and every page is rendered from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from ._convergence import MAX_DIVERGENCE_SHARE, MAX_RHAT, MIN_EBFMI, MIN_ESS
from ._diagnose import Diagnosis
from ._effects import EFFECT
from ._groups import group
from ._notices import RESEARCH_ONLY, notices
from ._settings import Settings

PHASES = ("load", "compile", "warm-up", "sample", "post")


def summary_record(
    tree: xr.DataTree,
    diagnosis: Diagnosis,
    settings: Settings,
    *,
    seconds: Mapping[str, float],
    interrupted: bool = False,
) -> dict[str, Any]:
    """Record of a run in values that JSON can hold; None stands for what could not be computed.

    Parameters
    ----------
    tree
        The run.
    diagnosis
        What was computed from it.
    settings
        What was asked for; the counts of chains and draws are those found in the tree.
    seconds
        Wall time of the phases outside the sampler; those of the sampler are read from the tree, and a
        phase found in both is their sum.
    interrupted
        Whether the run ended before its last draw.
    """
    posterior = group(tree, "posterior")
    checks = diagnosis.convergence
    learned = diagnosis.contraction
    wall = {**dict.fromkeys(PHASES, 0.0), **_sampler_seconds(tree)}
    for phase, extra in seconds.items():
        wall[phase] = wall.get(phase, 0.0) + extra
    gains = diagnosis.loop_gains
    record = {
        "model": settings.model,
        "preset": settings.preset,
        "notices": list(notices(checks, preset=settings.preset, interrupted=interrupted)),
        "statement": RESEARCH_ONLY,
        "converged": checks.converged,
        "failed_checks": list(checks.failures),
        "interrupted": interrupted,
        "rows_used": len(diagnosis.rows),
        "studies_used": int(diagnosis.rows["study"].nunique()),
        "chains": int(posterior.sizes["chain"]),
        "draws": int(posterior.sizes["draw"]),
        "warmup": settings.warmup,
        "seed": settings.seed,
        "max_rhat": checks.max_rhat,
        "min_ess_bulk": checks.min_ess_bulk,
        "min_ess_tail": checks.min_ess_tail,
        "divergences": checks.divergences,
        "min_ebfmi": checks.min_ebfmi,
        "worst_parameters": {
            "max_rhat": checks.worst_rhat,
            "min_ess_bulk": checks.worst_ess_bulk,
            "min_ess_tail": checks.worst_ess_tail,
        },
        "thresholds": {
            "max_rhat": MAX_RHAT,
            "min_ess": MIN_ESS,
            "max_divergence_share": MAX_DIVERGENCE_SHARE,
            "min_ebfmi": MIN_EBFMI,
        },
        "failed_solves": sum(diagnosis.failed_solves.values()),
        "failed_solves_by_arm": diagnosis.failed_solves,
        **{f"coverage_{level}": share for level, share in diagnosis.coverage.items()},
        "coverage_by_kind": _records(diagnosis.kinds),
        "coverage_by_study": _records(diagnosis.studies),
        "wall_seconds": wall,
        "loop_gain_probability": _pairs(gains, "probability_above_one"),
        "loop_gain_prior_probability": _pairs(gains, "prior_probability_above_one"),
        "loop_gains": _records(gains),
        "prior_driven": [str(name) for name in learned.loc[learned["prior_driven"], "parameter"]],
        "contraction": _records(learned),
        "drug_effects_meaning": posterior[EFFECT].attrs.get("description", ""),
        "drug_effects": _records(diagnosis.drug_effects),
    }
    plain: dict[str, Any] = as_plain(record)
    return plain


def as_plain(value: Any) -> Any:
    """Copy of nested values with NaN and infinity as None and NumPy's numbers as Python's.

    Examples
    --------
    >>> as_plain({"rate": float("nan"), "draws": (1, 2)})
    {'rate': None, 'draws': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def as_json(value: Any) -> str:
    """Text of strict JSON, which knows no NaN."""
    return json.dumps(as_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def attribute(tree: xr.DataTree, name: str) -> Any:
    """Value of an attribute of the tree's root, which holds JSON; None when it is absent."""
    text = tree.attrs.get(name)
    return None if text is None else json.loads(text)


def _sampler_seconds(tree: xr.DataTree) -> dict[str, float]:
    found = attribute(tree, "wall_seconds") or {}
    return {str(phase): float(duration) for phase, duration in found.items()}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _pairs(table: pd.DataFrame, column: str) -> dict[str, Any]:
    return {} if table.empty else dict(zip(table["loop"], table[column], strict=True))
