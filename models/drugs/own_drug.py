"""A drug that the packaged models do not know, at a point of action of any of them."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from jax import numpy as jnp
from jaxtyping import Array, Float

from windup.models.core.base import PainModel
from windup.models.core.parameters import Parameter
from windup.models.core.types import Doses, Drive, Enrolled, PerArm, Values
from windup.models.drugs.dose_response import saturating


class Wrapped(PainModel[Any, Any]):
    """Abstract; states, equations and what is read off them are those of the model it wraps."""

    def __init__(self, model: PainModel[Any, Any]) -> None:
        self._model = model
        self.name = model.name
        self.loops = model.loops

    def healthy(self, like: PerArm) -> Any:
        """As the model."""
        return self._model.healthy(like)

    def fallen_ill(self, drive: Drive, values: Values) -> Any:
        """As the model."""
        return self._model.fallen_ill(drive, values)

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


OWN = "own"
"""Field of `windup.models.Doses`, and word of the tables, for a drug that windup does not know."""


# Log multiplier as of the packaged drugs: a factor of 1.6 either way; points for models without a mechanism.
_SCALE, _POINTS_SCALE = 0.5, 1.5


_POINTS = "relief"


@final
class WithDrug(Wrapped):
    r"""A model with one more drug, which the tables of trials call ``own``.

    At dose :math:`d`, in usual daily doses, it multiplies its target by :math:`\exp(\mp s f(d))` with
    :math:`f = 2 d / (1 + d)`, as the packaged drugs do; :math:`s > 0` is meant to lower pain. In a model
    without a mechanism it takes :math:`s f(d)` points off.

    Parameters
    ----------
    model
        What it is added to.
    acts_on
        Point of action: a multiplier of the model's actions (`windup.models.Actions` of the cascade:
        ``input``, ``kinase``, ``microglia``, …; ``input`` of `Turnover` and `SingleLoop`), or ``relief`` of
        `TimeCourse`.
    raises
        Whether the drug helps by raising its target (glutathione) instead of lowering it.
    scale
        SD of the prior of :math:`s`, which is centred at no effect: 0.5 for multipliers, 1.5 points for
        ``relief``.
    source
        Where that prior comes from.

    Raises
    ------
    ValueError
        When the model has no such point of action.

    Examples
    --------
    >>> from windup.models import Cascade
    >>> WithDrug(Cascade(), "microglia").parameters()[-1].name
    'own_microglia'
    """

    def __init__(
        self,
        model: PainModel[Any, Any],
        acts_on: str,
        *,
        raises: bool = False,
        scale: float | None = None,
        source: str = "expert: centred at no effect",
    ) -> None:
        super().__init__(model)
        points = _points_of_action(model)
        if acts_on not in points:
            raise ValueError(f"'{acts_on}' is no point of action of '{model.name}'; use {', '.join(points)}.")
        self._acts_on, self._sign = acts_on, 1.0 if raises else -1.0
        in_points = acts_on == _POINTS
        self._strength = Parameter(
            name=f"{OWN}_{acts_on}",
            part="own drug",
            meaning=f"strength of the drug '{OWN}' at {acts_on}",
            unit="NRS points at the reference dose" if in_points else "log multiplier at the reference dose",
            family="normal",
            location=0.0,
            scale=scale or (_POINTS_SCALE if in_points else _SCALE),
            widening=1.0,
            species="none",
            source=source,
        )

    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the model, and the strength of the drug."""
        return (*self._model.parameters(), self._strength)

    def actions(self, doses: Doses, values: Values) -> Any:
        """Those of the model, with the drug at its point of action."""
        acted = self._model.actions(doses, values)
        strength = values[self._strength.name] * saturating(doses.own, 1.0, reference_dose=1.0)
        target = getattr(acted, self._acts_on)
        if self._acts_on == _POINTS:
            return acted._replace(**{_POINTS: target + strength})
        return acted._replace(**{self._acts_on: target * jnp.exp(self._sign * strength)})


def _points_of_action(model: PainModel[Any, Any]) -> tuple[str, ...]:
    """Multipliers, which are 1 without a drug, and relief in points."""
    values = {parameter.name: jnp.asarray(parameter.location) for parameter in model.parameters()}
    untreated = model.actions(Doses(*(jnp.zeros(()) for _ in Doses._fields)), values)
    return tuple(
        name for name, value in untreated._asdict().items() if name == _POINTS or float(value) == 1.0
    )
