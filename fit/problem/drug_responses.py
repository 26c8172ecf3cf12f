"""Which drugs are sampled by their effect on pain, and how their strengths follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpyro import distributions as dist

from windup.fit.design.arrays import Design
from windup.models import Enrolled, PainModel, Parameter, Values, free, leverages_of

# With fewer arms than this the prior says more of a drug than the data, and its strength is the better
# coordinate.
_LEAST_ARMS = 3


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
    strengths = {parameter.name: parameter for parameter in free(model.parameters())}
    columns = {drug.name: drug.dose_columns for drug in model.pharmacology.drugs}
    by_drug: dict[tuple[str, ...], list[Parameter]] = {}
    for action in model.pharmacology.actions:
        if action.strength in strengths:
            by_drug.setdefault(action.drugs, []).append(strengths[action.strength])
    responding = []
    for drugs, mine in by_drug.items():
        doses = [design.schedule.doses[column] for drug in drugs for column in columns[drug]]
        arms = np.any([np.any(dose != 0.0, axis=0) for dose in doses], axis=0)
        # The response is normal given the other strengths only where the main strength is.
        normal = [parameter for parameter in mine if parameter.family == "normal"]
        if normal and np.sum(arms) >= _LEAST_ARMS:
            main = max(normal, key=lambda parameter: parameter.prior_scale)
            responding.append(Responding(main, tuple(p.name for p in mine if p is not main)))
    return tuple(responding)


class Leverages(NamedTuple):
    """Leverage :math:`A_p` of every strength of the responding drugs: main ones, then all others."""

    main: Float[Array, " drugs"]
    others: Float[Array, " others"]


def leverages(
    model: PainModel[Any, Any], drugs: tuple[Responding, ...], patient: Enrolled[Any], values: Values
) -> Leverages:
    """Leverage of every strength of these drugs; ``values`` need not hold the main ones."""
    names = (*(drug.main.name for drug in drugs), *(name for _, name in _others(drugs)))
    stacked = leverages_of(model, patient, values, names) if names else jnp.zeros(0)
    return Leverages(*jnp.split(stacked, [len(drugs)]))


def response_priors(
    drugs: tuple[Responding, ...], values: Values, by: Leverages
) -> tuple[dist.Distribution, ...]:
    r"""Prior of every response :math:`\sum_p A_p s_p` given the other strengths: the main one's, moved."""
    location = by.main * np.array([drug.main.location for drug in drugs]) + _of_others(drugs, values, by)
    scale = by.main * np.array([drug.main.prior_scale for drug in drugs])
    return tuple(dist.Normal(*each) for each in zip(location, scale, strict=True))


def main_strengths(
    drugs: tuple[Responding, ...], responses: Mapping[str, Array], values: Values, by: Leverages
) -> Values:
    """The main strengths that give the responses, which have the names of their sites."""
    strengths = (_vector(responses[drug.site] for drug in drugs) - _of_others(drugs, values, by)) / by.main
    return dict(zip((drug.main.name for drug in drugs), strengths, strict=True))


def _others(drugs: tuple[Responding, ...]) -> list[tuple[int, str]]:
    return [(number, name) for number, drug in enumerate(drugs) for name in drug.others]


def _of_others(drugs: tuple[Responding, ...], values: Values, by: Leverages) -> Array:
    # Of all drugs at once: a program for every one would be a hundred of them.
    drug_of = np.eye(len(drugs))[:, [number for number, _ in _others(drugs)]]
    of_others: Array = jnp.asarray(drug_of) @ (
        by.others * _vector(values[name] for _, name in _others(drugs))
    )
    return of_others


def _vector(scalars: Iterable[Array]) -> Array:
    values = list(scalars)
    return jnp.stack(values) if values else jnp.zeros(0)
