"""A pain model as a file of SBML level 3 version 2."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any

from windup.fit.analyses.exchange.libraries import library
from windup.fit.errors import SettingsError
from windup.models import Formula, ModelFormulas, prior_text

LEVEL, VERSION = 3, 2
REMEMBERED = "pain_at_enrolment"
"""What a model for PEtab has beside its equations: the pain that patients began with, which changes count
from. A condition sets it; no equation reads it."""

_SECONDS_PER_DAY = 86400.0
_DRIVES: Mapping[str, str] = MappingProxyType(
    {
        "peripheral": "ongoing drive from damaged tissue or nerve",
        "central": "drive without a peripheral source",
        "injury": "size of the injury at the beginning",
        "habitual_magnesium": "magnesium absorbed from the diet, relative to the customary 1",
    }
)
_UNTREATED: Mapping[str, float] = MappingProxyType({"habitual_magnesium": 1.0})


def sbml_text(formulas: ModelFormulas, nominal: Mapping[str, float], *, version: str) -> str:
    """A model as SBML.

    States are parameters with rate rules, and quantities that follow from them have assignment rules. It
    begins in health, without drugs and without a drive. Doses and drives are constants that whoever simulates
    it sets, also at times between.

    Parameters
    ----------
    formulas
        Its equations.
    nominal
        Values of its parameters by name.
    version
        Of windup, for the notes.

    Returns
    -------
    str
        The XML. Time is in days. Units are words in the notes, no unit definitions, except for the day.

    Raises
    ------
    SettingsError
        When libSBML is not installed.
    """
    libsbml = library("libsbml")
    document = libsbml.SBMLDocument(LEVEL, VERSION)
    model = document.createModel()
    model.setId(formulas.model)
    _note(
        model,
        f"Model '{formulas.model}' of windup {version}, a research model of chronic pain. For research only; "
        "nothing here is medical advice.",
    )
    _days(libsbml, model)
    for parameter in formulas.parameters:
        prior = prior_text(parameter.family, parameter.location, parameter.prior_scale)
        note = (
            f"{parameter.meaning}. Unit: {parameter.unit}. Prior: {prior}. Species: {parameter.species}. "
            f"Source: {parameter.source}"
        )
        _constant(model, parameter.name, nominal[parameter.name], note)
    for column, name in formulas.doses.items():
        _constant(model, name, 0.0, f"Daily dose of {column.replace('_', ' ')}, in the unit of the drug.")
    for field, name in formulas.drives.items():
        _constant(model, name, _UNTREATED.get(field, 0.0), f"Drive: {_DRIVES[field]}.")
    for name, value in formulas.states.items():
        _variable(model, name, f"State; {value:g} in health.").setValue(value)
    _variable(model, REMEMBERED, "Pain at the beginning, for changes; whoever needs it sets it.").setValue(
        0.0
    )
    for rule in formulas.rules:
        _variable(model, rule.name, "")
        _rule(libsbml, model.createAssignmentRule(), rule)
    for rate in formulas.rates:
        _rule(libsbml, model.createRateRule(), rate)
    return str(libsbml.writeSBMLToString(document))


def sbml_faults(text: str) -> tuple[str, ...]:
    """What libSBML's check of consistency finds in a file, one sentence for each; units are not checked."""
    libsbml = library("libsbml")
    document = libsbml.readSBMLFromString(text)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.checkConsistency()
    found = [document.getError(number) for number in range(document.getNumErrors())]
    return tuple(f"line {each.getLine()}: {each.getShortMessage()}" for each in found)


def _days(libsbml: Any, model: Any) -> None:
    definition = model.createUnitDefinition()
    definition.setId("day")
    unit = definition.createUnit()
    unit.setKind(libsbml.UNIT_KIND_SECOND)
    unit.setExponent(1)
    unit.setScale(0)
    unit.setMultiplier(_SECONDS_PER_DAY)
    model.setTimeUnits("day")


def _constant(model: Any, name: str, value: float, note: str) -> None:
    parameter = _parameter(model, name, constant=True)
    parameter.setValue(float(value))
    _note(parameter, note)


def _variable(model: Any, name: str, note: str) -> Any:
    parameter = _parameter(model, name, constant=False)
    if note:
        _note(parameter, note)
    return parameter


def _parameter(model: Any, name: str, *, constant: bool) -> Any:
    parameter = model.createParameter()
    if parameter.setId(name):
        raise SettingsError(
            f"'{name}' is no name in SBML. Use letters without accents, digits and underscores, and no digit "
            "first."
        )
    parameter.setConstant(constant)
    return parameter


def _rule(libsbml: Any, rule: Any, formula: Formula) -> None:
    math = libsbml.parseL3Formula(formula.text)
    if math is None or rule.setMath(math) or rule.setVariable(formula.name):
        raise SettingsError(f"SBML cannot hold '{formula.name} = {formula.text}'.")


def _note(element: Any, text: str) -> None:
    element.setNotes(f'<p xmlns="http://www.w3.org/1999/xhtml">{escape(text, quote=False)}</p>')
