"""Parameters of PEtab with their priors: those of the mechanism, and those of the mean of published rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from windup.fit.analyses.exchange.observables import placebo_parameter
from windup.fit.problem.meanings import SCALARS, VECTORS
from windup.fit.problem.priors import form_of, packaged_scalars, packaged_vectors
from windup.fit.problem.problem import Draw, Problem
from windup.models import ModelFormulas

BOUND_SDS = 8.0
"""PEtab needs bounds, and cuts priors off at them: so many SDs from the middle nothing is lost."""

_PLACEBO_RESPONSE = "placebo_response"
_SHARE = (0.0, 1.0)


class EstimatedParameter(NamedTuple):
    """One row of the table of parameters; without a distribution it is fixed at its value."""

    name: str
    meaning: str
    unit: str
    value: float
    lower: float
    upper: float
    distribution: str
    prior: tuple[float, ...]

    @property
    def estimated(self) -> bool:
        """Whether it has a prior."""
        return self.distribution != ""


def parameters_of(problem: Problem, formulas: ModelFormulas, draw: Draw) -> Iterator[EstimatedParameter]:
    """Parameters of the mechanism that its formulas read, then those of the observation model.

    Parameters
    ----------
    problem
        Gives the priors, also those that settings changed.
    formulas
        Of its model.
    draw
        Nominal values.
    """
    for each in formulas.parameters:
        value = each.location if each.family == "fixed" else float(draw[each.name])
        yield _with_prior(
            each.name, each.meaning, each.unit, value, each.family, each.location, each.prior_scale
        )
    groups = [placebo_parameter(group.name) for group in problem.design.catalogue.placebo_groups]
    _, unit, meaning = VECTORS[_PLACEBO_RESPONSE]
    for number, name in enumerate(groups):
        value = float(np.asarray(draw[_PLACEBO_RESPONSE])[number])
        yield _with_prior(name, meaning, unit, value, *_prior(problem, _PLACEBO_RESPONSE, number))
    for name in packaged_scalars(problem.errors, problem.people):
        if name in SCALARS and name in draw:
            unit, meaning = SCALARS[name]
            yield _with_prior(name, meaning, unit, float(draw[name]), *_prior(problem, name))


def _prior(problem: Problem, name: str, number: int = 0) -> tuple[str, float, float]:
    """Family, location and scale of a parameter of the observation model; ``fixed`` where it is."""
    chosen = problem.chosen.observation.get(name)
    if chosen is not None:
        location, scale, free = (np.ravel(x)[number] for x in (chosen.location, chosen.scale, chosen.free))
        return (chosen.family if free else "fixed"), float(location), float(scale)
    packaged: dict[str, Any] = packaged_scalars(problem.errors, problem.people)
    packaged |= packaged_vectors(problem.design.catalogue)
    form = form_of(packaged[name])
    return form.family, float(np.ravel(form.location)[number]), float(np.ravel(form.scale)[number])


def _with_prior(
    name: str, meaning: str, unit: str, value: float, family: str, location: float, scale: float
) -> EstimatedParameter:
    """A parameter in the words of PEtab; a share, for which it has no beta prior, gets a normal one."""
    if family == "fixed":
        return EstimatedParameter(name, meaning, unit, value, value, value, "", ())
    reach = BOUND_SDS * scale
    if family == "lognormal":
        middle = math.log(location)
        lower, upper = math.exp(middle - reach), math.exp(middle + reach)
        return EstimatedParameter(name, meaning, unit, value, lower, upper, "log-normal", (middle, scale))
    lower, upper = _SHARE if family == "beta" else (location - reach, location + reach)
    return EstimatedParameter(name, meaning, unit, value, lower, upper, "normal", (location, scale))
