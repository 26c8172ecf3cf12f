"""What a prior of another width would have said: draws moved, or weighed again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpyro import distributions as dist

from windup.fit.diagnostics.mixing import pareto_smoothed
from windup.fit.problem.priors import mechanism_priors, observation_priors, whitened_priors
from windup.fit.problem.problem import Problem
from windup.models import PainModel

WIDTHS = (0.5, 2.0)


class Prior(NamedTuple):
    """A normal prior, on the logarithm where ``is_log``; location and scale may be vectors."""

    location: np.ndarray
    scale: np.ndarray
    is_log: bool

    def standardised(self, draws: np.ndarray) -> np.ndarray:
        """Draws as distances from the location in scales."""
        distances: np.ndarray = ((np.log(draws) if self.is_log else draws) - self.location) / self.scale
        return distances

    def widened(self, draws: np.ndarray, width: float) -> np.ndarray:
        """The draws that a prior of another width would have given."""
        moved = self.location + width * self.scale * self.standardised(draws)
        draws_moved: np.ndarray = np.exp(moved) if self.is_log else moved
        return draws_moved


def strengths_of(model: PainModel[Any, Any]) -> dict[str, tuple[str, ...]]:
    """Drugs of every strength, by its name."""
    return {action.strength: action.drugs for action in model.pharmacology.actions if action.strength}


def priors_of(problem: Problem) -> dict[str, Prior]:
    """Every normal or log-normal prior of a problem by the name of its parameter."""
    distributions = mechanism_priors(problem) | observation_priors(problem) | whitened_priors(problem)
    return {name: prior for name, each in distributions.items() if (prior := _normal(each)) is not None}


def weights(
    draws: Mapping[str, Any], priors: Mapping[str, Prior], names: tuple[str, ...], width: float
) -> tuple[Float[np.ndarray, " draws"], float]:
    r"""Weights that turn draws under some priors into draws under wider or narrower ones, and their Pareto k.

    .. math:: \log w = \sum_p \frac{z_p^2}{2} \Big(1 - \frac{1}{f^2}\Big) - \log f

    with standardised parameters :math:`z_p` and width :math:`f`.
    """
    squares = [np.zeros(len(np.asarray(next(iter(draws.values())))))]
    for name in names:
        z = priors[name].standardised(np.asarray(draws[name]))
        squares.append(np.sum(z.reshape(len(z), -1) ** 2, axis=1))
    return pareto_smoothed(0.5 * np.sum(squares, axis=0) * (1.0 - width**-2))


def _normal(prior: dist.Distribution) -> Prior | None:
    base = prior
    while isinstance(base, dist.Independent | dist.ExpandedDistribution):
        base = base.base_dist
    if not isinstance(base, dist.LogNormal | dist.Normal):
        return None
    location, scale = (np.broadcast_to(np.asarray(x), prior.shape()) for x in (base.loc, base.scale))
    return Prior(location, scale, isinstance(base, dist.LogNormal))
