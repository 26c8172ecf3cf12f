"""The drugs that a model knows: their relative doses, and where each acts."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import Literal, Self, final

import jax.numpy as jnp
from jaxtyping import Array, Float

from windup.datasets import Action, Catalogue, Drug
from windup.models.core.parameters import Parameter
from windup.models.core.types import Doses, PerArm, Values

RELIEF = "relief"
"""Target of drugs in a model without a mechanism: points off pain instead of a multiplier."""

DOSE = "dose"
"""Word for a drug that acts with its dose, and not through a slow state."""

# Kinetics that a model computes itself, so that the dose is not its strength's unit.
_OF_FIBRES = "capsaicin"


@final
@dataclass(frozen=True)
class UsualAction:
    """Where a drug acts in a model when no row of ``actions.csv`` names the two.

    Attributes
    ----------
    target, sign
        As of `windup.datasets.Action`.
    prior_sd
        SD of the prior of the strength, which is centred at no effect.
    source
        Where that comes from.
    """

    target: str
    sign: Literal["lowers", "raises"]
    prior_sd: float
    source: str = "expert: centred at no effect; as the packaged drugs of this model"


@final
@dataclass(frozen=True)
class Pharmacology:
    r"""Dose-response and points of action of every drug in one model.

    A drug's relative dose is the E_max dose-response of its daily dose, scaled to 1 at its reference dose
    (`saturating`). Its action multiplies a target by :math:`\exp(\pm s f)` with strength :math:`s`; several
    drugs at one target multiply (Bliss independence), so that combinations add nothing by assumption.

    Attributes
    ----------
    drugs
        Every drug of the catalogue.
    actions
        Those of this model.
    """

    drugs: tuple[Drug, ...]
    actions: tuple[Action, ...]

    @classmethod
    def of(cls, catalogue: Catalogue, model: str, family: str, usual: UsualAction | None) -> Self:
        """Rows of the catalogue that concern a model.

        Parameters
        ----------
        catalogue
            Drugs and their points of action.
        model
            Name of the model.
        family
            Model whose rows hold for a drug that none names with ``model``.
        usual
            What a drug does that no row names; None where it then does nothing.
        """
        actions = [action for action in catalogue.actions if model in action.models]
        named = {drug for action in actions for drug in action.drugs}
        # Drug by drug: a row for one drug in a user's model must leave the family's rows of all others.
        actions += [
            action
            for action in catalogue.actions
            if family in action.models and model not in action.models and not named & {*action.drugs}
        ]
        if usual is not None:
            acting = {drug for action in actions for drug in action.drugs}
            actions += [_usual(drug, model, usual) for drug in catalogue.drugs if drug.name not in acting]
        return cls(catalogue.drugs, tuple(actions))

    @property
    def dose_columns(self) -> tuple[str, ...]:
        """Names under which doses of every drug are looked for."""
        return tuple(dict.fromkeys(column for drug in self.drugs for column in drug.dose_columns))

    @property
    def half_doses(self) -> tuple[Parameter, ...]:
        """Half-maximal doses that are not known."""
        return tuple(
            Parameter(
                name=_half_dose(drug),
                part="dose-response",
                meaning=f"{drug.label}: daily dose at half of the maximal effect",
                unit=drug.unit,
                family="lognormal",
                location=drug.half_dose,
                scale=drug.half_dose_log_sd,
                widening=1.0,
                species="none" if drug.half_dose_source.startswith("expert") else "human",
                source=drug.half_dose_source,
            )
            for drug in self.drugs
            if drug.half_dose is not None and drug.half_dose_log_sd > 0.0
        )

    @property
    def strengths(self) -> tuple[Parameter, ...]:
        """Strength of every action, with a prior that is centred at no effect."""
        by_name = {drug.name: drug for drug in self.drugs}
        return tuple(
            _strength(action, [by_name[name] for name in action.drugs])
            for action in self.actions
            if action.strength
        )

    def no_doses(self, like: Float[Array, ...]) -> Doses:
        """No dose of any drug, in the shape of ``like``."""
        return {column: jnp.zeros_like(like) for column in self.dose_columns}

    def relative(self, doses: Doses, values: Values) -> dict[str, PerArm]:
        """Relative dose by drug: 0 without it, 1 at its reference dose."""
        return {
            drug.name: saturating(
                functools.reduce(operator.add, [doses[column] for column in drug.dose_columns]),
                _half(drug, drug.reference_dose, values),
                reference_dose=drug.reference_dose,
            )
            for drug in self.drugs
            if drug.reference_dose is not None
        }

    def sum_of(self, target: str, relative: dict[str, PerArm], values: Values) -> PerArm:
        r"""Sum :math:`\sum \pm s f` of all drugs that act on a target with their dose; 0 where none does."""
        return _total(
            [
                (1.0 if action.sign == "raises" else -1.0) * values[action.strength] * relative[drug]
                for action in self.actions
                if action.target == target and action.through == DOSE and action.strength
                for drug in action.drugs
            ],
            relative,
        )

    def multiplier(self, target: str, relative: dict[str, PerArm], values: Values) -> PerArm:
        r"""Factor :math:`\exp(\sum \pm s f)` of all drugs that act on a target with their dose."""
        return jnp.exp(self.sum_of(target, relative, values))

    def fed(self, state: str, relative: dict[str, PerArm]) -> PerArm:
        """Sum of the relative doses of all drugs that feed a slow state; 0 where none does."""
        return _total(
            [
                relative[drug]
                for action in self.actions
                if action.sign == "feeds" and action.target == state
                for drug in action.drugs
            ],
            relative,
        )


def saturating(
    dose: Float[Array, " ..."], half_maximal_dose: Float[Array, " ..."] | float, *, reference_dose: float
) -> Float[Array, " ..."]:
    r"""E_max dose-response, scaled to 1 at the reference dose.

    .. math:: f(d) = \frac{d}{d + d_{50}} \cdot \frac{d_{ref} + d_{50}}{d_{ref}}

    Parameters
    ----------
    dose, half_maximal_dose, reference_dose
        Daily doses, all in the drug's own unit.

    Returns
    -------
    Array
        0 without drug, 1 at ``reference_dose``, at most ``(reference + d50) / reference``.
    """
    return dose / (dose + half_maximal_dose) * ((reference_dose + half_maximal_dose) / reference_dose)


def _total(terms: list[PerArm], relative: dict[str, PerArm]) -> PerArm:
    if not terms:
        return jnp.zeros_like(next(iter(relative.values())))
    return functools.reduce(operator.add, terms)


def _half(drug: Drug, reference_dose: float, values: Values) -> Array | float:
    if drug.half_dose is None:
        return reference_dose
    return values[_half_dose(drug)] if drug.half_dose_log_sd > 0.0 else drug.half_dose


def _half_dose(drug: Drug) -> str:
    return f"{drug.name}_half_dose"


def _usual(drug: Drug, model: str, usual: UsualAction) -> Action:
    return Action(
        models=(model,),
        drugs=(drug.name,),
        through=DOSE,
        target=usual.target,
        sign=usual.sign,
        strength=f"{drug.name}_{usual.target}",
        prior_sd=usual.prior_sd,
        source=usual.source,
    )


def _strength(action: Action, drugs: list[Drug]) -> Parameter:
    labels = " and ".join(drug.label for drug in drugs)
    reference = ", ".join(f"{drug.reference_dose:g} {drug.unit}" for drug in drugs if drug.reference_dose)
    if action.target == RELIEF:
        unit = "NRS points at the reference dose"
    elif action.through == _OF_FIBRES:
        unit = "log multiplier"
    else:
        unit = "log multiplier at the reference dose"
    return Parameter(
        name=action.strength,
        part=action.part or "own drugs",
        meaning=action.meaning or f"{labels} on {action.target} (reference {reference})",
        unit=unit,
        family="normal",
        location=0.0,
        scale=action.prior_sd,
        widening=action.widening,
        species=action.species,
        source=action.source,
    )
