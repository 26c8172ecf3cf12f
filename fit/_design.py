"""The bridge from trial tables to arrays: which study, arm and visit every row speaks of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from windup.datasets import Trials
from windup.models import Schedule

from ._arm_mesh import arm_mesh
from ._conditions import CENTRAL_SHARE, PLACEBO_GROUPS, placebo_group_of
from ._doses import ArmDoses, arm_doses, doses_on_mesh
from ._errors import NothingToFit

GAUSSIAN_KINDS = ("mean", "change", "percent_change", "contrast", "serum_mg", "serum_mg_change", "csf_mg")
RESPONDER_KINDS = ("responder_30", "responder_50")
# Columns of study-level effects that enter a row linearly: placebo response, up to three drugs, assay.
DRUG_COLUMNS = 3


class Rows(NamedTuple):
    """One entry per used row, in the order of the table.

    Attributes
    ----------
    study
        Index of the study.
    kind
        Kind of row (see `windup.datasets.KINDS`).
    visits
        Visits at, baseline, at in the reference arm, baseline there (index 0 where not applicable).
    coefficients
        Linear functional on those four visits; for percent changes that of the numerator.
    estimate, standard_error, n
        Published estimate, its standard error (NaN if not known) and the effective number of patients.
    dispersion
        Index of the latent per-patient SD that stands in for a missing one, -1 where none is needed.
    """

    study: Int[np.ndarray, " rows"]
    kind: tuple[str, ...]
    visits: Int[np.ndarray, "rows 4"]
    coefficients: Float[np.ndarray, "rows 4"]
    estimate: Float[np.ndarray, " rows"]
    standard_error: Float[np.ndarray, " rows"]
    n: Float[np.ndarray, " rows"]
    dispersion: Int[np.ndarray, " rows"]


class Visits(NamedTuple):
    """One entry per arm and visiting time.

    Attributes
    ----------
    arm
        Index of the arm.
    elapsed_days
        Days since the arm's clock began (first dose or randomisation), for the placebo course.
    treated_days
        Days since the arm's first drug or placebo (0 before; since its clock began in arms that get neither).
    untreated
        True where the arm knows that it gets nothing.
    drug_load
        Build-up of study-specific drug deviations, one column per drug of the study.
    ill
        False for people without chronic pain.
    case
        True for the patients of a case-control comparison of serum magnesium.
    """

    arm: Int[np.ndarray, " visits"]
    elapsed_days: Float[np.ndarray, " visits"]
    treated_days: Float[np.ndarray, " visits"]
    untreated: Bool[np.ndarray, " visits"]
    drug_load: Float[np.ndarray, "visits columns"]
    ill: Bool[np.ndarray, " visits"]
    case: Bool[np.ndarray, " visits"]


class Dispersions(NamedTuple):
    """Reported and missing per-patient SDs of each class of rows (mean, change, percent, magnesium).

    Attributes
    ----------
    reported_log, reported_class
        Mean log SD per study and class where any is reported.
    missing_class, missing_label
        Class and ``study/class`` of every latent SD.
    """

    reported_log: Float[np.ndarray, " reported"]
    reported_class: Int[np.ndarray, " reported"]
    missing_class: Int[np.ndarray, " missing"]
    missing_label: tuple[str, ...]


class Design(NamedTuple):
    """Everything the likelihood knows before any parameter is drawn."""

    schedule: Schedule
    rows: Rows
    visits: Visits
    dispersions: Dispersions
    studies: tuple[str, ...]
    arms: tuple[str, ...]
    arm_drugs: tuple[tuple[str, ...], ...]
    study_drugs: tuple[tuple[str, ...], ...]
    crossover: Bool[np.ndarray, " studies"]
    conditions: tuple[str, ...]
    central_share: Float[np.ndarray, " studies"]
    painful: Bool[np.ndarray, " studies"]
    habitual_magnesium: Float[np.ndarray, " studies"]
    placebo_group: Int[np.ndarray, " studies"]
    baseline_pain: Float[np.ndarray, " studies"]
    decades_since_2010: Float[np.ndarray, " studies"]
    table: pd.DataFrame


DISPERSION_CLASSES = ("mean", "change", "percent", "magnesium")
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
        Number of equal parts that every step between two nodes is cut into (see `windup.fit._arm_mesh`).

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
