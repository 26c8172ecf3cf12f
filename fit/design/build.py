"""The bridge from trial tables to arrays: which study, arm and visit each row belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from windup.datasets import (
    LIMIT_KIND,
    MAGNESIUM_KINDS,
    STANDARDISED_KIND,
    WITHOUT_COMPARATOR,
    Trials,
    plain_kind,
)
from windup.fit.design.arrays import (
    DISPERSION_CLASSES,
    LEAST_DRUG_COLUMNS,
    Design,
    Dispersions,
    Rows,
    StudyCovariate,
    Visits,
)
from windup.fit.design.dose_latents import dose_latents
from windup.fit.design.doses import DAYS_PER_WEEK, ArmDoses, arm_doses, doses_on_mesh
from windup.fit.design.errors.printed_spreads import printed_spreads
from windup.fit.design.errors.row_errors import misfits_of, sizes_of
from windup.fit.design.exposure import TAKEN_FOR_KNOWN, Exposure, habitual_magnesium
from windup.fit.design.hypothetical_arms import NO_DRUG
from windup.fit.design.mesh import arm_mesh
from windup.fit.design.treatments.outside import outside_at
from windup.fit.design.treatments.removal import Removal, removal_at
from windup.fit.design.trial_bias import (
    Exaggeration,
    arms_alone,
    covariate_column,
    covariate_values,
    exaggeration,
    patients_of,
)
from windup.fit.errors import NothingToFit
from windup.models import Schedule

# A standardised contrast is of values at a visit: the SD that it is divided by is that of means. So is that
# between the people of a share at a limit.
_CLASS_OF_KIND = {
    LIMIT_KIND: 0,
    STANDARDISED_KIND: 0,
    "mean": 0,
    "change": 1,
    "contrast": 1,
    "percent_change": 2,
    "serum_mg": 3,
    "serum_mg_change": 3,
    "csf_mg": 3,
}


type Weeks = Mapping[tuple[str, str], tuple[float, ...]]
"""Weeks by study and arm."""


def build_design(
    trials: Trials,
    *,
    exposure: Exposure = TAKEN_FOR_KNOWN,
    covariates: tuple[StudyCovariate, ...] = (),
    refinement: int = 1,
    also: Weeks | None = None,
) -> Design:
    """Arrays for the fit from validated tables.

    Parameters
    ----------
    trials
        From `windup.datasets.load_trials`; only rows with ``used`` enter.
    exposure
        Which doses and intakes are unknowns of the fit.
    covariates
        Numbers of studies by which effects may differ.
    refinement
        Number of equal parts that every step between two nodes is cut into (see `windup.fit.design.mesh`).
    also
        Weeks at which arms are looked at without a row, for courses; their visits follow those of the rows.

    Returns
    -------
    Design
        Studies and arms in order of first appearance.
    """
    table = trials.of_courses.reset_index(drop=True)
    if table.empty:
        raise NothingToFit(
            "No row of these trials can be used in a fit; `windup check` shows the reason of each."
        )
    studies = tuple(dict.fromkeys(table["study_id"]))
    facts = trials.studies.set_index("study_id").loc[list(studies)]
    arms = _arms(table, trials, studies, exposure)
    conditions = [trials.catalogue.condition_by_name[name] for name in facts["condition"]]
    groups = [group.name for group in trials.catalogue.placebo_groups]
    times, visits_of_rows = _visit_times(table, arms, also or {})
    links = trials.catalogue.links
    link = np.array(
        [links.index(each) if each else -1 for each in map(trials.catalogue.link_of, table["scale"])]
    )
    baseline_pain = np.where(facts["withdrawal"], np.nan, _baseline_pain(table, studies))
    rows, dispersions = _rows(table, studies, visits_of_rows, link)
    painful = _painful(table, studies)
    study_drugs = tuple(arms.drugs_of(number) for number in range(len(studies)))
    mesh = arm_mesh(arms.doses, times.arm, times.elapsed_days, refinement=refinement)
    latents, uncertain = dose_latents(arms.keys, arms.doses, mesh.trial_days)
    schedule = Schedule(
        **mesh._asdict(),
        study=arms.study,
        doses=doses_on_mesh(arms.doses, mesh.trial_days, trials.catalogue.dose_columns),
        visit_arm=times.arm,
        uncertain=uncertain,
    )
    return Design(
        catalogue=trials.catalogue,
        schedule=schedule,
        rows=rows,
        visits=_visits(
            table,
            np.array([each.chronic for each in conditions])
            | (np.array([each.episodic for each in conditions]) & painful),
            arms,
            times,
            study_drugs,
            arms_alone(table, facts, arms.keys) if WITHOUT_COMPARATOR in trials.blocks else frozenset(),
            exaggeration(
                facts,
                arms.study,
                arms.treated,
                patients_of(table, trials.dosing, arms.keys),
                covariate_values(facts, baseline_pain, covariates),
            ),
        ),
        dispersions=dispersions,
        printed=printed_spreads(trials, studies, table, rows, dispersions),
        studies=studies,
        arms=tuple(f"{study}/{arm}" for study, arm in arms.keys),
        arm_size=sizes_of(arms.keys, trials.dosing),
        arm_drugs=tuple(doses.drugs for doses in arms.doses),
        study_drugs=study_drugs,
        links=links if np.any(link >= 0) else (),
        contrast=table["reference_arm"].to_numpy(str) != "",
        crossover=facts["crossover"].to_numpy(bool),
        conditions=tuple(facts["condition"]),
        central_share=np.array([each.central_share or 0.0 for each in conditions]),
        painful=painful,
        habitual_magnesium=(
            np.ones(len(studies)) if exposure.latent_intake else habitual_magnesium(table, studies)
        ),
        with_magnesium=np.isin(studies, table.loc[table["kind"].isin(MAGNESIUM_KINDS), "study_id"].unique()),
        exposure=exposure,
        dose_latents=latents,
        # People without chronic pain have no placebo response: their group is not read.
        placebo_group=np.array([groups.index(c.placebo_group) if c.placebo_group else 0 for c in conditions]),
        baseline_pain=baseline_pain,
        least_pain=facts["least_pain_at_entry"].to_numpy(float),
        decades_since_2010=(facts["year"].fillna(2010.0).to_numpy(float) - 2010.0) / 10.0,
        table=table,
        outside=outside_at([doses.outside for doses in arms.doses], times.arm, times.elapsed_days),
        removal=_removal(arms, times, trials.catalogue.dose_columns, refinement),
        covariates=tuple(
            each._replace(values=tuple(column[np.isfinite(column)].tolist()))
            for each in covariates
            for column in (covariate_column(each.name, facts, baseline_pain),)
        ),
    )


class _Arms(NamedTuple):
    """Every arm that a row names: study and name, whether it is a control, index of its study, and doses."""

    keys: tuple[tuple[str, str], ...]
    control: Bool[np.ndarray, " arms"]
    study: Int[np.ndarray, " arms"]
    doses: tuple[ArmDoses, ...]

    @property
    def treated(self) -> Bool[np.ndarray, " arms"]:
        """Whether an arm gets more than a placebo."""
        return np.array([doses.treated for doses in self.doses])

    def drugs_of(self, study: int) -> tuple[str, ...]:
        """Drugs that the arms of a study receive, in alphabetical order."""
        arms = np.flatnonzero(self.study == study)
        return tuple(sorted({drug for arm in arms for drug in self.doses[arm].drugs}))


def _arms(table: pd.DataFrame, trials: Trials, studies: tuple[str, ...], exposure: Exposure) -> _Arms:
    """Arms in the order of their studies, those that only serve as a reference included."""
    named = list(zip(table["study_id"], table["arm_id"], strict=True))
    named += [(s, a) for s, a in zip(table["study_id"], table["reference_arm"], strict=True) if a]
    keys = tuple(dict.fromkeys(sorted(named, key=lambda key: studies.index(key[0]))))
    dosing = trials.dosing
    doses = tuple(
        arm_doses(
            dosing,
            study,
            arm,
            _first_week(table, dosing, study, arm),
            trials.catalogue,
            latent=exposure.latent_doses,
        )
        for study, arm in keys
    )
    controls = dosing[dosing["role"] == "control"]
    named_so = set(zip(controls["study_id"], controls["arm_id"], strict=True))
    control = np.array([key in named_so for key in keys])
    return _Arms(keys, control, np.array([studies.index(study) for study, _ in keys]), doses)


class _VisitTimes(NamedTuple):
    """Arm of every visit, and the day on that arm's clock."""

    arm: Int[np.ndarray, " visits"]
    elapsed_days: Float[np.ndarray, " visits"]


def _visit_times(
    table: pd.DataFrame, arms: _Arms, also: Weeks
) -> tuple[_VisitTimes, Int[np.ndarray, "rows 4"]]:
    """Visits in the order in which rows first read them, and the four that each row reads."""
    arm_index = {key: number for number, key in enumerate(arms.keys)}
    visit_index: dict[tuple[int, float], int] = {}

    def visit(arm: int, week: float) -> int:
        day = round(DAYS_PER_WEEK * (week - arms.doses[arm].origin_week), 6)
        return visit_index.setdefault((arm, max(day, 0.0)), len(visit_index))

    visits_of_rows = []
    row: Any
    for row in table.itertuples():
        arm = arm_index[row.study_id, row.arm_id]
        baseline_week = 0.0 if np.isnan(row.baseline_week) else row.baseline_week
        read = visit(arm, row.time_weeks), visit(arm, baseline_week)
        if row.reference_arm:
            reference = arm_index[row.study_id, row.reference_arm]
            visits_of_rows.append((*read, visit(reference, row.time_weeks), visit(reference, baseline_week)))
        else:
            visits_of_rows.append((*read, *read))
    for key, weeks in also.items():
        for week in weeks:
            visit(arm_index[key], week)
    times = _VisitTimes(np.array([arm for arm, _ in visit_index]), np.array([day for _, day in visit_index]))
    return times, np.array(visits_of_rows)


def _removal(arms: _Arms, times: _VisitTimes, columns: tuple[str, ...], refinement: int) -> Removal:
    """Shares of arms whose cause is away, with the arms that are solved for them."""
    phases = [doses.removed for doses in arms.doses]
    removal, since = removal_at(phases, arms.study, times.arm, times.elapsed_days)
    if not len(since.study):
        return removal
    nobody = [NO_DRUG] * len(since.study)
    mesh = arm_mesh(nobody, since.visit_arm, since.visit_day, refinement=refinement)
    return removal._replace(
        schedule=Schedule(
            **mesh._asdict(),
            study=since.study,
            doses=doses_on_mesh(nobody, mesh.trial_days, columns),
            visit_arm=since.visit_arm,
        )
    )


def _visits(
    table: pd.DataFrame,
    ill: Bool[np.ndarray, " studies"],
    arms: _Arms,
    times: _VisitTimes,
    study_drugs: tuple[tuple[str, ...], ...],
    alone: frozenset[tuple[str, str]],
    exaggerated: Exaggeration,
) -> Visits:
    """What is known of every visit: its time under treatment, the drugs then, and whose visit it is."""
    compared = table["flags"].str.contains("case_control")
    cases = set(zip(table["study_id"][compared], table["arm_id"][compared], strict=True))
    columns = max(LEAST_DRUG_COLUMNS, *map(len, study_drugs))
    by_visit = [(arms.doses[arm], study_drugs[arms.study[arm]], day) for arm, day in zip(*times, strict=True)]
    origin = np.array([doses.origin_week for doses in arms.doses])
    late = origin - np.array([origin[arms.study == study].min() for study in arms.study])
    return Visits(
        arm=times.arm,
        elapsed_days=times.elapsed_days,
        study_days=times.elapsed_days + DAYS_PER_WEEK * late[times.arm],
        treated_days=np.array([max(day - doses.treated_from_day, 0.0) for doses, _, day in by_visit]),
        untreated=np.array([doses.untreated for doses, _, _ in by_visit]),
        drug_load=np.array([doses.drug_load(drugs, day, columns) for doses, drugs, day in by_visit]),
        ill=ill[arms.study[times.arm]],
        case=np.array([arms.keys[arm] in cases and not arms.control[arm] for arm in times.arm]),
        alone=np.array([arms.keys[arm] in alone for arm in times.arm]),
        open_label=exaggerated.open_label[times.arm],
        standard_error=exaggerated.standard_error[times.arm],
        covariates=exaggerated.covariates[times.arm],
    )


def _first_week(table: pd.DataFrame, dosing: pd.DataFrame, study: str, arm: str) -> float:
    mine = (dosing["study_id"] == study) & (dosing["arm_id"] == arm)
    rows = (table["study_id"] == study) & (table["arm_id"] == arm)
    weeks = [0.0, dosing.loc[mine, "start_week"].min(), table.loc[rows, "time_weeks"].min()]
    weeks.append(table.loc[rows, "baseline_week"].min())
    return float(np.nanmin(weeks))


def _coefficients(kind: str, contrast: bool) -> tuple[float, float, float, float]:
    kind = plain_kind(kind)
    if kind == "contrast":
        return (1.0, 0.0, -1.0, 0.0)
    if kind == "serum_mg_change":
        return (1.0, -1.0, -1.0, 1.0) if contrast else (1.0, -1.0, 0.0, 0.0)
    if kind in ("change", "percent_change"):
        return (1.0, -1.0, 0.0, 0.0)
    return (1.0, 0.0, 0.0, 0.0)


def _rows(
    table: pd.DataFrame,
    studies: tuple[str, ...],
    visits: Int[np.ndarray, "rows 4"],
    link: Int[np.ndarray, " rows"],
) -> tuple[Rows, Dispersions]:
    study = table["study_id"].map({name: number for number, name in enumerate(studies)}).to_numpy()
    kinds = tuple(table["kind"])
    contrasts = table["reference_arm"].to_numpy(str) != ""
    coefficients = np.array([_coefficients(*each) for each in zip(kinds, contrasts, strict=True)])
    group = np.array([_CLASS_OF_KIND.get(kind, _CLASS_OF_KIND.get(plain_kind(kind), -1)) for kind in kinds])
    limits = np.array(kinds) == LIMIT_KIND
    standardised = (np.array(kinds) == STANDARDISED_KIND) | limits
    error = table["standard_error"].to_numpy(float).copy()
    n = table["n_effective"].to_numpy(float)
    log_sd = np.log(error * np.sqrt(n))
    dispersion, divisor, latent_divisor = (np.full(len(table), each) for each in (-1, 1.0, -1))
    reported_log, reported_class, missing_class = [], [], []
    labels: list[str] = []
    for s, g, instrument in dict.fromkeys(zip(study, group, link, strict=True)):
        if g < 0:
            continue
        mine = (study == s) & (group == g) & (link == instrument)
        # The errors of these are in SDs: they say nothing of the SD in points.
        divided = mine & standardised
        known = mine & ~divided & np.isfinite(log_sd)
        unknown = mine & ~np.isfinite(error) & ~limits
        if known.any():
            typical = float(log_sd[known].mean())
            # The classes are those of 0-10: what another instrument reports says nothing of them.
            if instrument < 0:
                reported_log.append(typical)
                reported_class.append(g)
            # A study that reports some SDs of a class lends their mean to its rows without.
            error[unknown] = np.exp(typical) / np.sqrt(n[unknown])
            divisor[divided] = np.exp(typical)
        elif (unknown | divided).any():
            dispersion[unknown] = latent_divisor[divided] = len(labels)
            missing_class.append(g)
            named = f"/{table['scale'][np.flatnonzero(mine)[0]]}" if instrument >= 0 else ""
            labels.append(f"{table['study_id'][np.flatnonzero(mine)[0]]}/{DISPERSION_CLASSES[g]}{named}")
    return (
        Rows(
            study,
            kinds,
            visits,
            coefficients,
            table["estimate"].to_numpy(float),
            error,
            n,
            dispersion,
            misfits_of(table, contrast=contrasts),
            link,
            divisor,
            latent_divisor,
            table["cut"].to_numpy(float),
        ),
        Dispersions(
            np.array(reported_log), np.array(reported_class, int), np.array(missing_class, int), tuple(labels)
        ),
    )


def _painful(table: pd.DataFrame, studies: tuple[str, ...]) -> Bool[np.ndarray, " studies"]:
    pain = table[~table["kind"].isin(MAGNESIUM_KINDS)]
    return np.isin(np.array(studies), pain["study_id"].unique())


def _baseline_pain(table: pd.DataFrame, studies: tuple[str, ...]) -> Float[np.ndarray, " studies"]:
    first = table[(table["kind"] == "mean") & (table["time_weeks"] <= 0)]
    means = first.groupby("study_id")["estimate"].mean()
    return means.reindex(list(studies)).to_numpy(float)


__all__ = ["ArmDoses", "Design", "Dispersions", "Rows", "Visits", "build_design"]
