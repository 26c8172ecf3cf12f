"""Values of a mechanism's parameters by the quantiles of each: of its prior, or of its posterior alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.stats import norm

from windup.fit.problem.problem import Draw
from windup.models import PainModel, Parameter, Values, free


@final
@dataclass(frozen=True, eq=False)
class Margins:
    """Where each free parameter of a mechanism lies, one by one.

    Attributes
    ----------
    parameters
        Those with a prior.
    fixed
        The others, by name.
    posterior
        Posterior draws, one column per parameter; None where the prior is meant.
    """

    parameters: tuple[Parameter, ...]
    fixed: dict[str, float]
    posterior: Float[np.ndarray, "draws parameters"] | None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of every table."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def source(self) -> str:
        """Which margins they are."""
        return "prior" if self.posterior is None else "posterior"

    def at(
        self, place: Float[np.ndarray, "points parameters"], *, central: float = 1.0
    ) -> Float[np.ndarray, "points parameters"]:
        """Parameters at places between 0 and 1 of the ``central`` share of each margin."""
        level = 0.5 * (1.0 - central) + central * place
        if self.posterior is not None:
            pairs = zip(self.posterior.T, level.T, strict=True)
            return np.stack([np.quantile(draws, each) for draws, each in pairs], axis=1)
        return self.of_scores(np.asarray(norm.ppf(level)))

    def of_scores(
        self, score: Float[np.ndarray, "points parameters"]
    ) -> Float[np.ndarray, "points parameters"]:
        """Parameters that lie ``score`` prior standard deviations from the prior's median."""
        columns = []
        for parameter, each in zip(self.parameters, score.T, strict=True):
            step = parameter.prior_scale * each
            moves = parameter.family == "lognormal"
            columns.append(parameter.location * np.exp(step) if moves else parameter.location + step)
        return np.stack(columns, axis=1)

    def draws(self, count: int, *, seed: int) -> Float[np.ndarray, "draws parameters"]:
        """Draws of the prior, or of the joint posterior, at most ``count``."""
        if self.posterior is None:
            shape = count, len(self.parameters)
            return self.of_scores(np.random.default_rng(seed).standard_normal(shape))
        places = np.linspace(0, len(self.posterior) - 1, min(count, len(self.posterior))).astype(int)
        chosen: np.ndarray = self.posterior[places]
        return chosen

    @property
    def medians(self) -> Float[np.ndarray, " parameters"]:
        """Median of each parameter."""
        middle: np.ndarray = self.at(np.full((1, len(self.parameters)), 0.5))[0]
        return middle

    def values(self, row: Float[Array, " parameters"]) -> Values:
        """What a model takes, of one row of any of these tables."""
        by_name = {name: row[number] for number, name in enumerate(self.names)}
        return by_name | {name: jnp.asarray(value) for name, value in self.fixed.items()}


def prior_margins(model: PainModel[Any, Any]) -> Margins:
    """Margins of the prior of a model."""
    return _margins(model, None)


def posterior_margins(model: PainModel[Any, Any], draws: Draw) -> Margins:
    """Margins of posterior draws by name, draws in front."""
    names = [parameter.name for parameter in free(model.parameters())]
    return _margins(model, np.stack([np.asarray(draws[name]) for name in names], axis=1))


def _margins(model: PainModel[Any, Any], posterior: np.ndarray | None) -> Margins:
    fixed = {each.name: each.location for each in model.parameters() if each.family == "fixed"}
    return Margins(free(model.parameters()), fixed, posterior)
