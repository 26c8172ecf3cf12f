"""Results that the documentation quotes, as the commands of windup wrote them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, final

import pandas as pd

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
RUN = DOCS / "results" / "run.json"
PEOPLE = DOCS / "results" / "people.json"
_GALLERY = DOCS / "gallery"
# At which a fit reports effects.
_WEEK = 12.0
# Keys of a run's summary.json that a page quotes; the whole record has a thousand lines.
_KEYS = (
    "model",
    "rows_used",
    "studies_used",
    "chains",
    "draws",
    "max_rhat",
    "min_ess_bulk",
    "min_ess_tail",
    "divergences",
    "min_ebfmi",
    "coverage_50",
    "coverage_80",
    "coverage_95",
    "loop_gains",
    "drug_effects",
)


@final
@dataclass(frozen=True)
class Facts:
    """What pages are written from.

    Parameters
    ----------
    run
        Record of the packaged fit, reduced by `record_of`.
    made_with
        Number of observations of the fits that each folder of the gallery was made with, where these are not
        the published one.
    basis
        For each regimen of a fit, whether trials of its drug and condition support it.
    folds
        Scores of the models, by fits that leave out one fold of studies at a time.
    fold_studies
        ELPD of each model and study in these fits.
    present_folds
        Coverage and CRPS of the cascade by kind of row, in folds of the present tables.
    weights
        Scores of the models by importance weights.
    calibration
        One simulation-based calibration in each row.
    gain_recovery
        How the gain of the loop is found again in simulated populations, one simulated gain in each row.
    people, people_cost
        Fits of people to a part of the studies, and what a gradient costs there.
    designs
        What the best designs of trials tell about two questions.
    power_scaling
        Sensitivity of each result to prior and likelihood.
    block_refits
        Each result in fits without a part of the likelihood.
    sobol
        Sobol' indices of the parameters that matter.
    spectrum
        Directions of the Fisher information.
    profiles
        Ends of the likelihood-ratio intervals.
    trade_offs
        Correlated pairs of parameters.
    assumptions, verification, validation
        Structural choices, requirements with their tests, and limits with what is measured against them.
    """

    run: Mapping[str, Any]
    made_with: Mapping[str, int]
    basis: Mapping[str, str]
    folds: pd.DataFrame
    fold_studies: pd.DataFrame
    present_folds: pd.DataFrame
    weights: pd.DataFrame
    calibration: pd.DataFrame
    gain_recovery: pd.DataFrame
    people: Mapping[str, Any]
    people_cost: pd.DataFrame
    designs: pd.DataFrame
    power_scaling: pd.DataFrame
    block_refits: pd.DataFrame
    sobol: pd.DataFrame
    spectrum: pd.DataFrame
    profiles: pd.DataFrame
    trade_offs: pd.DataFrame
    assumptions: pd.DataFrame
    verification: pd.DataFrame
    validation: pd.DataFrame


def facts() -> Facts:
    """Read every table that a page is written from."""
    predicted = pd.read_csv(_GALLERY / "predict" / "effects.csv")
    reported = predicted[(predicted["week"] == _WEEK) & (predicted["study"] == "mean")]
    return Facts(
        run=json.loads(RUN.read_text(encoding="utf-8")),
        made_with={
            str(folder): int(rows)
            for folder, rows in pd.read_csv(_GALLERY / "made_with.csv")
            .set_index("folder")["observations"]
            .items()
        },
        basis=dict(zip(reported["regimen"], reported["basis"], strict=True)),
        folds=pd.read_csv(_GALLERY / "compare" / "folds_long" / "models.csv"),
        fold_studies=pd.read_csv(_GALLERY / "compare" / "folds_long" / "studies.csv"),
        present_folds=pd.read_csv(_GALLERY / "compare" / "folds_present" / "by_kind.csv"),
        weights=pd.read_csv(_GALLERY / "compare" / "models.csv"),
        calibration=pd.read_csv(DOCS / "results" / "calibration.csv"),
        gain_recovery=_recovered(pd.read_csv(DOCS / "results" / "gain_recovery.csv")),
        people=json.loads(PEOPLE.read_text(encoding="utf-8")),
        people_cost=pd.read_csv(DOCS / "results" / "people_cost.csv"),
        designs=pd.read_csv(_GALLERY / "design" / "questions.csv").set_index("about"),
        power_scaling=pd.read_csv(_GALLERY / "sensitivity" / "power_scaling.csv"),
        block_refits=pd.read_csv(_GALLERY / "sensitivity" / "block_refit.csv"),
        sobol=pd.read_csv(_GALLERY / "sensitivity" / "sobol_indices_above_0.02.csv"),
        spectrum=pd.read_csv(_GALLERY / "identify" / "spectrum.csv"),
        profiles=pd.read_csv(_GALLERY / "identify" / "profiles.csv"),
        trade_offs=pd.read_csv(_GALLERY / "identify" / "trade_offs.csv"),
        assumptions=pd.read_csv(DOCS / "results" / "assumptions.csv"),
        verification=pd.read_csv(DOCS / "results" / "verification.csv", dtype=str, keep_default_na=False),
        validation=pd.read_csv(DOCS / "results" / "validation.csv"),
    )


def record_of(run: Path) -> str:
    """Text of `run.json`: what the pages quote of the summary of a finished run.

    Parameters
    ----------
    run
        Folder of the run.
    """
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    provenance = json.loads((run / "provenance.json").read_text(encoding="utf-8"))
    shifts = [abs(shift["shift_sd"]) for shift in summary["solver"]["shifts"]]
    record = {key: summary[key] for key in _KEYS} | {
        "parameters": len(summary["contraction"]),
        "prior_driven": len(summary["prior_driven"]),
        "minutes": round(sum(summary["wall_seconds"].values()) / 60.0),
        "solver": {key: value for key, value in summary["solver"].items() if key != "shifts"}
        | {"largest_shift_sd": max(shifts)},
        "data_sha256": provenance["data_sha256"],
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def _recovered(profiles: pd.DataFrame) -> pd.DataFrame:
    """Of all data sets of one gain read with one kind of patients; ``lost`` is at the gain of the others."""
    rows = []
    truths = sorted(profiles["truth"].unique())
    pairs = list(zip(truths, reversed(truths), strict=True))
    for patients, (truth, other) in product(profiles["patients"].unique(), pairs):
        mine = profiles[(profiles["truth"] == truth) & (profiles["patients"] == patients)]
        found = mine[~mine["search_failed"]]
        lost = found[f"lost_at_{other:g}"]
        rows.append(
            {
                "patients": patients,
                "truth": truth,
                "sets": len(found),
                "failed": len(mine) - len(found),
                "above_least": found["probability_above_one"].min(),
                "above_most": found["probability_above_one"].max(),
                "median": found["median"].median(),
                "held": int(((found["low_90"] <= truth) & (found["high_90"] >= truth)).sum()),
                "lost_least": lost.min(),
                "lost_most": lost.max(),
            }
        )
    return pd.DataFrame(rows)
