"""A question that a trial is to answer: what may be done, what it costs, and how much there is to spend."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from windup.datasets.dictionary.limits import LONGEST_WEEKS
from windup.datasets.regimens.regimen import Regimen, RegimenPhase

LEAST_PATIENTS = 10
"""Fewest patients of an arm: the error of a smaller one is not that of the normal distribution."""

_Week = Annotated[float, Field(gt=0.0, le=LONGEST_WEEKS)]
_Hazard = Annotated[float, Field(ge=0.0, le=1.0)]
_Cost = Annotated[float, Field(ge=0.0, le=1e9)]


@final
class CandidateArm(BaseModel):
    """An arm that the trial may have.

    Attributes
    ----------
    name
        Unique in its question.
    dropout_per_week
        Share of the patients left that leave in a week; that of the question where nothing is said.
    procedure
        Operation of ``procedures.csv`` that takes the cause of pain away on the first day.
    phase
        What the arm gets, as in a file of regimens; nothing for placebo.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    dropout_per_week: _Hazard | None = None
    procedure: str | None = None
    phase: Annotated[tuple[RegimenPhase, ...], Field(strict=False)] = ()


@final
class DesignQuestion(BaseModel):
    """What a parallel trial is to find out, and all designs that are possible.

    A design is a choice of arms, visits and numbers of patients. It costs

    ``arms x arm_cost + patients x (patient_cost + visits x visit_cost + weeks x week_cost)``,

    where the visits include baseline, and the weeks are those to the last visit.

    Attributes
    ----------
    name
        Unique in its file.
    condition, pain, pain_sd, magnesium_intake
        Condition of the patients, mean and SD of their pain at baseline (0-10), and magnesium absorbed from
        their diet, relative to the customary 1.
    about
        ``effect``: the difference in pain between the arm ``of`` and the first one in ``week``, in the mean
        study; ``claim``: whether that difference is a relief of ``relief`` points or more; ``gain``: whether
        the loops of the mechanism have a total gain above 1, so that pain would last without its cause;
        ``model``: which of several models is right.
    of, week, relief
        Of an effect or a claim.
    weeks, most_visits
        Weeks of possible visits after baseline, and how many of them a design may have.
    most_arms
        How many arms a design may have beside the first.
    allocations
        Possible numbers of patients in each other arm for one patient of the first.
    budget
        What a design may cost.
    patient_cost, visit_cost, week_cost, arm_cost
        In the unit of the budget. With the defaults it is the number of patients.
    dropout_per_week
        Share of the patients left that leave in a week.
    arm
        The first is in every design.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    condition: str
    pain: Annotated[float, Field(gt=0.0, lt=10.0)] = 6.5
    pain_sd: Annotated[float, Field(gt=0.0, le=3.0)] = 1.5
    magnesium_intake: Annotated[float, Field(ge=0.2, le=3.0)] = 1.0
    about: Literal["effect", "claim", "gain", "model"]
    of: str | None = None
    week: _Week | None = None
    relief: Annotated[float, Field(gt=0.0, lt=10.0)] | None = None
    weeks: Annotated[tuple[_Week, ...], Field(min_length=1, max_length=12, strict=False)]
    most_visits: Annotated[int, Field(ge=1, le=4)] = 2
    most_arms: Annotated[int, Field(ge=1, le=3)] = 1
    allocations: Annotated[
        tuple[Annotated[float, Field(ge=0.1, le=10.0)], ...], Field(min_length=1, max_length=6, strict=False)
    ] = (1.0,)
    budget: Annotated[float, Field(gt=0.0, le=1e12)]
    patient_cost: _Cost = 1.0
    visit_cost: _Cost = 0.0
    week_cost: _Cost = 0.0
    arm_cost: _Cost = 0.0
    dropout_per_week: _Hazard = 0.0
    arm: Annotated[tuple[CandidateArm, ...], Field(min_length=2, max_length=12, strict=False)]

    @property
    def visits(self) -> tuple[float, ...]:
        """Weeks of possible visits, in order."""
        return tuple(sorted(set(self.weeks)))

    def cost_of_patient(self, visits: tuple[float, ...]) -> float:
        """Cost of one patient who is seen in these weeks and at baseline."""
        return self.patient_cost + (len(visits) + 1) * self.visit_cost + max(visits) * self.week_cost

    @property
    def least_budget(self) -> float:
        """Cost of the cheapest design: two small arms that are seen once."""
        return 2 * (self.arm_cost + LEAST_PATIENTS * self.cost_of_patient(self.visits[:1]))

    def dropout(self, arm: CandidateArm) -> float:
        """Share of an arm's patients left that leave in a week."""
        return self.dropout_per_week if arm.dropout_per_week is None else arm.dropout_per_week

    def regimen(self, arm: CandidateArm) -> Regimen:
        """What an arm gets, as a regimen; nothing is checked."""
        weeks = self.visits if self.week is None else tuple(sorted({*self.visits, self.week}))
        return Regimen.model_construct(
            name=arm.name,
            condition=self.condition,
            pain=self.pain,
            weeks=weeks[-1],
            magnesium_intake=self.magnesium_intake,
            weeks_reported=weeks,
            phase=arm.phase,
        )
