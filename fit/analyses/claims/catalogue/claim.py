"""A claim about a mechanism or a treatment as a number per draw and the limit that decides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, final

import numpy as np

from windup.fit.analyses.prediction.courses import RegimenCourse
from windup.fit.problem.problem import Draw


class ClaimDraws(NamedTuple):
    """Draws by which claims are decided, draws in front.

    Attributes
    ----------
    regimens
        Predictions by the name of their regimen.
    experiments
        Numbers of `windup.fit.analyses.claims.experiments.experiments` by name; empty for other models.
    draws
        All parameters.
    """

    regimens: dict[str, RegimenCourse]
    experiments: dict[str, np.ndarray]
    draws: Draw


@final
@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes
    ----------
    name
        Short name.
    ledger
        Ids of the claims in the ledger that it stands for, as ``M16``.
    sentence
        The claim in plain language, with its limit.
    quantity
        The number that decides it, one per draw.
    unit
        Its unit.
    sense, limit
        The claim holds where the number is below, or above, the limit.
    decided_by
        Regimen or experiment that the number is read from.
    drugs
        Drugs whose trials speak of it.
    regimens
        Regimens that must have been predicted.
    parameters
        Parameters whose prior widths are varied; the strengths of ``drugs`` where none are named.
    cascade_only
        Whether it speaks of parts that only the cascade has.
    """

    name: str
    ledger: tuple[str, ...]
    sentence: str
    quantity: Callable[[ClaimDraws], np.ndarray]
    unit: str
    sense: Literal["below", "above"]
    limit: float
    decided_by: str
    drugs: tuple[str, ...] = ()
    regimens: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    cascade_only: bool = False

    def holds(self, numbers: np.ndarray) -> np.ndarray:
        """Whether the claim is true, per draw; draws that could not be solved are left out."""
        known = numbers[np.isfinite(numbers)]
        found: np.ndarray = known < self.limit if self.sense == "below" else known > self.limit
        return found

    def varied(self, strengths: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Parameters whose prior widths are varied, given the drugs of every strength of the model."""
        of_drugs = tuple(name for name, drugs in strengths.items() if set(drugs) & set(self.drugs))
        return (*self.parameters, *(name for name in of_drugs if name not in self.parameters))


def difference(regimen: str, week: float) -> Callable[[ClaimDraws], np.ndarray]:
    """Difference of a regimen from no drug at one week."""

    def read(evidence: ClaimDraws) -> np.ndarray:
        return evidence.regimens[regimen].at((week,))[:, 0]

    return read


def beyond_best(regimen: str, week: float) -> Callable[[ClaimDraws], np.ndarray]:
    """Difference of a combination less that of the best of its drugs in the same draw."""

    def read(evidence: ClaimDraws) -> np.ndarray:
        return _beside(evidence, regimen, week, np.min)

    return read


def beyond_sum(regimen: str, week: float) -> Callable[[ClaimDraws], np.ndarray]:
    """Difference of a combination less the sum of those of its drugs."""

    def read(evidence: ClaimDraws) -> np.ndarray:
        return _beside(evidence, regimen, week, np.sum)

    return read


def added(regimen: str, drug: str, week: float) -> Callable[[ClaimDraws], np.ndarray]:
    """What a combination does beyond one of its drugs."""

    def read(evidence: ClaimDraws) -> np.ndarray:
        predicted, place = evidence.regimens[regimen], _place(evidence, regimen, week)
        found: np.ndarray = predicted.at((week,))[:, 0] - predicted.alone[drug][:, place]
        return found

    return read


def experiment(name: str) -> Callable[[ClaimDraws], np.ndarray]:
    """A number of the experiments on the mechanism."""
    return lambda evidence: evidence.experiments[name]


def parameter(name: str) -> Callable[[ClaimDraws], np.ndarray]:
    """A parameter itself."""
    return lambda evidence: np.asarray(evidence.draws[name])


def _beside(evidence: ClaimDraws, regimen: str, week: float, reduce: Callable[..., np.ndarray]) -> np.ndarray:
    predicted, place = evidence.regimens[regimen], _place(evidence, regimen, week)
    singles = np.stack([alone[:, place] for alone in predicted.alone.values()])
    found: np.ndarray = predicted.at((week,))[:, 0] - reduce(singles, axis=0)
    return found


def _place(evidence: ClaimDraws, regimen: str, week: float) -> int:
    return evidence.regimens[regimen].reported.index(week)
