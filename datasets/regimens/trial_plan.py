"""A trial that is planned: who is enrolled, what each arm gets, when patients are seen, what is tested."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from windup.datasets.dictionary.limits import LONGEST_WEEKS
from windup.datasets.regimens.regimen import Regimen, RegimenPhase

_Week = Annotated[float, Field(gt=0.0, le=LONGEST_WEEKS)]
_Hazard = Annotated[float, Field(ge=0.0, le=1.0)]


@final
class PlannedArm(BaseModel):
    """One arm.

    Attributes
    ----------
    name
        Unique in its trial.
    patients
        Number of patients randomised to it.
    dropout_per_week
        Share of those left that leave in a week; that of the trial where nothing is said.
    phase
        What it gets, as in a file of regimens; nothing for placebo.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    patients: Annotated[int, Field(ge=2, le=100_000)]
    dropout_per_week: _Hazard | None = None
    phase: Annotated[tuple[RegimenPhase, ...], Field(strict=False)] = ()


@final
class PlannedTrial(BaseModel):
    """A parallel trial.

    Attributes
    ----------
    name
        Unique in its file.
    condition
        Condition of the patients.
    pain, pain_sd
        Mean and SD of their pain at baseline, 0-10.
    weeks
        Visits after baseline; the last one is that of the endpoint.
    endpoint
        ``change`` (analysis of covariance with the baseline), or the share of patients whose pain fell by 30
        or 50 % (two proportions).
    alpha
        Two-sided level of the test.
    dropout_per_week
        Share of the patients left that leave in a week.
    missing
        What stands in for a missing endpoint: the ``baseline``, the ``last`` visit, or nothing
        (``completers``).
    magnesium_intake
        Magnesium absorbed from their diet, relative to the customary 1.
    arm
        The first is what the others are compared with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    condition: str
    pain: Annotated[float, Field(gt=0.0, lt=10.0)] = 6.5
    pain_sd: Annotated[float, Field(gt=0.0, le=3.0)] = 1.5
    weeks: Annotated[tuple[_Week, ...], Field(min_length=1, strict=False)]
    endpoint: Literal["change", "responder_30", "responder_50"] = "change"
    alpha: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.05
    dropout_per_week: _Hazard = 0.0
    missing: Literal["baseline", "last", "completers"] = "baseline"
    magnesium_intake: Annotated[float, Field(ge=0.2, le=3.0)] = 1.0
    arm: Annotated[tuple[PlannedArm, ...], Field(min_length=2, strict=False)]

    @property
    def visits(self) -> tuple[float, ...]:
        """Weeks after baseline, in order."""
        return tuple(sorted(set(self.weeks)))

    def regimen(self, arm: PlannedArm) -> Regimen:
        """What an arm gets, as a regimen; nothing is checked."""
        return Regimen.model_construct(
            name=arm.name,
            condition=self.condition,
            pain=self.pain,
            weeks=self.visits[-1],
            magnesium_intake=self.magnesium_intake,
            weeks_reported=self.visits,
            phase=arm.phase,
        )
