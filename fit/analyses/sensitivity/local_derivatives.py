"""Derivatives of responses at draws: how much one prior standard deviation of a parameter moves each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from windup.fit.analyses.sensitivity.responses import Responses
from windup.fit.execution.batches import compile_batches
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.margins import Margins
from windup.models import Parameter


class Derivatives(NamedTuple):
    """Responses and their derivatives at several points.

    Attributes
    ----------
    value
        Responses.
    per_prior_sd
        Change by one prior standard deviation of a parameter (of its logarithm where the prior is
        log-normal), to first order.
    elasticity
        :math:`\\partial \\log y / \\partial \\log p`; NaN where one of the two has no logarithm.
    """

    value: Float[np.ndarray, "points responses"]
    per_prior_sd: Float[np.ndarray, "points responses parameters"]
    elasticity: Float[np.ndarray, "points responses parameters"]


def with_jacobian(
    function: Callable[[Array], Array],
) -> Callable[[Array], Float[Array, "responses parameters_and_1"]]:
    """A function and its Jacobian, in reverse mode: the integrator defines no other."""

    def both(row: Array) -> Array:
        value, pullback = jax.vjp(function, row)
        (slopes,) = jax.vmap(pullback)(jnp.eye(len(value)))
        return jnp.concatenate([value[:, None], slopes], axis=1)

    return both


def derivatives(
    responses: Responses,
    margins: Margins,
    points: Float[np.ndarray, "points parameters"],
    *,
    progress: Progress = silent,
) -> Derivatives:
    """Derivatives of every response with respect to every parameter at every point."""
    progress("compile", 0, 0, "gradients of all responses")
    program = compile_batches(
        with_jacobian(lambda row: responses.of(margins.values(row))), points.shape[1], batch=1
    )
    slopes = program(points, progress=progress)
    return scaled_derivatives(margins.parameters, points, slopes[..., 0], slopes[..., 1:])


def scaled_derivatives(
    parameters: tuple[Parameter, ...], points: np.ndarray, value: np.ndarray, slope: np.ndarray
) -> Derivatives:
    """Slopes in units of the prior, and as elasticities."""
    positive = np.array([parameter.family == "lognormal" for parameter in parameters])
    scales = np.array([parameter.prior_scale for parameter in parameters])
    by_log = slope * points[:, None, :]
    per_prior_sd = np.where(positive, by_log, slope) * scales
    above = np.where(value > 0.0, value, np.nan)[..., None]
    return Derivatives(value, per_prior_sd, np.where(positive, by_log / above, np.nan))


def local_table(responses: Responses, margins: Margins, at: Derivatives) -> pd.DataFrame:
    """One row per response and parameter: median and central 95 % interval over the points.

    The intervals are of the derivative over draws, and show how far it depends on where it is taken; they are
    no error of it.
    """
    columns: dict[str, np.ndarray] = {}
    for name, draws in (("per_prior_sd", at.per_prior_sd), ("elasticity", at.elasticity)):
        known = np.where(np.isfinite(draws), draws, np.nan)
        some = np.isfinite(known).any(axis=0)
        filled = np.where(some, known, 0.0)
        for suffix, level in (("", 0.5), ("_low_95", 0.025), ("_high_95", 0.975)):
            columns[f"{name}{suffix}"] = np.where(some, np.nanquantile(filled, level, axis=0), np.nan).ravel()
    count = len(margins.names)
    about = {
        "response": np.repeat(responses.names, count),
        "unit": np.repeat(responses.units, count),
        "parameter": np.tile(margins.names, len(responses.names)),
    }
    return pd.DataFrame(about | columns)
