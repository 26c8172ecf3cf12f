"""A whole pain model as named formulas: its states, what changes them, and what is read off them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from windup.models.core.base import PainModel
from windup.models.core.parameters import Parameter
from windup.models.core.types import Doses, Drive, Values
from windup.models.formulas.trace import Formula, formulas_of

OUTPUTS = ("pain", "serum_magnesium_mmol_per_L", "csf_magnesium_mmol_per_L")
"""What is read off a state, by the methods of `windup.models.PainModel` of these names."""

_WORDS = re.compile(r"[A-Za-z_]\w*")
_LEAF = re.compile(r"-?[\w.]+|-?[\d.]+e[+-]?\d+")


class ModelFormulas(NamedTuple):
    """Equations of a pain model; every name in a formula is of one of these groups.

    Attributes
    ----------
    model
        Its name.
    parameters
        Parameters that the formulas read, in the order of the model.
    doses
        Constants ``dose_COLUMN`` that the formulas read, by dose column; daily doses in a drug's own unit.
    drives
        Constants ``drive_FIELD`` that the formulas read, by field of `windup.models.Drive`.
    states
        States, with their values in health.
    rules
        Quantities that follow from the others at any time, in an order in which each needs those before it;
        those of `OUTPUTS` among them.
    rates
        Rate of change of every state, per day.
    """

    model: str
    parameters: tuple[Parameter, ...]
    doses: dict[str, str]
    drives: dict[str, str]
    states: dict[str, float]
    rules: tuple[Formula, ...]
    rates: tuple[Formula, ...]


def model_formulas(model: PainModel[Any, Any]) -> ModelFormulas:
    """Write out the equations of a pain model, whatever its mechanism.

    Parameters
    ----------
    model
        A packaged model or one of a user's. Its own methods are traced, so that formulas cannot differ from
        what a fit solves.

    Returns
    -------
    ModelFormulas
        Time in days, pain 0-10.

    Raises
    ------
    NoFormula
        When a method has a part that no formula can say, or two quantities have one name.
    """
    with jax.enable_x64(True):
        health = model.healthy(jnp.zeros(()))
    states = {name: float(value) for name, value in health._asdict().items()}
    doses = {column: f"dose_{column}" for column in model.pharmacology.dose_columns}
    drives = {field: f"drive_{field}" for field in Drive._fields}
    names_of_drive: Any = Drive(**drives)  # type: ignore[arg-type]  # names in place of arrays
    values = {parameter.name: parameter.name for parameter in model.parameters()}

    def quantities(state: Any, drive: Drive, doses: Doses, values: Values) -> dict[str, Any]:
        actions = model.actions(doses, values)
        rates = model.derivative(state, actions, drive, values)
        return {
            **{f"action_{name}": each for name, each in actions._asdict().items()},
            **model.intermediates(state, actions, drive, values),
            "pain": model.pain(state, actions, drive, values),
            "serum_magnesium_mmol_per_L": model.serum_magnesium_mmol_per_L(state, values),
            "csf_magnesium_mmol_per_L": model.csf_magnesium_mmol_per_L(state, values),
            **{_rate(name): each for name, each in rates._asdict().items()},
        }

    found = formulas_of(quantities, type(health)(*states), names_of_drive, doses, values)
    of_rates = {_rate(name): name for name in states}
    rates = tuple(Formula(of_rates[each.name], each.text) for each in found if each.name in of_rates)
    rules = _worth_a_name([each for each in found if each.name not in of_rates], rates)
    read = {word for each in (*rules, *rates) for word in _WORDS.findall(each.text)}
    return ModelFormulas(
        model=model.name,
        parameters=tuple(each for each in model.parameters() if each.name in read),
        doses={column: name for column, name in doses.items() if name in read},
        drives={field: name for field, name in drives.items() if name in read},
        states=states,
        rules=rules,
        rates=tuple(sorted(rates, key=lambda each: list(states).index(each.name))),
    )


def _rate(state: str) -> str:
    return f"rate of {state}"


def _worth_a_name(rules: list[Formula], rates: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """Rules that something reads, and outputs; a number or a second name of something is left out."""
    kept: list[Formula] = []
    read = {word for each in rates for word in _WORDS.findall(each.text)}
    for each in reversed(rules):
        if each.name in OUTPUTS or (each.name in read and not _LEAF.fullmatch(each.text)):
            kept.append(each)
        if each.name in OUTPUTS or each.name in read:
            read |= set(_WORDS.findall(each.text))
    return tuple(reversed(kept))
