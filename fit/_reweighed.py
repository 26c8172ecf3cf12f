"""A model with other prior widths: everything else is that of the model it wraps."""

from __future__ import annotations

import dataclasses
from typing import Any, final

import numpy as np
from jaxtyping import Array, Float

from windup.models import Doses, Drive, Enrolled, PainModel, Parameter, Values

type PerArm = Float[Array, " arms"]


@final
class Reweighed(PainModel[Any, Any]):
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
        self._model = model
        self._factor = factor
        self.name = model.name
        self.loops = model.loops

    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the model, with other widths."""
        return tuple(
            parameter
            if parameter.family == "fixed"
            else dataclasses.replace(parameter, widening=self._factor * parameter.widening)
            for parameter in self._model.parameters()
        )

    def healthy(self, like: PerArm) -> Any:
        """As the model."""
        return self._model.healthy(like)

    def fallen_ill(self, drive: Drive, values: Values) -> Any:
        """As the model."""
        return self._model.fallen_ill(drive, values)

    def actions(self, doses: Doses, values: Values) -> Any:
        """As the model."""
        return self._model.actions(doses, values)

    def derivative(self, state: Any, actions: Any, drive: Drive, values: Values) -> Any:
        """As the model."""
        return self._model.derivative(state, actions, drive, values)

    def linear_rates(self, values: Values) -> Any:
        """As the model."""
        return self._model.linear_rates(values)

    def limits(self) -> tuple[Any, Any]:
        """As the model."""
        return self._model.limits()

    def pain(self, state: Any, actions: Any, drive: Drive, values: Values) -> PerArm:
        """As the model."""
        return self._model.pain(state, actions, drive, values)

    def serum_magnesium_mmol_per_L(self, state: Any, values: Values) -> PerArm:
        """As the model."""
        return self._model.serum_magnesium_mmol_per_L(state, values)

    def csf_magnesium_mmol_per_L(self, state: Any, values: Values) -> PerArm:
        """As the model."""
        return self._model.csf_magnesium_mmol_per_L(state, values)

    def loop_gains(self, values: Values) -> tuple[Float[Array, " loop"], Float[Array, ""]]:
        """As the model."""
        return self._model.loop_gains(values)

    def at_enrolment(
        self,
        pain: PerArm,
        central_share: Float[np.ndarray, " arms"],
        habitual_magnesium: Float[np.ndarray, " arms"],
        values: Values,
    ) -> Enrolled[Any]:
        """As the model."""
        return self._model.at_enrolment(pain, central_share, habitual_magnesium, values)

    def margin(self, state: Any, drive: Drive, values: Values) -> PerArm:
        """As the model."""
        return self._model.margin(state, drive, values)
