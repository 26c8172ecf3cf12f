"""What the page on people quotes of three fits to the same studies, as the commands of windup wrote them.

A folder holds the runs ``population`` (with ``identify``), ``common_gain`` and ``mean``, each of the same
trials, and ``compare``, their comparison, if there is one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import arviz as az
import pandas as pd
import xarray as xr

PATIENTS = ("population", "common_gain", "mean")
"""Kinds of patients, by the option ``--patients``; each is a folder."""

# Trials on which the claim of lasting relief after a short intervention rests.
_SHORT = ("yousef2013", "sigtermans2009")
_BLOCK = "cause_removed"
_FIT = (
    "rows_used",
    "studies_used",
    "sd_rows_used",
    "cause_removed_rows_used",
    "nodes",
    "parameters",
    "chains",
    "draws",
    "converged",
    "max_rhat",
    "min_ess_bulk",
    "divergences",
    "coverage_50",
    "coverage_95",
    "visit_spreads",
)


def people_record(folder: Path) -> str:
    """Text of `people.json`.

    Parameters
    ----------
    folder
        With the runs and their comparison.
    """
    summaries = {name: _read(folder / name / "summary.json") for name in PATIENTS}
    population, compared = summaries["population"], folder / "compare" / "summary.json"
    record = {
        "fits": {name: _fit(folder / name, summary) for name, summary in summaries.items()},
        "lasting": _lasting(population["lasting_share"]),
        "profile": _read(folder / "population" / "identify" / "summary.json")["gain_profile"],
        "profile_figure_sha256": hashlib.sha256(profile_figure(folder).read_bytes()).hexdigest(),
        "compare": _compared(_read(compared)) if compared.is_file() else None,
        "rows": (rows := _rows(folder)),
        "short": _differences(rows),
        "data_sha256": _read(folder / "population" / "provenance.json")["data_sha256"],
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def profile_figure(folder: Path) -> Path:
    """Figure of the profile over the gain, in a folder of fits of people."""
    return folder / "population" / "identify" / "figures" / "gain_profile.png"


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _fit(run: Path, summary: dict[str, Any]) -> dict[str, Any]:
    gain = next(each for each in summary["loop_gains"] if each["loop"] == "total")
    minutes = round(sum(summary["wall_seconds"].values()) / 60.0)
    known = {name: summary[name] for name in _FIT}
    with xr.open_datatree(run / "posterior.nc", engine="h5netcdf") as tree:
        drawn = tree["posterior"].to_dataset()[["total_loop_gain"]].load()
    above = (drawn["total_loop_gain"] > 1.0).mean("draw").values
    mixing = {
        "rhat": float(az.rhat(drawn)["total_loop_gain"]),
        "ess_bulk": float(az.ess(drawn)["total_loop_gain"]),
        "probability_above_one_by_chain": [float(each) for each in above],
        "worst": summary["worst_parameters"]["max_rhat"],
    }
    total = summary["self_sustaining"]["total"]
    fixed = _read(run / "settings.json")["fixed"]
    return known | {"gain": gain, "total": total, "mixing": mixing, "minutes": minutes, "fixed": fixed}


def _compared(summary: dict[str, Any]) -> dict[str, Any]:
    scores = summary["treated_given_control"]
    return {
        "models": summary["models"],
        "treated_given_control": {name: scores[name] for name in ("studies", "rows", "models")},
        "monte_carlo_se": summary["monte_carlo_se"],
    }


def _rows(folder: Path) -> list[dict[str, Any]]:
    """Rows after an operation and of the short interventions, and what each fit expects of them."""
    tables = {name: pd.read_csv(folder / name / "rows.csv").set_index("row_id") for name in PATIENTS}
    first = tables["population"]
    shown = first["blocks"].fillna("").str.split(";").map(lambda blocks: _BLOCK in blocks)
    chosen = first[(shown | first["study"].isin(_SHORT)) & (first["week"] > 0.0)]
    rows = []
    for row in chosen.sort_values(["study", "arm", "week"], kind="stable").itertuples():
        found: dict[str, Any] = {
            "study": row.study,
            "arm": row.arm,
            "week": row.week,
            "kind": row.kind,
            "observed": row.observed,
            "removed": row.study not in _SHORT,
        }
        for name, table in tables.items():
            its = table.loc[[row.Index]].iloc[0]
            found[name] = {key: float(its[key]) for key in ("predicted", "low_95", "high_95")}
        rows.append(found)
    return rows


def _lasting(shares: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the peripheral cause; conditions of one central share have the same number."""
    found: dict[tuple[float, ...], dict[str, Any]] = {}
    names = ("mean", "low_95", "high_95", "prior_mean", "prior_low_95", "prior_high_95")
    for row in shares:
        if row["cause_removed"] == "peripheral":
            key = tuple(row[name] for name in names)
            known = found.setdefault(key, {"conditions": [], **dict(zip(names, key, strict=True))})
            known["conditions"].append(row["condition"])
    return list(found.values())


def _differences(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Treated arm less placebo arm of the short interventions, printed and in each fit."""
    lines = []
    for study in _SHORT:
        mine = {row["arm"]: row for row in rows if row["study"] == study}
        control = mine.pop("placebo")
        (treated,) = mine.values()
        gap = {name: treated[name]["predicted"] - control[name]["predicted"] for name in PATIENTS}
        observed = treated["observed"] - control["observed"]
        missed = all(abs(each) < abs(observed) / 2.0 for each in gap.values())
        lines.append({"study": study, "week": treated["week"], "observed": observed, **gap, "missed": missed})
    return lines
