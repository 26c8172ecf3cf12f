"""Time-course network meta-analysis of arm means, solved without sampling.

Written from the equations of Pedder et al. 2019 (doi:10.1002/jrsm.1351) and the priors that MBNMAtime 0.2.6
documents. The mean of arm k of study i at time t is

    theta_ik(t) = alpha_i + (mu_i + delta_ik) f(t),    delta_i1 = 0,

with f(t) = t, or t^h / (ET50^h + t^h). With common effects delta_ik = d_k - d_1 of the treatments; with
random ones it is normal around that with SD tau, and correlation 1/2 within a study. A mean has a normal
error of its printed standard error, and all rows are independent given theta. Priors: alpha, mu ~ N(0, 1e4),
d ~ N(0, 1e3), d of placebo 0, ET50 ~ N(0, 1e4) and tau ~ N(0, 20) above 0, h ~ U(0.5, 2) where it is free.

Given ET50, h and tau everything is linear and normal. So these one or two numbers are integrated on a grid,
and every marginal distribution is a mixture of normals: there is no Monte Carlo error on this side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple, final

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.stats import norm

_VAGUE, _EFFECT, _ET50, _TAU = 1e4, 1e3, 1e4, 20.0
_COARSE, _GRID = 9, 41
# What is left out on either side of the grid has a density below exp(-12) of the largest.
_DROP = 12.0


class Mixture(NamedTuple):
    """A mixture of normals."""

    weights: Float[np.ndarray, " points"]
    means: Float[np.ndarray, " points"]
    sds: Float[np.ndarray, " points"]

    @property
    def mean(self) -> float:
        """Its mean."""
        return float(self.weights @ self.means)

    @property
    def sd(self) -> float:
        """Its SD."""
        return float(np.sqrt(self.weights @ (self.sds**2 + self.means**2) - self.mean**2))

    def density(self, value: float) -> float:
        """Its density."""
        return float(self.weights @ norm.pdf(value, self.means, self.sds))

    def quantile(self, share: float) -> float:
        """Its quantile."""
        span = 12.0 * self.sd
        found = brentq(
            lambda value: float(self.weights @ norm.cdf(value, self.means, self.sds)) - share,
            self.mean - span,
            self.mean + span,
        )
        return float(found)


@final
@dataclass(frozen=True)
class Network:
    """Arm means of a network, with treatment 0 as its reference.

    Attributes
    ----------
    treatments
        Their labels, the reference first.
    study, arm, treatment
        Of each row; arms are numbered through all studies, in the order of their treatments.
    weeks, mean, error
        Of each row.
    """

    treatments: tuple[str, ...]
    study: np.ndarray
    arm: np.ndarray
    treatment: np.ndarray
    weeks: np.ndarray
    mean: np.ndarray
    error: np.ndarray


def network_of(table: pd.DataFrame, reference: str) -> Network:
    """The network of a table with the columns of MBNMAtime: studyID, time, y, se, treatment."""
    labels = (reference, *sorted(set(table["treatment"]) - {reference}))
    rows = table.assign(code=table["treatment"].map({name: n for n, name in enumerate(labels)}))
    rows = rows.sort_values(["studyID", "code", "time"])
    arms = rows.groupby(["studyID", "code"], sort=True).ngroup()
    study = pd.factorize(rows["studyID"])[0]
    columns = (rows[name].to_numpy(float) for name in ("time", "y", "se"))
    return Network(labels, study, arms.to_numpy(), rows["code"].to_numpy(), *columns)


class Marginals(NamedTuple):
    """What a model concludes.

    Attributes
    ----------
    weights
        Of the points of the grid.
    points
        ET50, h and tau at each of them.
    means, covariances
        Of ``d`` of each treatment, 0 of the reference, at each point.
    residual
        Expectation of the residual deviance, the sum of squared standardised residuals, at each point.
    """

    weights: np.ndarray
    points: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    residual: np.ndarray

    def effect(self, treatment: int, reference: int = 0, factors: np.ndarray | float = 1.0) -> Mixture:
        """Effect of a treatment against another one, times a factor at each point."""
        factor = np.broadcast_to(factors, self.weights.shape)
        mean = self.means[:, treatment] - self.means[:, reference]
        both = np.ix_(range(len(mean)), [treatment, reference], [treatment, reference])
        (first, between), (_, second) = np.moveaxis(self.covariances[both], 0, -1)
        return Mixture(self.weights, mean * factor, np.sqrt(first + second - 2.0 * between) * factor)

    def parameter(self, column: int) -> tuple[np.ndarray, np.ndarray]:
        """Values and weights of ET50 (0), h (1) or tau (2), which has no normal parts."""
        values = np.unique(self.points[:, column])
        return values, np.array([self.weights[self.points[:, column] == value].sum() for value in values])


@final
@dataclass(frozen=True)
class TimeCourseNetwork:
    """A published model.

    Parameters
    ----------
    network
        Its data.
    course
        ``linear``, ``emax`` (h = 1) or ``hill``.
    random
        Whether effects differ between studies.
    """

    network: Network
    course: Literal["linear", "emax", "hill"]
    random: bool

    def shape(
        self, weeks: np.ndarray | float, et50: np.ndarray | float, hill: np.ndarray | float
    ) -> np.ndarray:
        """The course f at a time."""
        if self.course == "linear":
            return np.asarray(weeks, float)
        power = np.asarray(weeks, float) ** hill
        return power / (np.asarray(et50, float) ** hill + power)

    def solve(self, start: Mapping[str, tuple[float, float]]) -> Marginals:
        """The posterior.

        Parameters
        ----------
        start
            Interval of each of ``et50``, ``hill`` and ``tau`` that the model has; it is narrowed to where
            the density is.
        """
        axes = {name: np.linspace(*start[name], _COARSE) for name in start}
        for _ in range(4):
            axes = self._narrowed(axes, _COARSE)
        axes = self._narrowed(axes, _GRID)
        solved = [(point, self._given(*point)) for point in _points(axes)]
        density = np.array([found[0] for _, found in solved])
        relative = np.exp(density - density.max())
        edge = _largest_at_edge(relative, axes)
        if edge > 1e-3:
            raise ValueError(f"The grid ends where the density is {edge:.2g} of its largest.")
        weights = relative * _trapezoid(axes)
        parts = [np.array([found[n] for _, found in solved]) for n in (1, 2, 3)]
        return Marginals(weights / weights.sum(), np.array([point for point, _ in solved]), *parts)

    def _narrowed(self, axes: Mapping[str, np.ndarray], size: int) -> dict[str, np.ndarray]:
        """Axes that end one step beyond where the density is."""
        density = np.array([self._given(*point)[0] for point in _points(axes)])
        kept = (density > density.max() - _DROP).reshape([len(axis) for axis in axes.values()])
        made = {}
        for number, (name, axis) in enumerate(axes.items()):
            others = tuple(n for n in range(len(axes)) if n != number)
            inside = np.flatnonzero(kept.any(axis=others))
            low, high = max(inside[0] - 1, 0), min(inside[-1] + 1, len(axis) - 1)
            made[name] = np.linspace(axis[low], axis[high], size)
        return made

    def _given(self, et50: float, hill: float, tau: float) -> tuple[float, np.ndarray, np.ndarray, float]:
        """Log density of a point, mean and covariance of effects, and the residual deviance."""
        net = self.network
        rows, studies, count = np.arange(len(net.mean)), net.study.max() + 1, len(net.treatments)
        course = self.shape(net.weeks, et50, hill)
        first = np.array([net.arm[net.study == study].min() for study in range(studies)])
        treatment_of = np.zeros(net.arm.max() + 1, int)
        treatment_of[net.arm] = net.treatment
        effects = np.zeros((len(rows), count))
        effects[rows, net.treatment] += course
        effects[rows, treatment_of[first[net.study]]] -= course
        level, start = np.zeros((2, len(rows), studies))
        level[rows, net.study], start[rows, net.study] = 1.0, course
        design = np.hstack([effects[:, 1:], level, start])
        prior = np.diag(np.repeat([1.0 / _EFFECT, 1.0 / _VAGUE], [count - 1, 2 * studies]))
        if self.random:
            deviation = np.zeros((len(rows), len(treatment_of)))
            deviation[rows, net.arm] = course
            others = np.setdiff1d(np.arange(len(treatment_of)), first)
            study_of = np.searchsorted(first, others, side="right") - 1
            same = study_of[:, None] == study_of[None, :]
            between = tau**2 * 0.5 * (np.eye(len(others)) + same)
            design = np.hstack([design, deviation[:, others]])
            prior = _blocks(prior, np.linalg.inv(between))
        scaled, target = design / net.error[:, None], net.mean / net.error
        precision = scaled.T @ scaled + prior
        factor = np.linalg.cholesky(precision)
        mean = np.linalg.solve(precision, scaled.T @ target)
        covariance = np.linalg.inv(precision)
        residual = target - scaled @ mean
        log_density = (
            -0.5 * (residual @ residual + mean @ prior @ mean)
            + 0.5 * np.linalg.slogdet(prior)[1]
            - np.log(np.diag(factor)).sum()
            - 0.5 * (et50**2 / _ET50 + tau**2 / _TAU)
        )
        expected = residual @ residual + np.einsum("ij,jk,ik->", scaled, covariance, scaled)
        spread = np.zeros((count, count))
        spread[1:, 1:] = covariance[: count - 1, : count - 1]
        return float(log_density), np.append(0.0, mean[: count - 1]), spread, float(expected)


def _points(axes: Mapping[str, np.ndarray]) -> Iterator[tuple[float, float, float]]:
    """ET50, h and tau; what a model does not have is 0, but h is 1."""
    for values in product(*axes.values()):
        named = dict(zip(axes, map(float, values), strict=True))
        yield named.get("et50", 0.0), named.get("hill", 1.0), named.get("tau", 0.0)


def _largest_at_edge(weights: np.ndarray, axes: Mapping[str, np.ndarray]) -> float:
    """Largest density at a border of the grid that is not one of the parameter's range."""
    table = weights.reshape([len(axis) for axis in axes.values()])
    largest = 0.0
    for number, (name, axis) in enumerate(axes.items()):
        ends = [(0, {"hill": 0.5}.get(name, 0.0)), (-1, {"hill": 2.0}.get(name, np.inf))]
        for index, border in ends:
            if not np.isclose(axis[index], border):
                largest = max(largest, float(table.take(index, axis=number).max()))
    return largest


def _trapezoid(axes: Mapping[str, np.ndarray]) -> np.ndarray:
    """Weights of the trapezoid rule, which count an end of an axis half."""
    weights = np.ones(1)
    for axis in axes.values():
        along = np.ones(len(axis))
        along[[0, -1]] = 0.5
        weights = np.outer(weights, along).ravel()
    return weights


def _blocks(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    corner = np.zeros((len(first), len(second)))
    return np.block([[first, corner], [corner.T, second]])
