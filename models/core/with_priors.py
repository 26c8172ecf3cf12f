"""A model with other priors, or fixed values, of some parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from windup.models.core.base import PainModel
from windup.models.core.parameters import Parameter
from windup.models.core.wrapped import Wrapped


@final
class WithPriors(Wrapped):
    """A model of which only priors and fixed values differ; its equations are those of the model it wraps.

    Parameters
    ----------
    model
        The model.
    chosen
        By name, the parameters that take the place of the model's own. One with the family ``fixed`` is a
        number and is not sampled.

    Attributes
    ----------
    model
        The model that it wraps.
    chosen
        The same.
    """

    def __init__(self, model: PainModel[Any, Any], chosen: Mapping[str, Parameter]) -> None:
        super().__init__(model)
        self.model = model
        self.chosen = dict(chosen)

    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the model, with the chosen ones in their places."""
        return tuple(self.chosen.get(parameter.name, parameter) for parameter in self.model.parameters())

    def strengths_at_rest(self) -> tuple[str, ...]:
        """As the model: a strength that is fixed or has another prior is a strength still."""
        return self.model.strengths_at_rest()
