"""A model and the data it is fitted to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from windup.fit.design.arrays import Design, Observed
from windup.fit.design.buckets import Bucket
from windup.fit.problem.drug_responses import Responding
from windup.fit.problem.errors.error_model import ErrorModel
from windup.fit.problem.errors.student_t import STUDENT_T
from windup.fit.problem.errors.within_hours.rows import HoursRows
from windup.fit.problem.people.one_patient import ONE_PATIENT
from windup.fit.problem.people.people import People
from windup.models import Course, PainModel, Values, solve

type Draw = dict[str, Array]
type Solve = Callable[..., Course]


class ChosenPrior(NamedTuple):
    """What a user chose for a parameter of the observation model; all arrays have its shape.

    Attributes
    ----------
    family, location, scale
        As of `windup.fit.settings.priors.Prior`.
    free
        Which elements are sampled.
    values
        Values of the others.
    """

    family: str
    location: np.ndarray
    scale: np.ndarray
    free: np.ndarray
    values: np.ndarray


class Change(NamedTuple):
    """A parameter that is not as windup brings it, in words for a table."""

    parameter: str
    unit: str
    packaged: str
    chosen: str
    is_fixed: bool
    is_strength: bool = False


class Chosen(NamedTuple):
    """What a user chose in place of the packaged priors.

    Attributes
    ----------
    observation
        Parameters of the observation model by name; those of the mechanism are in the model.
    changes
        All of it in words.
    """

    observation: Mapping[str, ChosenPrior] = {}
    changes: tuple[Change, ...] = ()

    @property
    def fixed(self) -> tuple[str, ...]:
        """Names of what is fixed; an element of a vector has its label in brackets."""
        return tuple(change.parameter for change in self.changes if change.is_fixed)


AS_PACKAGED = Chosen()


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
    chosen
        What a user chose in place of the packaged priors.
    errors
        How published rows err; ``buckets`` are those that it needs.
    people
        What the patients of an arm are.
    hours
        Rows of minutes to hours, with their data; None without the block ``within_hours``.
    """

    model: PainModel[Any, Any]
    design: Design
    observed: Observed
    buckets: tuple[Bucket, ...]
    drugs: tuple[str, ...]
    drug_index: Int[np.ndarray, "studies columns"]
    responding: tuple[Responding, ...]
    solve: Solve = solve
    chosen: Chosen = AS_PACKAGED
    errors: ErrorModel = STUDENT_T
    people: People = ONE_PATIENT
    hours: HoursRows | None = None


def values_of(problem: Problem, draw: Draw) -> Values:
    """Parameters of the mechanism, fixed ones included."""
    return {
        parameter.name: draw[parameter.name]
        if parameter.family != "fixed"
        else jnp.asarray(parameter.location)
        for parameter in problem.model.parameters()
    }


def completed(problem: Problem, draw: Draw) -> Draw:
    """One draw with the fixed parameters of the observation model, and its vectors whole.

    A draw that is whole already is given back as it is.
    """
    whole = dict(draw)
    for name, prior in problem.chosen.observation.items():
        if prior.free.all() or (name in draw and jnp.shape(draw[name]) == prior.free.shape):
            continue
        values = jnp.asarray(prior.values)
        whole[name] = values.at[np.flatnonzero(prior.free)].set(draw[name]) if prior.free.any() else values
    return whole
