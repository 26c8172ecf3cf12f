"""A model and the data it is fitted to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from windup.fit.design.arrays import Design, Observed
from windup.fit.design.buckets import Bucket
from windup.fit.problem.drug_responses import Responding
from windup.models import Course, PainModel, Values, solve

type Draw = dict[str, Array]
type Solve = Callable[..., Course]


class Problem(NamedTuple):
    """A model and the data it is fitted to.

    Attributes
    ----------
    model
        Any `windup.models.PainModel`.
    design, buckets
        What is known before any parameter is drawn, as arrays.
    observed
        The data of the likelihood, which may be traced.
    drugs
        Drugs with a between-study spread, in order.
    drug_index
        Per study and drug column, the drug's index (0 where the column is empty: its loads are 0).
    responding
        Drugs that are sampled by their effect on pain.
    solve
        From patients at enrolment to visits: `windup.models.solve`, or another with its signature.
    """

    model: PainModel[Any, Any]
    design: Design
    observed: Observed
    buckets: tuple[Bucket, ...]
    drugs: tuple[str, ...]
    drug_index: Int[np.ndarray, "studies columns"]
    responding: tuple[Responding, ...]
    solve: Solve = solve


def values_of(problem: Problem, draw: Draw) -> Values:
    """Parameters of the mechanism, fixed ones included."""
    return {
        parameter.name: draw[parameter.name]
        if parameter.family != "fixed"
        else jnp.asarray(parameter.location)
        for parameter in problem.model.parameters()
    }
