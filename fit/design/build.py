"""The bridge from trial tables to arrays: which study, arm and visit every row speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from windup.datasets import Trials
from windup.fit.design.arrays import DISPERSION_CLASSES, DRUG_COLUMNS, Design, Dispersions, Rows, Visits
from windup.fit.design.conditions import CENTRAL_SHARE, PLACEBO_GROUPS, placebo_group_of
from windup.fit.design.doses import ArmDoses, arm_doses, doses_on_mesh
from windup.fit.design.mesh import arm_mesh
from windup.fit.errors import NothingToFit
from windup.models import Schedule

_CLASS_OF_KIND = {
    "mean": 0,
    "change": 1,
    "contrast": 1,
    "percent_change": 2,
    "serum_mg": 3,
    "serum_mg_change": 3,
    "csf_mg": 3,
}


def build_design(trials: Trials, *, refinement: int = 1) -> Design:
    """Arrays for the fit from validated tables.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`; only rows with ``used`` enter.
    refinement
        Number of equal parts that every step between two nodes is cut into (see `windup.fit.design.mesh`).

    Returns
    -------
    Design
        Studies and arms in order of first appearance.
    """
    table = trials.observations[trials.observations["used"]].reset_index(drop=True)
    if table.empty:
        raise NothingToFit(
            "No row of these trials can be used in a fit; `windup check` shows the reason of each."
        )
    studies = tuple(dict.fromkeys(table["study_id"]))
    named = [(s, a) for s, a in zip(table["study_id"], table["arm_id"], strict=True)]
    named += [(s, a) for s, a in zip(table["study_id"], table["reference_arm"], strict=True) if a]
    arm_keys = tuple(dict.fromkeys(sorted(named, key=lambda key: studies.index(key[0]))))
    study_index = {name: i for i, name in enumerate(studies)}
    arm_index = {key: i for i, key in enumerate(arm_keys)}
    facts = trials.studies.set_index("study_id").loc[list(studies)]

    arms = [
        arm_doses(trials.dosing, study, arm, _first_week(table, trials.dosing, study, arm))
        for study, arm in arm_keys
    ]
    visit_keys: dict[tuple[int, float], int] = {}

    def visit(arm: int, week: float) -> int:
        day = round(7.0 * (week - arms[arm].origin_week), 6)
        return visit_keys.setdefault((arm, max(day, 0.0)), len(visit_keys))

    row_visits, coefficients = [], []
    row: Any
    for row in table.itertuples():
        arm = arm_index[row.study_id, row.arm_id]
        baseline = 0.0 if np.isnan(row.baseline_week) else row.baseline_week
        at, base = visit(arm, row.time_weeks), visit(arm, baseline)
        if row.reference_arm:
            reference = arm_index[row.study_id, row.reference_arm]
            other, other_base = visit(reference, row.time_weeks), visit(reference, baseline)
        else:
            other, other_base = at, base
        row_visits.append((at, base, other, other_base))
        coefficients.append(_coefficients(row.kind, bool(row.reference_arm)))

    compared = table["flags"].str.contains("case_control") & ~table["arm_id"].str.contains("control")
    cases = set(zip(table["study_id"][compared], table["arm_id"][compared], strict=True))
    arm_of_visit = np.array([arm for arm, _ in visit_keys])
    elapsed = np.array([day for _, day in visit_keys])
    study_of_arm = np.array([study_index[study] for study, _ in arm_keys])
    study_drugs = tuple(
        tuple(
            dict.fromkeys(d for arm, s in zip(arms, study_of_arm, strict=True) if s == i for d in arm.drugs)
        )
        for i in range(len(studies))
    )
    # People of magnesium studies have no chronic pain.
    ill = np.array([condition in CENTRAL_SHARE for condition in facts["condition"]])
    mesh = arm_mesh(arms, arm_of_visit, elapsed, refinement=refinement)
    schedule = Schedule(
        **mesh._asdict(),
        study=study_of_arm,
        doses=doses_on_mesh(arms, mesh.trial_days),
        visit_arm=arm_of_visit,
    )
    rows, dispersions = _rows(table, study_index, np.array(row_visits), np.array(coefficients))
    return Design(
        schedule=schedule,
        rows=rows,
        visits=Visits(
            arm=arm_of_visit,
            elapsed_days=elapsed,
            treated_days=np.array([max(day - arms[a].treated_from_day, 0.0) for a, day in visit_keys]),
            untreated=np.array([arms[a].untreated for a in arm_of_visit]),
            drug_load=np.array(
                [arms[a].drug_load(study_drugs[study_of_arm[a]], day, DRUG_COLUMNS) for a, day in visit_keys]
            ),
            ill=ill[study_of_arm[arm_of_visit]],
            case=np.array([arm_keys[a] in cases for a in arm_of_visit]),
        ),
        dispersions=dispersions,
        studies=studies,
        arms=tuple(f"{study}/{arm}" for study, arm in arm_keys),
        arm_drugs=tuple(arm.drugs for arm in arms),
        study_drugs=study_drugs,
        crossover=facts["crossover"].to_numpy(bool),
        conditions=tuple(facts["condition"]),
        central_share=np.array([CENTRAL_SHARE.get(condition, 0.0) for condition in facts["condition"]]),
        painful=_painful(table, studies),
        habitual_magnesium=_habitual_magnesium(table, studies),
        placebo_group=np.array([PLACEBO_GROUPS.index(placebo_group_of(c)) for c in facts["condition"]]),
        baseline_pain=np.where(facts["withdrawal"], np.nan, _baseline_pain(table, studies)),
        decades_since_2010=(facts["year"].fillna(2010.0).to_numpy(float) - 2010.0) / 10.0,
        table=table,
    )


def _first_week(table: pd.DataFrame, dosing: pd.DataFrame, study: str, arm: str) -> float:
    mine = (dosing["study_id"] == study) & (dosing["arm_id"] == arm)
    rows = (table["study_id"] == study) & (table["arm_id"] == arm)
    weeks = [0.0, dosing.loc[mine, "start_week"].min(), table.loc[rows, "time_weeks"].min()]
    weeks.append(table.loc[rows, "baseline_week"].min())
    return float(np.nanmin(weeks))


def _coefficients(kind: str, contrast: bool) -> tuple[float, float, float, float]:
    if kind == "contrast":
        return (1.0, 0.0, -1.0, 0.0)
    if kind == "serum_mg_change":
        return (1.0, -1.0, -1.0, 1.0) if contrast else (1.0, -1.0, 0.0, 0.0)
    if kind in ("change", "percent_change"):
        return (1.0, -1.0, 0.0, 0.0)
    return (1.0, 0.0, 0.0, 0.0)


def _rows(
    table: pd.DataFrame,
    study_index: dict[str, int],
    visits: Int[np.ndarray, "rows 4"],
    coefficients: Float[np.ndarray, "rows 4"],
) -> tuple[Rows, Dispersions]:
    study = table["study_id"].map(study_index).to_numpy()
    kinds = tuple(table["kind"])
    group = np.array([_CLASS_OF_KIND.get(kind, -1) for kind in kinds])
    error = table["standard_error"].to_numpy(float).copy()
    n = table["n_effective"].to_numpy(float)
    log_sd = np.log(error * np.sqrt(n))
    dispersion = np.full(len(table), -1)
    reported_log, reported_class, missing_class = [], [], []
    labels: list[str] = []
    for s, g in dict.fromkeys(zip(study, group, strict=True)):
        if g < 0:
            continue
        mine = (study == s) & (group == g)
        known = mine & np.isfinite(log_sd)
        unknown = mine & ~np.isfinite(error)
        if known.any():
            typical = float(log_sd[known].mean())
            reported_log.append(typical)
            reported_class.append(g)
            # A study that reports some SDs of a class lends their mean to its rows without.
            error[unknown] = np.exp(typical) / np.sqrt(n[unknown])
        elif unknown.any():
            dispersion[unknown] = len(labels)
            missing_class.append(g)
            labels.append(f"{table['study_id'][np.flatnonzero(mine)[0]]}/{DISPERSION_CLASSES[g]}")
    return (
        Rows(study, kinds, visits, coefficients, table["estimate"].to_numpy(float), error, n, dispersion),
        Dispersions(
            np.array(reported_log), np.array(reported_class, int), np.array(missing_class, int), tuple(labels)
        ),
    )


def _painful(table: pd.DataFrame, studies: tuple[str, ...]) -> Bool[np.ndarray, " studies"]:
    pain = table[~table["kind"].isin(["serum_mg", "serum_mg_change", "csf_mg"])]
    return np.isin(np.array(studies), pain["study_id"].unique())


def _baseline_pain(table: pd.DataFrame, studies: tuple[str, ...]) -> Float[np.ndarray, " studies"]:
    first = table[(table["kind"] == "mean") & (table["time_weeks"] <= 0)]
    means = first.groupby("study_id")["estimate"].mean()
    return means.reindex(list(studies)).to_numpy(float)


# Serum magnesium at a customary intake and the median renal feedback of the parameter table: a study's
# habitual intake is read off its own baseline serum (the effect of a supplement depends on it, so it is a
# covariate).
_CUSTOMARY_SERUM, _RENAL_FEEDBACK = 0.85, 8.0


def _habitual_magnesium(table: pd.DataFrame, studies: tuple[str, ...]) -> Float[np.ndarray, " studies"]:
    first = table[(table["kind"] == "serum_mg") & (table["time_weeks"] <= 0)]
    serum = first.groupby("study_id")["estimate"].mean().reindex(list(studies)).to_numpy(float)
    serum = np.where(np.isfinite(serum), serum, _CUSTOMARY_SERUM)
    return np.clip((serum / _CUSTOMARY_SERUM) ** _RENAL_FEEDBACK, 0.2, 3.0)


__all__ = ["ArmDoses", "Design", "Dispersions", "Rows", "Visits", "build_design"]
