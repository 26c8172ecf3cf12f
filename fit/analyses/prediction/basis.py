"""Draws and evidence basis of each regimen, shared by all tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from windup.datasets import Catalogue, Regimen
from windup.fit.analyses.prediction.courses import RegimenCourse
from windup.fit.analyses.prediction.new_study import StudyCourse, mean_study, new_study
from windup.fit.diagnostics.contraction import contraction_of, is_prior_driven
from windup.fit.problem.problem import Draw


class Source(NamedTuple):
    """Draws of posterior or prior: all regimens, parameters, and a mean and a new study of each regimen."""

    predicted: tuple[RegimenCourse, ...]
    draws: Draw
    studies: tuple[dict[str, StudyCourse], ...]


class Basis(NamedTuple):
    """What a prediction rests on: ``interpolation``, ``extrapolation`` or ``prior-driven``, and why."""

    basis: str
    reasons: str


def source_of(
    generator: np.random.Generator,
    regimens: tuple[Regimen, ...],
    predicted: tuple[RegimenCourse, ...],
    draws: Draw,
    drugs: tuple[str, ...],
    catalogue: Catalogue,
) -> Source:
    """Predictions with the two studies for which they are quoted."""
    studies = tuple(
        {
            "mean": mean_study(regimen, draws, catalogue),
            "new": new_study(generator, regimen, draws, drugs, catalogue),
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
    missing = [reason for reason in reasons if reason.startswith("no used trial")]
    unmoved = is_prior_driven(value, shift)
    if unmoved or missing:
        why = (*(["the data hardly moved it"] if unmoved else []), *reasons)
        return Basis("prior-driven", "; ".join(why))
    return Basis("extrapolation" if reasons else "interpolation", "; ".join(reasons))


class PredictionDraws(NamedTuple):
    """Draws and evidence basis of each regimen, shared by all tables."""

    regimens: tuple[Regimen, ...]
    basis: tuple[Basis, ...]
    posterior: Source
    prior: Source

    def each(self) -> Iterator[tuple[int, Regimen, dict[str, Any], RegimenCourse, RegimenCourse]]:
        """Number, regimen, first columns of its rows, and its draws of posterior and prior."""
        for number, (regimen, basis) in enumerate(zip(self.regimens, self.basis, strict=True)):
            head = {"regimen": regimen.name, "condition": regimen.condition, **basis._asdict()}
            yield number, regimen, head, self.posterior.predicted[number], self.prior.predicted[number]
