"""A model that is another one but for its parameters or the actions of its drugs."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Array, Float

from windup.models.core.base import PainModel
from windup.models.core.types import Doses, Drive, Enrolled, PerArm, Values


class Wrapped(PainModel[Any, Any]):
    """Abstract; states, equations and what is read off them are those of the model it wraps."""

    def __init__(self, model: PainModel[Any, Any]) -> None:
        self._model = model
        self.name = model.name
        self.loops = model.loops
        self.pharmacology = model.pharmacology

    def loop_strengths(self) -> tuple[str, ...]:
        """As the model."""
        return self._model.loop_strengths()

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

    def intermediates(self, state: Any, actions: Any, drive: Drive, values: Values) -> dict[str, PerArm]:
        """As the model."""
        return self._model.intermediates(state, actions, drive, values)

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
