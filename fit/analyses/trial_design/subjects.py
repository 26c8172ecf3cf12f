"""What a question is about, as numbers or cases of draws, and what a design tells about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float

from windup.datasets import DesignQuestion
from windup.fit.analyses.trial_design.candidates import TrialDesign
from windup.fit.analyses.trial_design.courses import Told
from windup.fit.analyses.trial_design.expected import Expected
from windup.fit.analyses.trial_design.information import (
    Case,
    Information,
    case_information,
    entropy,
    linear_information,
    linear_information_error,
)

# Fewer draws of a case, in each half, make no mixture of what it would print.
_LEAST_DRAWS = 20


class Subject(ABC):
    """What is not known."""

    @property
    def too_few(self) -> str:
        """Why its draws cannot answer, in a sentence; empty where they can."""
        return ""

    @abstractmethod
    def half(self, number: int) -> Subject:
        """The same in every second draw, from draw 0 or 1 on."""

    @abstractmethod
    def linear(self, design: TrialDesign) -> float:
        """Information of a linear prediction, nats, by which all designs are sorted first."""

    @property
    @abstractmethod
    def is_linear(self) -> bool:
        """Whether that is the information which is reported."""

    @abstractmethod
    def judged(self, rng: np.random.Generator, design: TrialDesign) -> Information:
        """Information that is reported."""

    @abstractmethod
    def described(self, nats: float) -> dict[str, Any]:
        """What is known now, and after a trial of so much information."""


@final
class Amount(Subject):
    """A number, such as an effect."""

    def __init__(self, quantity: Float[np.ndarray, " draws"], expected: Expected) -> None:
        self._quantity, self._expected = quantity, expected

    def half(self, number: int) -> Amount:
        """The same in every second draw, from draw 0 or 1 on."""
        chosen = np.arange(len(self._quantity)) % 2 == number
        return Amount(self._quantity[chosen], self._expected.of(chosen))

    def linear(self, design: TrialDesign) -> float:
        """Of the linear prediction."""
        expected = self._expected
        return linear_information(self._quantity, expected.means(design), expected.covariance(design))

    @property
    def is_linear(self) -> bool:
        """Yes."""
        return True

    def judged(self, rng: np.random.Generator, design: TrialDesign) -> Information:
        """Of the linear prediction."""
        expected = self._expected
        return linear_information_error(self._quantity, expected.means(design), expected.covariance(design))

    def described(self, nats: float) -> dict[str, Any]:
        """Its SD now, and the expected one after the trial, at most."""
        sd = float(np.std(self._quantity))
        return {
            "median_now": float(np.median(self._quantity)),
            "sd_now": sd,
            "sd_after_at_most": sd * float(np.exp(-nats)),
        }


@final
class TwoCases(Subject):
    """Which of two cases holds; the draws of both, one after the other."""

    def __init__(self, weight: float, expected: tuple[Expected, Expected], names: tuple[str, str]) -> None:
        self._weight, self._expected, self._names = weight, expected, names

    def half(self, number: int) -> TwoCases:
        """The same in every second draw of each case."""
        first, second = (each.of(np.arange(len(each.mean)) % 2 == number) for each in self._expected)
        return TwoCases(self._weight, (first, second), self._names)

    @property
    def too_few(self) -> str:
        """Whether a case has hardly a draw."""
        fewest = min(len(each.mean) for each in self._expected)
        if fewest >= 2 * _LEAST_DRAWS:
            return ""
        return f"One of the two cases has {fewest} draws, and {2 * _LEAST_DRAWS} are needed: take more draws."

    def _cases(self, design: TrialDesign) -> tuple[Case, Case]:
        first, second = (
            Case(weight, each.means(design), each.covariance(design))
            for weight, each in zip((self._weight, 1.0 - self._weight), self._expected, strict=True)
        )
        return first, second

    def linear(self, design: TrialDesign) -> float:
        """Of the linear prediction of the case, whose draws count by its weight."""
        return _linear(self._cases(design))

    @property
    def is_linear(self) -> bool:
        """No: what a case prints is a mixture."""
        return False

    def judged(self, rng: np.random.Generator, design: TrialDesign) -> Information:
        """Of all that is printed."""
        return case_information(rng, self._cases(design))

    def described(self, nats: float) -> dict[str, Any]:
        """Probability of the first case now, and how much of the doubt the trial is expected to end."""
        doubt = entropy(self._weight)
        return {
            "case": self._names[0],
            "probability_now": self._weight,
            "doubt_now_nats": doubt,
            "share_of_doubt": nats / doubt if doubt > 0.0 else float("nan"),
        }


def subject_of(question: DesignQuestion, told: tuple[Told, ...]) -> Subject:
    """What a question is about.

    Parameters
    ----------
    question
        The question.
    told
        What it means in each of the runs.
    """
    match question.about:
        case "effect":
            return Amount(told[0].effect, told[0].expected)
        case "claim":
            relief = told[0].effect <= -float(question.relief or 0.0)
            return _split(told[0], relief, f"relief of {question.relief:g} points or more")
        case "gain":
            return _split(told[0], told[0].gain > 1.0, "total gain of the loops above 1")
        case "model":
            return TwoCases(0.5, (told[0].expected, told[1].expected), ("first model", "second model"))


def _split(told: Told, holds: Bool[np.ndarray, " draws"], name: str) -> TwoCases:
    expected = told.expected
    return TwoCases(float(holds.mean()), (expected.of(holds), expected.of(~holds)), (name, "not"))


def _linear(cases: tuple[Case, Case]) -> float:
    r"""Information of the linear prediction of the case.

    With the weighted mean :math:`S` of both covariances, of draws and errors, and the distance :math:`\delta`
    of the two means, :math:`R^2 = w (1 - w) \delta^\top (S + w (1 - w) \delta \delta^\top)^{-1} \delta`.
    """
    inside = sum(
        each.weight * (np.cov(each.mean.T, bias=True).reshape(each.covariance.shape) + each.covariance)
        for each in cases
    )
    distance = cases[0].mean.mean(axis=0) - cases[1].mean.mean(axis=0)
    square = float(distance @ np.linalg.solve(inside, distance)) * cases[0].weight * cases[1].weight
    return 0.5 * float(np.log1p(square))
