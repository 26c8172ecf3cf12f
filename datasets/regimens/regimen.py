"""A regimen: who is treated with what, when and for how long; also one that nobody ever tried."""

from __future__ import annotations

import math
from typing import Annotated, final

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.dose_conversion import DoseConversion
from windup.datasets.dictionary.limits import LARGEST_DOSE, LONGEST_WEEKS

_CUSTOMARY_WEEKS = (4.0, 12.0)
_Dose = Annotated[float, Field(gt=0.0, le=LARGEST_DOSE)]
_Rate = Annotated[float, Field(gt=0.0, le=24.0)]
_Week = Annotated[float, Field(ge=0.0, le=LONGEST_WEEKS)]
_LaterWeek = Annotated[float, Field(gt=0.0, le=LONGEST_WEEKS)]


@final
class RegimenPhase(BaseModel):
    """One drug at one dose between two weeks, in the words of ``dosing.csv``.

    Attributes
    ----------
    drug
        Drug of the catalogue (`windup.datasets.Catalogue`).
    dose
        Dose of one administration, in ``unit``; the total of that time where the unit ends in /day or /week.
    unit
        One of the units of ``dosing.csv``.
    administrations_per_day
        None for totals and for a single administration.
    route
        ``oral`` where nothing is said.
    substance
        Decides the conversion of opioids, NSAIDs and magnesium salts; the drug's name where nothing is said.
    start_week, end_week
        Equal for a single administration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    drug: str
    dose: _Dose
    unit: str
    administrations_per_day: _Rate | None = None
    route: str = "oral"
    substance: str | None = None
    start_week: _Week
    end_week: _Week

    def row(self, times: float = 1.0) -> pd.Series:
        """The phase as a row of ``dosing.csv``, its dose multiplied by ``times``."""
        every_day = self.administrations_per_day
        return pd.Series(
            {
                "drug": self.drug,
                "substance": self.substance or self.drug,
                "dose_per_administration": self.dose * times,
                "dose_unit": self.unit,
                "administrations_per_day": math.nan if every_day is None else every_day,
                "route": self.route,
                "start_week": self.start_week,
                "end_week": self.end_week,
            }
        )

    def daily_dose(self, catalogue: Catalogue) -> float:
        """Daily dose in the unit of its drug in a catalogue; NaN if not known."""
        return DoseConversion(catalogue).daily_dose(self.row())

    @property
    def is_single(self) -> bool:
        """Whether it is a single administration."""
        return self.start_week == self.end_week


@final
class Regimen(BaseModel):
    """Phases of treatment of one kind of patient.

    Attributes
    ----------
    name
        Unique in its file.
    condition
        Condition of the patients.
    pain
        Their mean pain at enrolment, 0-10.
    weeks
        How long they are followed from the first day.
    magnesium_intake
        Magnesium absorbed from their diet, relative to the customary 1.
    covariates
        Covariates of the study that it is predicted for, for a run whose effects differ by them; where one is
        left out, its centre. A regimen with covariates has one drug, and no washout or other doses are
        predicted for it.
    weeks_reported
        Weeks at which differences are reported; empty for 4 and 12, as far as patients are followed.
    phase
        Phases of all drugs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    condition: str
    pain: Annotated[float, Field(gt=0.0, lt=10.0)] = 6.5
    weeks: _LaterWeek = 12.0
    magnesium_intake: Annotated[float, Field(ge=0.2, le=3.0)] = 1.0
    covariates: Annotated[dict[str, Annotated[float, Field(allow_inf_nan=False)]], Field(strict=False)] = {}
    weeks_reported: Annotated[tuple[_LaterWeek, ...], Field(strict=False)] = ()
    phase: Annotated[tuple[RegimenPhase, ...], Field(min_length=1, strict=False)]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Its drugs, in order of first appearance."""
        return tuple(dict.fromkeys(phase.drug for phase in self.phase))

    @property
    def reported(self) -> tuple[float, ...]:
        """Weeks at which differences are reported, in order."""
        weeks = self.weeks_reported or tuple(week for week in _CUSTOMARY_WEEKS if week <= self.weeks)
        return tuple(sorted(set(weeks))) or (self.weeks,)

    @property
    def last_week(self) -> float:
        """End of its last phase."""
        return max(phase.end_week for phase in self.phase)

    def alone(self, drug: str) -> Regimen:
        """The same with one of its drugs only."""
        kept = tuple(phase for phase in self.phase if phase.drug == drug)
        return self.model_copy(update={"phase": kept})

    def dosing(self, catalogue: Catalogue, times: float = 1.0) -> pd.DataFrame:
        """Its phases as a dosing table of one arm with daily doses.

        Parameters
        ----------
        catalogue
            Its drugs.
        times
            What every dose is multiplied by.
        """
        table = pd.DataFrame([phase.row(times) for phase in self.phase])
        return DoseConversion(catalogue).with_daily_dose(table.assign(study_id="", arm_id=self.name))
