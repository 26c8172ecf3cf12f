"""An analysis plan: what was to be done, with which data, and which limits results were to keep."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, final

from windup.fit.report.plan.quantities import result_of
from windup.fit.settings.fit import Settings

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": "Title of the analysis.",
        "question_of_interest": "Question that the analysis answers, in a sentence or two.",
        "context_of_use": "What the model is used for here, on which patients and treatments, and what it is "
        "not used for.",
        "model_influence": "How much of the answer rests on the model, compared with other evidence.",
        "decision_consequence": "What a wrong answer would cost, and whom.",
    }
)
"""Texts of a plan and what each is about, in the terms of ICH M15 and ASME V&V 40."""


@final
@dataclass(frozen=True)
class Limit:
    """A limit that a result is to keep.

    Attributes
    ----------
    quantity
        Path of the number in the results of a run: ``summary.max_rhat``.
    divided_by
        Path of a number by which it is divided, as a standard error; None for none.
    at_least, at_most
        Its bounds, in the unit of the quantity; None for none.
    why
        Reason of the limit.
    """

    quantity: str
    why: str
    divided_by: str | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def shown(self) -> str:
        """The quantity as a page shows it."""
        return self.quantity if self.divided_by is None else f"{self.quantity} / {self.divided_by}"

    @property
    def results(self) -> tuple[str, ...]:
        """Results that it reads: ``summary`` for the run, else the name of an analysis."""
        return tuple(result_of(path) for path in (self.quantity, self.divided_by) if path is not None)

    def holds(self, value: float) -> bool:
        """Whether a value is within the bounds; a bound itself is.

        Examples
        --------
        >>> limit = Limit("summary.coverage_50", "intervals are honest", at_least=0.4, at_most=0.6)
        >>> limit.holds(0.6), limit.holds(0.61)
        (True, False)
        """
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


@final
@dataclass(frozen=True)
class AnalysisPlan:
    """A plan without faults.

    Attributes
    ----------
    path
        Its file.
    sha256
        Of the bytes of the file.
    title, question_of_interest, context_of_use, model_influence, decision_consequence
        Its texts.
    date
        Day on which it was finished (UTC), by its author.
    settings
        Settings of the planned fit.
    data_sha256
        Of the tables of trials, as in ``provenance.json`` of a run.
    windup_version
        Version of windup that was to be used; None where any may be.
    analyses
        Analyses that were to follow the fit, those that limits read included.
    limits
        Limits that results were to keep.
    """

    path: Path
    sha256: str
    title: str
    date: datetime.date
    question_of_interest: str
    context_of_use: str
    model_influence: str
    decision_consequence: str
    settings: Settings
    data_sha256: str
    windup_version: str | None
    analyses: tuple[str, ...]
    limits: tuple[Limit, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values that JSON can hold."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return values | {
            "path": str(self.path),
            "date": self.date.isoformat(),
            "settings": self.settings.as_json(),
            "analyses": list(self.analyses),
            "limits": [dataclasses.asdict(limit) for limit in self.limits],
        }
