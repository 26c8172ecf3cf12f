"""Dosing rows of one arm as daily doses on the solver's mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
from jaxtyping import Float

from windup.datasets import Catalogue, Drug
from windup.fit.design.treatments.outside import OutsidePhase, joined
from windup.fit.design.treatments.removal import MOST_OF_AN_ARM, RemovedPhase
from windup.models import HALF_AN_HOUR, Doses, average_over_steps

DAYS_PER_WEEK = 7.0
# Study-specific deviations of a drug's effect build up and fade with this time constant: between the
# first-day and the third-week onset of pregabalin (one point at day 1, three at day 23).
DEVIATION_DAYS = 14.0


@final
@dataclass(frozen=True)
class Uncertain:
    r"""What is not known of a dose, around its prior median.

    The daily dose is :math:`d\, e^{\sigma z}` where no dose is given, and
    :math:`d\, e^{\lambda (\Phi(z) - 1/2)}` where it was adjusted between limits, with :math:`z \sim N(0, 1)`.

    Attributes
    ----------
    substance
        Whose dose it is: a study gives a substance of unknown dose by one protocol, in all its arms.
    log_sd
        :math:`\sigma`, SD of the logarithm of the dose; 0 between limits.
    log_range
        :math:`\lambda`, log ratio of the limits; 0 without them.
    """

    substance: str
    log_sd: float = 0.0
    log_range: float = 0.0


@final
@dataclass(frozen=True)
class Phase:
    """A constant dose of one drug between two days of the arm's clock.

    Attributes
    ----------
    column
        Dose column of the drug (`windup.datasets.Drug.dose_columns`).
    drug
        Name of the drug in the tables.
    start_day, end_day
        Borders, days since the arm's origin.
    dose
        Daily dose in the drug's unit, after absorption; its prior median where it is uncertain.
    uncertain
        What is not known of it; None where it is taken as it stands.
    """

    column: str
    drug: str
    start_day: float
    end_day: float
    dose: float
    uncertain: Uncertain | None = None

    def on_mesh(self, nodes: Float[np.ndarray, " nodes"]) -> Float[np.ndarray, " steps"]:
        """Mean daily dose in every step of a mesh."""
        return self.dose * average_over_steps(nodes, self.start_day, self.end_day)


@final
@dataclass(frozen=True)
class ArmDoses:
    """Every phase of an arm, its origin (weeks of the table's clock) and its drugs.

    Attributes
    ----------
    origin_week
        Week of the table's clock at which the arm's own clock begins.
    phases
        Drugs of the cascade.
    untreated
        True where the arm gets neither drug nor placebo.
    treated_from_day
        Day of the first drug or placebo on the arm's clock: a run-in without either builds no response to it.
    outside
        Classes of treatments that no model has a mechanism for; they enter no solve.
    removed
        Procedures that take the cause away in a share of the arm.
    """

    origin_week: float
    phases: tuple[Phase, ...]
    untreated: bool
    treated_from_day: float
    outside: tuple[OutsidePhase, ...] = ()
    removed: tuple[RemovedPhase, ...] = ()

    @property
    def drugs(self) -> tuple[str, ...]:
        """Drugs of the cascade in this arm, classes of treatments outside it, and procedures."""
        return tuple(dict.fromkeys(phase.drug for phase in self._given))

    @property
    def treated(self) -> bool:
        """Whether most of the arm got more than a placebo."""
        operated = any(phase.share > MOST_OF_AN_ARM for phase in self.removed)
        return operated or bool(self.phases + self.outside)

    @property
    def _given(self) -> tuple[Phase | OutsidePhase | RemovedPhase, ...]:
        return self.phases + self.outside + self.removed

    @property
    def changes(self) -> tuple[float, ...]:
        """Days at which any phase begins or ends."""
        return tuple(dict.fromkeys(day for phase in self.phases for day in (phase.start_day, phase.end_day)))

    @property
    def begins_and_ends(self) -> tuple[float, ...]:
        """Days at which a drug is first or last taken; not those at which only its dose changes."""

        def taken(column: str, day: float) -> bool:
            return any(p.column == column and p.start_day <= day < p.end_day for p in self.phases)

        return tuple(
            dict.fromkeys(
                day
                for phase in self.phases
                for day in (phase.start_day, phase.end_day)
                if taken(phase.column, day - HALF_AN_HOUR) != taken(phase.column, day + HALF_AN_HOUR)
            )
        )

    def on_mesh(
        self, nodes: Float[np.ndarray, " nodes"], columns: tuple[str, ...]
    ) -> dict[str, Float[np.ndarray, " steps"]]:
        """Mean daily dose of every dose column in every step of a mesh."""
        doses = {column: np.zeros(len(nodes) - 1) for column in columns}
        for phase in self.phases:
            doses[phase.column] += phase.on_mesh(nodes)
        return doses

    def drug_load(self, drugs: tuple[str, ...], day: float, columns: int) -> Float[np.ndarray, " columns"]:
        r"""Build-up of a study's deviation for each drug, :math:`1 - e^{-t/14}` on, decaying when off."""
        load = np.zeros(columns)
        for phase in self._given:
            column = drugs.index(phase.drug)
            if day <= phase.start_day:
                continue
            on = min(day, phase.end_day) - phase.start_day
            off = max(day - phase.end_day, 0.0)
            share = phase.share if isinstance(phase, RemovedPhase) else 1.0
            load[column] += share * (1.0 - np.exp(-on / DEVIATION_DAYS)) * np.exp(-off / DEVIATION_DAYS)
        return np.minimum(load, 1.0)


def arm_doses(
    dosing: pd.DataFrame,
    study: str,
    arm: str,
    origin_week: float,
    catalogue: Catalogue,
    *,
    latent: bool = False,
) -> ArmDoses:
    """Phases of one arm.

    A dose that no table gives becomes the drug's reference dose, or with ``latent`` an uncertain one around
    the usual dose. With ``latent`` a dose that was adjusted to the patient is uncertain between its limits,
    too: who answered little was given more, so that such a dose says nothing of what a dose does.

    Parameters
    ----------
    dosing
        Table of `windup.datasets.Trials`.
    study, arm
        Keys of the arm.
    origin_week
        Week of the table's clock at which the arm's own clock begins.
    catalogue
        Drugs and classes of treatments.
    latent
        Whether such doses are unknowns of the fit.
    """
    mine = dosing[(dosing["study_id"] == study) & (dosing["arm_id"] == arm)]
    given = mine[mine["drug"].isin(list(catalogue.drug_by_name))]
    phases = tuple(_phase(row, origin_week, catalogue, latent=latent) for _, row in given.iterrows())
    others = mine[mine["drug"].isin(list(catalogue.outside_class_by_name))]
    outside = joined(_outside_phase(row, origin_week, catalogue) for _, row in others.iterrows())
    operated = mine[mine["drug"].isin(list(catalogue.procedure_by_name))]
    removed = tuple(_removed_phase(row, origin_week) for _, row in operated.iterrows())
    # Who changed over later does not make an arm one that was treated.
    few = [each.share <= MOST_OF_AN_ARM for each in removed]
    whole = mine.drop(index=operated.index[few])
    untreated = bool(len(whole)) and set(whole["drug"]) == {"none"}
    starts = whole.loc[whole["drug"] != "none", "start_week"]
    treated_from_day = DAYS_PER_WEEK * (float(starts.min()) - origin_week) if len(starts) else 0.0
    return ArmDoses(origin_week, phases, untreated, treated_from_day, outside, removed)


def doses_on_mesh(
    arms: Sequence[ArmDoses], nodes: Float[np.ndarray, " nodes"], columns: tuple[str, ...]
) -> Doses:
    """Mean daily doses of arms by dose column in every step of a mesh, ``(steps, arms)``."""
    by_arm = [arm.on_mesh(nodes, columns) for arm in arms]
    return {column: np.stack([doses[column] for doses in by_arm], axis=1) for column in columns}  # type: ignore[misc]  # known numbers


def _days(row: pd.Series, origin_week: float) -> tuple[float, float]:
    """First and last day of a phase on the arm's clock; a single administration is spread over one day."""
    start = DAYS_PER_WEEK * (row["start_week"] - origin_week)
    return start, max(DAYS_PER_WEEK * (row["end_week"] - origin_week), start + 1.0)


def _outside_phase(row: pd.Series, origin_week: float, catalogue: Catalogue) -> OutsidePhase:
    start, end = _days(row, origin_week)
    of_class = catalogue.outside_class_by_name[str(row["drug"])]
    return OutsidePhase(of_class.name, start, end + of_class.lasts_days)


def _removed_phase(row: pd.Series, origin_week: float) -> RemovedPhase:
    share = _number(row["share_treated"])
    start = DAYS_PER_WEEK * (row["start_week"] - origin_week)
    return RemovedPhase(str(row["drug"]), start, 1.0 if share is None else share)


def _phase(row: pd.Series, origin_week: float, catalogue: Catalogue, *, latent: bool) -> Phase:
    drug = catalogue.drug(str(row["drug"]))
    start, end = _days(row, origin_week)
    column = drug.column_of(str(row["route"]))
    return Phase(column, drug.name, start, end, *_dose(row, drug, latent=latent))


def _dose(row: pd.Series, drug: Drug, *, latent: bool) -> tuple[float, Uncertain | None]:
    """Daily dose after absorption, and what is not known of it."""
    route, times = str(row["route"]), _number(row["administrations_per_day"])
    share = _number(row["bioavailability"])
    substance = str(row["substance"]).strip().lower() or drug.name
    if latent and row["daily_low"] < row["daily_high"]:
        low, high = (drug.absorbed(row[limit], times, share) for limit in ("daily_low", "daily_high"))
        return float(np.sqrt(low * high)), Uncertain(substance, log_range=float(np.log(high / low)))
    dose = _number(row["daily_dose"])
    if dose is not None:
        return drug.absorbed(dose, times, share), None
    usual = drug.usual_doses(route) if latent else None
    if usual is None:
        return drug.dose_if_unknown(route), None
    return usual.median, Uncertain(substance, log_sd=usual.log_sd)


def _number(cell: float) -> float | None:
    return None if np.isnan(cell) else float(cell)
