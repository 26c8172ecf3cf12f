"""Counts of the page on where the evidence comes from: all of them are of the tables."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from windup.datasets import FEWEST_ROWS, NO_DRUG, SHARES, Trials, packaged_trials, rows_by_treatment
from windup.fit import SettingsError, consistency, network_meta_analysis, small_study_effects
from windup.fit.display.labels import labels_of

_LITERATURE = Path(__file__).parents[2] / "datasets" / "literature"
_OVERLAPS = "the same patients as another study"
_BIAS = {
    "bias_randomisation": "randomisation",
    "bias_deviations": "deviations from the intended treatment",
    "bias_missing": "missing outcomes",
    "bias_measurement": "measurement of the outcome",
    "bias_reporting": "selection of the reported result",
}
_COVARIATES = ("year", "duration_weeks", "baseline_pain", *_BIAS)
_HOSTS = 8
LEVELS = ("low", "some concerns", "high", "unknown")


def evidence() -> dict[str, Any]:
    """What the page shows, by name."""
    trials = packaged_trials()
    observations = trials.observations
    used = observations[observations["used"]]
    studies = trials.studies.set_index("study_id")
    inside = studies.loc[sorted(set(used["study_id"]))]
    reported = studies.loc[sorted(set(observations["study_id"]))]
    reasons = observations.loc[~observations["used"], "reason"]
    reasons = reasons.where(~reasons.str.startswith("overlaps "), _OVERLAPS)
    first = observations[~observations["used"]].assign(reason=reasons).groupby("study_id")["reason"]
    outside = reported.index.difference(inside.index)
    most = first.agg(lambda each: each.value_counts().index[0]).loc[outside]
    # A share of people has the error that its number of patients gives.
    shares = used["kind"].isin(SHARES)
    arms = used[["study_id", "arm_id"]].drop_duplicates()
    return {
        "studies": len(studies),
        "arms": len(trials.dosing[["study_id", "arm_id"]].drop_duplicates()),
        "observations": len(observations),
        "without_row": len(studies) - len(reported),
        "studies_used": len(inside),
        "arms_used": len(arms),
        "used": len(used),
        "studies_out": _counted(most),
        "rows_out": _counted(reasons),
        "conditions": _conditions(trials, used, studies),
        "treatments": _treatments(trials, used),
        "read_from": _read_from(used, inside, studies),
        "designs": _counted(inside["design"]),
        "bias": [
            {"domain": name, **{level: int((inside[column] == level).sum()) for level in LEVELS}}
            for column, name in _BIAS.items()
        ],
        "years": (int(inside["year"].min()), int(inside["year"].max())),
        "without_year": int(inside["year"].isna().sum()),
        "with_error_expected": int((~shares).sum()),
        "without_error": int(used.loc[~shares, "standard_error"].isna().sum()),
        "hosts": _counted(_hosts(trials))[:_HOSTS],
        "cuts": int(inside["least_pain_at_entry"].notna().sum()),
        "withdrawal": int(inside["withdrawal"].sum()),
        "patients": int(_patients(trials, arms)),
        "fewest": FEWEST_ROWS,
        "pairs": _pairs(trials),
        "small_studies": small_study_effects(trials),
        "network": _network(trials),
        "searches": _records("searches.csv"),
        "audits": _records("audits.csv"),
    }


def _network(trials: Trials) -> dict[str, Any]:
    """Network meta-analysis of the packaged trials: drugs, scores, and covariates one by one."""
    joined = labels_of(trials.catalogue).joined
    pooled = functools.partial(network_meta_analysis, trials, impute_errors=True)
    found, related = pooled(), pooled(related=True)
    drugs = {drug.name for drug in trials.catalogue.drugs}
    shown = found.treatments["treatment"].isin(drugs) | found.treatments["treatment"].str.startswith("no ")
    effects = found.treatments[shown].to_dict("records")
    slopes, alike = list[dict[str, Any]](), list[str]()
    for name in _COVARIATES:
        try:
            one = pooled(covariates=[name])
        except SettingsError:
            # It separates no studies.
            alike.append(name)
            continue
        table = one.slopes.assign(studies=len(one.studies))
        slopes += [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    return {
        "effects": [{**row, "treatment": joined(str(row["treatment"]))} for row in effects],
        "scores": [("unrelated", found.scores()), ("related", related.scores())],
        "tau": found.spreads.iloc[0],
        "omega": related.spreads.iloc[1],
        "slopes": slopes,
        "alike": alike,
        "imputed": int(found.contrasts["imputed"].sum()),
        "reference": found.reference,
    }


def _pairs(trials: Trials) -> list[dict[str, Any]]:
    """Pairs of treatments with direct and indirect differences, by their labels."""
    found = consistency(trials)
    joined = labels_of(trials.catalogue).joined
    return [
        {str(key): joined(value) if key in {"drug", "other"} else value for key, value in row.items()}
        for row in found[found["z"].notna()].to_dict("records")
    ]


def _counted(words: pd.Series) -> list[tuple[str, int]]:
    """Words and how often they stand, most first, equal ones in the order of the alphabet."""
    counts = words.value_counts()
    return sorted(((str(word), int(count)) for word, count in counts.items()), key=lambda x: (-x[1], x[0]))


def _hosts(trials: Trials) -> pd.Series:
    """Site of the first address of each study, without ``www``."""
    sites = trials.studies["source_url"].str.extract(r"https?://(?:www\.)?([^/\s;,]+)", expand=False)
    return sites.dropna().str.lower()


def _records(name: str) -> list[dict[str, str]]:
    table = pd.read_csv(_LITERATURE / name, dtype=str, keep_default_na=False)
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _conditions(trials: Trials, used: pd.DataFrame, studies: pd.DataFrame) -> list[dict[str, Any]]:
    labels = {each.name: each.label for each in trials.catalogue.conditions}
    carried = trials.observations["study_id"].map(studies["condition"])
    taken = used["study_id"].map(studies["condition"])
    with_rows = studies.loc[sorted(set(used["study_id"])), "condition"]
    return [
        {
            "name": labels[name],
            "studies": count,
            "observations": int((carried == name).sum()),
            "studies_used": int((with_rows == name).sum()),
            "used": int((taken == name).sum()),
        }
        for name, count in _counted(studies["condition"])
    ]


def _treatments(trials: Trials, used: pd.DataFrame) -> list[dict[str, Any]]:
    keys = ["study_id", "arm_id"]
    given = trials.dosing[[*keys, "drug"]].drop_duplicates()
    all_rows, taken = (rows[keys].merge(given, on=keys) for rows in (trials.observations, used))
    named = {drug.name: drug.label for drug in trials.catalogue.drugs}
    pain = rows_by_treatment(trials, of_pain=True)
    words: Iterable[str] = [*named, *NO_DRUG]
    return [
        {
            "name": named.get(word, f"{word} (no drug of the models)"),
            "studies": int(given.loc[given["drug"] == word, "study_id"].nunique()),
            "observations": int((all_rows["drug"] == word).sum()),
            "studies_used": int(taken.loc[taken["drug"] == word, "study_id"].nunique()),
            "used": int((taken["drug"] == word).sum()),
            "pain": pain.get(word),
        }
        for word in words
    ]


def _read_from(used: pd.DataFrame, inside: pd.DataFrame, studies: pd.DataFrame) -> list[dict[str, Any]]:
    of_rows = used["study_id"].map(studies["verified_from"])
    return [
        {
            "name": word.replace("_", " "),
            "studies": count,
            "studies_used": int((inside["verified_from"] == word).sum()),
            "used": int((of_rows == word).sum()),
            "share": float((of_rows == word).mean()),
        }
        for word, count in _counted(studies["verified_from"])
    ]


def _patients(trials: Trials, arms: pd.DataFrame) -> float:
    """Patients randomised to arms with used rows, where the number is printed."""
    sizes = trials.dosing.groupby(["study_id", "arm_id"])["n_randomised"].max()
    return float(sizes.reindex(pd.MultiIndex.from_frame(arms)).sum())
