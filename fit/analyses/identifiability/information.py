"""Fisher information of the trials about the parameters, in units of prior standard deviations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float
from numpyro.distributions import Beta, Distribution, ExpandedDistribution, Independent, biject_to
from scipy.special import digamma, polygamma

from windup.fit.execution.batches import Batches, compile_batches
from windup.fit.problem.meanings import OF_STUDIES
from windup.fit.problem.model import enrolment, evaluate, studies_of
from windup.fit.problem.priors import mechanism_priors, observation_priors, whitened_priors
from windup.fit.problem.problem import Draw, Problem, values_of

type Square = Float[np.ndarray, "parameters parameters"]


type Jacobian = Float[np.ndarray, "rows parameters"]


# Error of a central difference is about its square, and rounding divided by it.
_STEP = 1e-4


_LOADINGS = 4


# Squares of the loadings of a direction sum to 1; what holds less than a hundredth of it is not named.
_LEAST_LOADING = 0.1


def central_differences(
    function: Callable[[Float[np.ndarray, "points parameters"]], Float[np.ndarray, "points rows"]],
    point: Float[np.ndarray, " parameters"],
    *,
    step: float = _STEP,
) -> Jacobian:
    """Jacobian of a batched function at a point, from one step either way of every parameter."""
    steps = step * np.eye(len(point))
    values = function(np.concatenate([point + steps, point - steps]))
    ahead, behind = values[: len(point)], values[len(point) :]
    jacobian: np.ndarray = ((ahead - behind) / (2.0 * step)).T
    return jacobian


def information(jacobian: Jacobian, precision: Float[np.ndarray, "rows rows"]) -> Square:
    r""":math:`J^T R^{-1} J`, the information of normal rows about the parameters of their mean.

    Parameters
    ----------
    jacobian
        :math:`J`, derivatives of the expected rows.
    precision
        :math:`R^{-1}`; 0 for rows that are left out.
    """
    of_rows: np.ndarray = jacobian.T @ precision @ jacobian
    return _symmetric(of_rows)


def without(whole: Square, nuisance: np.ndarray, prior_precision: float = 1.0) -> Square:
    """Information on the other parameters once those of a mask, with a normal prior, are integrated out."""
    others = ~nuisance
    across = whole[np.ix_(others, nuisance)]
    own = whole[np.ix_(nuisance, nuisance)] + prior_precision * np.eye(int(nuisance.sum()))
    reduced: np.ndarray = whole[np.ix_(others, others)] - across @ np.linalg.solve(own, across.T)
    return _symmetric(reduced)


def _symmetric(square: Square) -> Square:
    symmetric: Square = 0.5 * (square + square.T)
    return symmetric


def spectrum(fisher: Square, names: tuple[str, ...]) -> pd.DataFrame:
    """Eigenvalues, largest first, and the parameters that each direction is made of.

    ``direction`` names the largest loadings with their signs; ``share`` is how much of the direction they
    hold (sum of squared loadings). In units of prior standard deviations an eigenvalue of 1 is as much as the
    prior knows: directions far below it are sloppy: what is known about them is the prior's.
    """
    values, vectors = np.linalg.eigh(fisher)
    rows = []
    for place in np.argsort(values)[::-1]:
        vector = vectors[:, place]
        largest = np.argsort(-np.abs(vector), kind="stable")[:_LOADINGS]
        named = [index for index in largest if abs(vector[index]) >= _LEAST_LOADING]
        sign = np.sign(vector[largest[0]])
        rows.append(
            {
                "eigenvalue": max(float(values[place]), 0.0),
                "direction": " ".join(f"{sign * vector[index]:+.2f} {names[index]}" for index in named),
                "share": float(np.sum(vector[named] ** 2)),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(number=np.arange(1, len(table) + 1))[["number", *table.columns]]


# Parameters of the observation model that move expected rows; the others move variances alone.
_MOVING = (
    "placebo_response",
    "bias_open_label",
    "bias_small_trial",
    "effect_by_covariate",
    "outside_relief",
    "outside_days",
    "placebo_time",
    "placebo_per_baseline_point",
    "placebo_per_decade",
    "untreated_share",
    "natural_course",
    "natural_time",
    "case_magnesium_difference",
    "instrument_shift",
    "instrument_slope",
)


# Of SDs between patients; they move rows where one of these is the unit of a standardised difference.
_OF_PATIENTS = ("log_patient_sd", "patient_sd_spread")

LATENTS = ("enrolment_by_study", "missing_sd_by_study", *OF_STUDIES)
"""States of single studies that may move expected rows: they are integrated out."""


def moving(problem: Problem) -> tuple[str, ...]:
    """Names of parameters and states beside those of the mechanism that move an expected row."""
    if np.any(problem.design.rows.latent_divisor >= 0):
        return *_MOVING, *_OF_PATIENTS, *LATENTS
    return *_MOVING, *(name for name in LATENTS if name != "missing_sd_by_study")


class ParameterPlace(NamedTuple):
    """Place of a parameter in a vector of all parameters.

    Attributes
    ----------
    name
        Of the parameter.
    places
        Its places in the vector.
    shape
        Of its values; () for a scalar.
    value, score
        Its values from numbers that are standard normal under its prior, and back; not exactly normal where
        its prior is on neither a line nor a half-line.
    """

    name: str
    places: slice
    shape: tuple[int, ...]
    value: Callable[[Array], Array]
    score: Callable[[Array], Array]


def parts_of(problem: Problem, draw: Draw) -> tuple[ParameterPlace, ...]:
    """Every parameter that moves an expected row, one after the other; the latent states come last."""
    others = observation_priors(problem) | whitened_priors(problem)
    priors = mechanism_priors(problem)
    priors |= {name: others[name] for name in moving(problem) if name in others}
    parts, begin = [], 0
    for name, prior in priors.items():
        shape = jnp.shape(draw[name])
        end = begin + int(np.prod(shape))
        parts.append(ParameterPlace(name, slice(begin, end), shape, *_scored(prior)))
        begin = end
    return tuple(parts)


def _scored(prior: Distribution) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    to_support, base = biject_to(prior.support), prior
    while isinstance(base, Independent | ExpandedDistribution):
        base = base.base_dist
    if isinstance(base, Beta):
        # Mean and variance of the logit.
        shapes = base.concentration1, base.concentration0
        middle = digamma(shapes[0]) - digamma(shapes[1])
        spread = np.sqrt(sum(polygamma(1, shape) for shape in shapes))
    else:
        middle, spread = base.loc, base.scale
    return (lambda z: to_support(middle + spread * z)), (lambda x: (to_support.inv(x) - middle) / spread)


class RowInformation(NamedTuple):
    """Information at one draw.

    Attributes
    ----------
    names
        Of the global parameters.
    fisher
        Their Fisher information, states of patients at enrolment integrated out; 1 is that of the prior.
    rows
        Rows that entered.
    """

    names: tuple[str, ...]
    fisher: Square
    rows: int


def row_information(
    problem: Problem, draws: tuple[Draw, ...], labels: Mapping[str, list[str]]
) -> tuple[RowInformation, ...]:
    """Information at several draws.

    Exact for the mean of a multivariate Student t: :math:`J^T V^{-1} J (\\nu + n)/(\\nu + n + 2)` with the
    marginal scale matrix :math:`V` of a study's :math:`n` rows. Shares of responders are left out. With the
    error model ``mixture`` shares are among the rows, and the covariance of the mixture gives a lower bound
    (`windup.fit.problem.errors.mixture.Mixture.location_covariance`).

    Parameters
    ----------
    problem, draws
        Model, data and parameters by name.
    labels
        Names of the single parameters inside those that are vectors.
    """
    parts = parts_of(problem, draws[0])
    count = parts[-1].places.stop
    latent = np.zeros(count, bool)
    for part in parts:
        latent[part.places] = part.name in LATENTS
    names = tuple(
        f"{part.name}[{labels[part.name][index]}]" if part.shape else part.name
        for part in parts
        if part.name not in LATENTS
        for index in range(part.places.stop - part.places.start)
    )
    program = _means(problem, parts, draws[0], count)
    scales = jax.jit(lambda draw: _scales(problem, draw))
    informations = []
    for draw in draws:
        point = np.concatenate([np.ravel(part.score(draw[part.name])) for part in parts])
        precision = _inverted(problem, scales(draw))
        jacobian = central_differences(program, point)
        reduced = without(information(jacobian, precision), latent)
        informations.append(RowInformation(names, reduced, int(np.sum(np.diag(precision) > 0.0))))
    return tuple(informations)


def _means(problem: Problem, parts: tuple[ParameterPlace, ...], draw: Draw, count: int) -> Batches:
    """Expected rows from a vector of standard scores; what moves variances alone is that of ``draw``."""

    def mean(scores: Array) -> Array:
        moved = {part.name: part.value(scores[part.places].reshape(part.shape)) for part in parts}
        given = {**draw, **moved}
        people = enrolment(problem, given, values_of(problem, given))
        return evaluate(problem, given, people).expected.mean

    return compile_batches(mean, count, batch=4)


def _scales(problem: Problem, draw: Draw) -> list[Array]:
    """By bucket the matrices whose inverses are the information on the means of its studies' rows."""
    people = enrolment(problem, draw, values_of(problem, draw))
    point = evaluate(problem, draw, people)
    return [problem.errors.location_covariance(studies) for studies in studies_of(problem, point)]


def _inverted(problem: Problem, scale_matrices: list[Array]) -> Float[np.ndarray, "rows rows"]:
    """Information on the means of all rows; 0 for shares of responders that are binomial."""
    total = len(problem.design.rows.study)
    precision = np.zeros((total, total))
    for bucket, scales in zip(problem.buckets, scale_matrices, strict=True):
        for present, row, scale in zip(bucket.present, bucket.row, np.asarray(scales), strict=True):
            inside = np.flatnonzero(present)
            precision[np.ix_(row[inside], row[inside])] = np.linalg.inv(scale[np.ix_(inside, inside)])
    return precision
