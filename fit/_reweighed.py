"""A model with other prior widths: everything else is that of the model it wraps."""

from __future__ import annotations

import dataclasses
from typing import Any, final

from windup.models import Doses, PainModel, Parameter, Values, Wrapped


@final
class Reweighed(Wrapped):
    """A model whose parameters have priors ``factor`` times as wide.

    Parameters
    ----------
    model
        What it wraps.
    factor
        On the standard deviation of every prior of the mechanism (of the logarithm where it is log-normal);
        medians stay, and so do the priors of the observation model.
    """

    def __init__(self, model: PainModel[Any, Any], factor: float) -> None:
        super().__init__(model)
        self._factor = factor

    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the model, with other widths."""
        return tuple(
            parameter
            if parameter.family == "fixed"
            else dataclasses.replace(parameter, widening=self._factor * parameter.widening)
            for parameter in self._model.parameters()
        )

    def actions(self, doses: Doses, values: Values) -> Any:
        """As the model."""
        return self._model.actions(doses, values)
