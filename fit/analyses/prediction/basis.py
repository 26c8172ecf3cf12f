"""Draws and evidence basis of each regimen, shared by all tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from windup.datasets import Catalogue, Regimen
from windup.fit.analyses.prediction.courses import RegimenCourse
from windup.fit.analyses.prediction.new_study import StudyCourse, mean_study, new_study
from windup.fit.design.basis import Basis, resting_on
from windup.fit.diagnostics.contraction import contraction_of, is_prior_driven
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.errors.student_t import STUDENT_T
from windup.fit.problem.problem import Draw


class Source(NamedTuple):
    """Draws of posterior or prior: all regimens, parameters, and a mean and a new study of each regimen."""

    predicted: tuple[RegimenCourse, ...]
    draws: Draw
    studies: tuple[dict[str, StudyCourse], ...]


def source_of(
    generator: np.random.Generator,
    regimens: tuple[Regimen, ...],
    predicted: tuple[RegimenCourse, ...],
    draws: Draw,
    drugs: tuple[str, ...],
    catalogue: Catalogue,
    errors: ErrorModel = STUDENT_T,
) -> Source:
    """Predictions with the two studies for which they are quoted."""
    studies = tuple(
        {
            "mean": mean_study(regimen, draws, catalogue),
            "new": new_study(generator, regimen, draws, drugs, catalogue, errors),
        }
        for regimen in regimens
    )
    return Source(predicted, draws, studies)


def basis_of(
    posterior: Float[np.ndarray, " draws"], prior: Float[np.ndarray, " draws"], reasons: tuple[str, ...]
) -> Basis:
    """Basis of the difference that a regimen makes.

    Parameters
    ----------
    posterior, prior
        Draws of the difference from no drug, NRS points.
    reasons
        How the regimen exceeds what the trials tested (`windup.fit.design.support.beyond`).
    """
    value, shift, _ = contraction_of(prior, posterior)
    return resting_on(reasons, prior_driven=is_prior_driven(value, shift))


class PredictionDraws(NamedTuple):
    """Draws and basis of each regimen, shared by all tables.

    ``trials`` counts the included studies in which an arm got all drugs of a regimen, in any condition.
    """

    regimens: tuple[Regimen, ...]
    basis: tuple[Basis, ...]
    trials: tuple[int, ...]
    posterior: Source
    prior: Source

    def each(self) -> Iterator[tuple[int, Regimen, dict[str, Any], RegimenCourse, RegimenCourse]]:
        """Number, regimen, first columns of its rows, and its draws of posterior and prior."""
        for number, regimen in enumerate(self.regimens):
            rests = {**self.basis[number]._asdict(), "trials": self.trials[number]}
            head = {"regimen": regimen.name, "condition": regimen.condition, **rests}
            yield number, regimen, head, self.posterior.predicted[number], self.prior.predicted[number]
