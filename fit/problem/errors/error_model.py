"""What an error model answers: how likely a study's rows are, and what is drawn for a study."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float
from numpyro import distributions as dist

from windup.fit.design.arrays import Design, Observed
from windup.fit.design.buckets import Bucket
from windup.fit.problem.observation import Expected, Joint, Nuisance

type Sites = Mapping[str, Array]


class Studies(NamedTuple):
    """The studies of one bucket at one draw.

    Attributes
    ----------
    number
        Of the bucket.
    design, bucket, nuisance
        The design, its bucket, and parameters of the observation model.
    observed, expected
        Data and expectation of all rows, on the scale on which rows have their errors.
    parts
        Residuals and covariance of the bucket's rows.
    """

    number: int
    design: Design
    bucket: Bucket
    nuisance: Nuisance
    observed: Observed
    expected: Expected
    parts: Joint


class StudyEffects(NamedTuple):
    """Effects drawn for the studies of a bucket, and the scale of their errors relative to the stated one."""

    effects: Float[Array, "studies columns"]
    scale: Float[Array, " studies"]


class SimulatedStudies(NamedTuple):
    """Studies drawn anew: precision of each, its effects, and its rows."""

    precision: Float[Array, " studies"]
    effects: Float[Array, "studies columns"]
    rows: Float[Array, "studies rows"]


class GivenOthers(NamedTuple):
    """Rows given the other rows of their study.

    Attributes
    ----------
    log_density
        Of the observed value.
    score, degrees_of_freedom
        Where it lies: a standard Student t, normal where the degrees of freedom are infinite.
    """

    log_density: Float[Array, "studies rows"]
    score: Float[Array, "studies rows"]
    degrees_of_freedom: Float[Array, "studies rows"]


class Suspicion(NamedTuple):
    """Posterior probabilities at one draw.

    Attributes
    ----------
    row
        That a row is the suspect one of its study.
    study
        That the effects of a study come from the wide component.
    """

    row: Float[Array, "studies rows"]
    study: Float[Array, " studies"]


class ErrorModel(ABC):
    """How published rows err, given what a model of pain expects of them.

    All arrays of rows are padded as in `windup.fit.design.buckets.Bucket`; what is given for padding has no
    meaning.
    """

    @property
    @abstractmethod
    def priors(self) -> dict[str, dist.Distribution]:
        """Priors of its own scalar parameters, by name."""

    @abstractmethod
    def buckets(self, design: Design) -> tuple[Bucket, ...]:
        """Studies of a design side by side, with the rows whose errors are normal given scale and effects."""

    @abstractmethod
    def expected(self, design: Design, expected: Expected, nuisance: Nuisance) -> Expected:
        """Expectation of all rows, on the scale on which rows have their errors."""

    @abstractmethod
    def on_error_scale(self, design: Design, observed: Observed) -> Observed:
        """Published estimates on that scale."""

    @abstractmethod
    def published(self, design: Design, values: Float[Array, " rows"]) -> Float[Array, " rows"]:
        """The inverse: values on that scale in the units in which rows are published."""

    @abstractmethod
    def sample_effects(self, design: Design, buckets: tuple[Bucket, ...], draw: Any) -> dict[str, Array]:
        """Sample what this model needs of single studies, by the names of the sites."""

    @abstractmethod
    def log_density(self, studies: tuple[Studies, ...], sites: Sites) -> Array:
        """Log density of all rows of all buckets, and of what was sampled for studies."""

    @abstractmethod
    def study_log_density(self, studies: Studies) -> Float[Array, " studies"]:
        """Joint log density of the ``row`` rows of each study."""

    @abstractmethod
    def given_others(self, studies: Studies) -> GivenOthers:
        """Each of the ``row`` rows given the others of its study."""

    @abstractmethod
    def effects_given_rows(self, rng_key: Array, studies: Studies, sites: Sites) -> StudyEffects:
        """Draw the effects of each study given its rows; those that were sampled are as they are."""

    @abstractmethod
    def error(
        self, rng_key: Array, studies: Studies, scale: Float[Array, " studies"]
    ) -> Float[Array, "studies rows"]:
        """Draw new errors of the rows."""

    @abstractmethod
    def simulate(self, rng_key: Array, studies: Studies) -> SimulatedStudies:
        """Draw effects and rows of each study anew, its data unseen."""

    @abstractmethod
    def log_density_of_some(
        self,
        studies: Studies,
        residual: Float[Array, "points studies rows"],
        some: Bool[np.ndarray, "studies rows"],
    ) -> Float[Array, "points studies"]:
        """Joint log density of some rows of each study, at several residuals."""

    @abstractmethod
    def others_given_some(
        self, rng_key: Array, studies: Studies, some: Bool[np.ndarray, "studies rows"]
    ) -> tuple[Float[Array, "studies rows"], Float[Array, "studies rows"]]:
        """Draw every row given some rows of its study; and a deviation of every row given nothing."""

    @abstractmethod
    def location_covariance(self, studies: Studies) -> Float[Array, "studies rows rows"]:
        """Matrix whose inverse is the Fisher information of the means of each study's rows, or less."""

    @abstractmethod
    def suspicion(self, studies: Studies) -> Suspicion | None:
        """Which rows and studies are suspect; None where the model has no such thing."""

    @abstractmethod
    def new_study_scale(
        self, generator: np.random.Generator, draws: Mapping[str, Any], count: int
    ) -> Float[np.ndarray, " draws"]:
        """Scale of the effects of one new study per draw, relative to the spreads of the draw."""
