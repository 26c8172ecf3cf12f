"""Which drugs are sampled by their effect on pain, and how their strengths follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpyro import distributions as dist

from windup.models import Enrolled, PainModel, Parameter, Values, free, leverage

from ._design import Design

# With fewer arms than this the prior says more of a drug than the data, and its strength is the better
# coordinate.
_LEAST_ARMS = 3

# First word of a strength, where it is not the name of its column of doses.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "gabapentin": ("gabapentin_bioavailable",),
    "magnesium": ("magnesium_oral", "magnesium_intravenous"),
    "capsaicin": ("capsaicin_patch", "capsaicin_cream"),
    "movement": ("exercise_aerobic",),
    "resistance": ("exercise_resistance",),
}


class Responding(NamedTuple):
    """A drug that the data inform: its main strength, and its other ones."""

    main: Parameter
    others: tuple[str, ...]

    @property
    def site(self) -> str:
        """Name under which its response is sampled."""
        return f"{self.main.name}_response"


def responding_drugs(model: PainModel[Any, Any], design: Design) -> tuple[Responding, ...]:
    """Drugs of the model with enough used arms, for models in which loops stand between drug and pain."""
    if not model.loops:
        return ()
    drugs: dict[str, list[Parameter]] = {}
    for parameter in free(model.parameters()):
        if parameter.is_strength:
            drugs.setdefault(parameter.name.split("_")[0], []).append(parameter)
    found = []
    for word, strengths in drugs.items():
        columns = (getattr(design.schedule.doses, name) for name in _COLUMNS.get(word, (word,)))
        arms = np.any([np.any(column != 0.0, axis=0) for column in columns], axis=0)
        if np.sum(arms) >= _LEAST_ARMS:
            main = max(strengths, key=lambda parameter: parameter.prior_scale)
            found.append(Responding(main, tuple(p.name for p in strengths if p is not main)))
    return tuple(found)


def leverages(
    model: PainModel[Any, Any], drugs: tuple[Responding, ...], patient: Enrolled[Any], values: Values
) -> Values:
    """Leverage of every strength of these drugs; ``values`` need not hold the main ones."""
    names = tuple(name for drug in drugs for name in (drug.main.name, *drug.others))
    return leverage(model, patient, values, names) if names else {}


def response_prior(drug: Responding, values: Values, by: Values) -> dist.Distribution:
    r"""Prior of the response :math:`\sum_p A_p s_p` given the other strengths: the main one's, moved."""
    own = by[drug.main.name]
    return dist.Normal(drug.main.location * own + _of_others(drug, values, by), drug.main.prior_scale * own)


def main_strength(drug: Responding, response: Array, values: Values, by: Values) -> Array:
    """The main strength that gives a response."""
    return (response - _of_others(drug, values, by)) / by[drug.main.name]


def _of_others(drug: Responding, values: Values, by: Values) -> Array:
    return sum((by[name] * values[name] for name in drug.others), start=jnp.zeros(()))
