"""Errors of measurements as distributions of numpyro."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpyro.distributions as dist
from jax import Array
from numpyro.distributions.transforms import ExpTransform

from windup.fit.analyses.petab.tables.contents import Observable

_LN_10 = math.log(10.0)


def error_distribution(observable: Observable, expected: Array, scale: Array) -> dist.Distribution:
    r"""Distribution of measurements.

    With the expected value :math:`y` and the scale :math:`\sigma`: a normal or Laplace distribution around
    :math:`y`, or of :math:`\ln m` around :math:`\ln y`. An error on the decadic scale is
    :math:`\ln(10)\,\sigma` on the natural one, and the density is always that of the measurement :math:`m`
    itself.

    Parameters
    ----------
    observable
        Says which.
    expected, scale
        Of each measurement, ``(measurements,)``.
    """
    # Where a solve fails nothing is a number; that is a density, and no error of an argument.
    if not observable.family.startswith("log-"):
        plain: dict[str, Any] = {"normal": dist.Normal, "laplace": dist.Laplace}
        made: dist.Distribution = plain[observable.family](expected, scale, validate_args=False)
        return made
    scale = _LN_10 * scale if observable.decadic else scale
    if observable.family == "log-normal":
        return dist.LogNormal(jnp.log(expected), scale, validate_args=False)
    return dist.TransformedDistribution(
        dist.Laplace(jnp.log(expected), scale, validate_args=False), ExpTransform(), validate_args=False
    )
