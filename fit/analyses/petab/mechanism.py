"""The equations of an SBML model as formulas of names; what is not supported is refused by its element."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

from windup.fit.analyses.exchange.libraries import library
from windup.fit.analyses.petab.formulas.formula import (
    Formula,
    NotTranslated,
    combined,
    constant,
    named,
    ordered,
    unknown_names,
)
from windup.fit.analyses.petab.formulas.sbml_formulas import sbml_formula
from windup.fit.analyses.petab.formulas.sympy_formulas import TIME
from windup.fit.analyses.petab.tables.cells import Faults
from windup.fit.analyses.petab.tables.contents import Place


class Mechanism(NamedTuple):
    """Equations of a model.

    Attributes
    ----------
    states
        What has a rate of change.
    constants
        What is constant between changes of an experiment.
    initial
        Formula of each of both at the beginning.
    rules
        What follows from them at any time, in an order in which each reads only what stands before it; rates
        of reactions are among them.
    rates
        Change of each state per unit of time.
    order
        Initial values and rules in an order in which they can be computed at the beginning.
    switches
        Times at which a formula changes at once.
    """

    states: tuple[str, ...]
    constants: tuple[str, ...]
    initial: Mapping[str, Formula]
    rules: Mapping[str, Formula]
    rates: Mapping[str, Formula]
    order: tuple[str, ...]
    switches: tuple[Formula, ...]


def read_mechanism(path: Path, parameters: Set[str], changed: Set[str], faults: Faults) -> Mechanism | None:
    """Equations of an SBML file.

    Parameters
    ----------
    path
        Of the file.
    parameters
        Identifiers of the table of parameters: they replace values of the model.
    changed
        What every experiment gives a value at its beginning.
    faults
        Takes everything that is not supported.

    Returns
    -------
    Mechanism or None
        None where there are faults.
    """
    before = len(faults.found)
    libsbml = library("libsbml")
    document = libsbml.readSBMLFromFile(str(path))
    errors = [document.getError(number) for number in range(document.getNumErrors())]
    for error in errors:
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            faults.add(Place(path.name, error.getLine()), error.getShortMessage() + ".", "Mend the file.")
    model = document.getModel()
    if model is None or len(faults.found) > before:
        if model is None and len(faults.found) == before:
            faults.add(Place(path.name, 0), "There is no model in the file.", "Name an SBML file.")
        return None
    reader = _Reader(path.name, model, parameters, changed, faults)
    reader.refuse()
    for conversion in ("expandFunctionDefinitions", "promoteLocalParameters"):
        properties = libsbml.ConversionProperties()
        properties.addOption(conversion, True)
        if document.convert(properties) != libsbml.LIBSBML_OPERATION_SUCCESS:
            faults.add(Place(path.name, 0), f"libSBML cannot carry out {conversion}.", "Simplify the model.")
    found = reader.read()
    return None if len(faults.found) > before else found


class _Reader:
    """One reading of a model."""

    def __init__(
        self, file: str, model: Any, parameters: Set[str], changed: Set[str], faults: Faults
    ) -> None:
        self.file, self.model, self.parameters, self.faults = file, model, parameters, faults
        self.given = {*parameters, *changed}

    def place(self, element: Any) -> Place:
        return Place(self.file, element.getLine())

    def formula(self, element: Any, of: str) -> Formula:
        node = element.getMath()
        try:
            if node is None:
                raise NotTranslated("a formula is missing")
            return sbml_formula(node)
        except NotTranslated as reason:
            self.faults.add(self.place(element), f"{of}: {reason}.", "Write the model without it.")
            return constant(float("nan"))

    def refuse(self) -> None:
        """Note what is not supported at all."""
        model = self.model
        for event in model.getListOfEvents():
            self.faults.add(
                self.place(event),
                f"The event '{event.getId()}' is not supported.",
                "Write it as periods of an experiment (PEtab version 2), or as a piecewise formula of time.",
            )
        for rule in model.getListOfRules():
            if rule.isAlgebraic():
                found = "An algebraic rule is not supported."
                self.faults.add(self.place(rule), found, "Solve it for its variable.")
            elif model.getCompartment(rule.getVariable()) is not None:
                self.faults.add(
                    self.place(rule),
                    f"The compartment '{rule.getVariable()}' changes by a rule, which is not supported.",
                    "Write amounts instead of concentrations.",
                )
        converted = [model, *model.getListOfSpecies()]
        for element in (each for each in converted if each.isSetConversionFactor()):
            self.faults.add(self.place(element), "A conversion factor is not supported.", "Remove it.")

    def read(self) -> Mechanism:
        model = self.model
        rules = {
            rule.getVariable(): self.formula(rule, f"Rule of '{rule.getVariable()}'")
            for rule in model.getListOfRules()
            if rule.isAssignment()
        }
        reactions = dict(self._reactions())
        rates = self._rates()
        assigned = {
            each.getSymbol(): self.formula(each, f"Initial assignment of '{each.getSymbol()}'")
            for each in model.getListOfInitialAssignments()
        }
        initial = {name: each for name, each in self._values() if name not in rules}
        initial |= {name: each for name, each in assigned.items() if name not in rules}
        self._without_value({*rules, *assigned})
        states = tuple(name for name in initial if name in rates)
        constants = tuple(name for name in initial if name not in rates)
        known = {TIME, *initial, *rules, *reactions, *self.parameters}
        for name in unknown_names(
            [*rules.values(), *reactions.values(), *rates.values(), *initial.values()], known
        ):
            self.faults.add(
                Place(self.file, 0), f"Formulas read '{name}', which has no value.", "Give it one."
            )
        order, circle = ordered({**initial, **rules, **reactions})
        sequence, later = ordered({**rules, **reactions})
        if circle or later:
            names = ", ".join(circle or later)
            found = f"The formulas of {names} read each other in a circle."
            self.faults.add(Place(self.file, 0), found, "Solve them for one of the names.")
        both = {**rules, **reactions}
        switches = [each for part in (*both.values(), *rates.values()) for each in part.switches]
        return Mechanism(
            states,
            constants,
            initial,
            {name: both[name] for name in sequence},
            rates,
            tuple(order),
            tuple(switches),
        )

    def _values(self) -> Iterator[tuple[str, Formula]]:
        """Initial values that elements carry themselves."""
        model = self.model
        for each in model.getListOfCompartments():
            yield each.getId(), constant(each.getSize() if each.isSetSize() else 1.0)
        for each in model.getListOfParameters():
            yield each.getId(), constant(each.getValue() if each.isSetValue() else float("nan"))
        for each in model.getListOfSpecies():
            volume = named(each.getCompartment())
            amounts = each.getHasOnlySubstanceUnits()
            if each.isSetInitialConcentration():
                value = constant(each.getInitialConcentration())
                yield each.getId(), combined(_times, value, volume) if amounts else value
            elif each.isSetInitialAmount():
                value = constant(each.getInitialAmount())
                yield each.getId(), value if amounts else combined(_divided, value, volume)
            else:
                yield each.getId(), constant(float("nan"))

    def _without_value(self, computed: Set[str]) -> None:
        """Note what has no value: nowhere in the model, nor in the tables."""
        for each in self.model.getListOfSpecies():
            if not each.isSetInitialConcentration() and not each.isSetInitialAmount():
                self._needs_value(each, "species", computed)
        for each in self.model.getListOfParameters():
            if not each.isSetValue():
                self._needs_value(each, "parameter", computed)

    def _needs_value(self, element: Any, what: str, computed: Set[str]) -> None:
        name = element.getId()
        if name not in computed and name not in self.given:
            self.faults.add(
                self.place(element),
                f"The {what} '{name}' has no value at the beginning.",
                "Give it one in the model, in the table of parameters or in every condition.",
            )

    def _reactions(self) -> Iterator[tuple[str, Formula]]:
        for reaction in self.model.getListOfReactions():
            law = reaction.getKineticLaw()
            if law is None:
                found = f"The reaction '{reaction.getId()}' has no kinetic law."
                self.faults.add(self.place(reaction), found, "Give it one.")
            else:
                yield reaction.getId(), self.formula(law, f"Kinetic law of '{reaction.getId()}'")

    def _rates(self) -> dict[str, Formula]:
        """Rate of change of every state: of concentrations where the symbol stands for one."""
        model, sums = self.model, dict[str, list[tuple[float, str]]]()
        for reaction in model.getListOfReactions():
            sides = ((-1.0, reaction.getListOfReactants()), (1.0, reaction.getListOfProducts()))
            for sign, references in sides:
                for each in references:
                    if (
                        each.isSetStoichiometryMath()
                        or model.getInitialAssignment(each.getId() or "-") is not None
                        or model.getRule(each.getId() or "-") is not None
                    ):
                        found = f"The stoichiometry of '{each.getSpecies()}' is a formula."
                        self.faults.add(self.place(each), found, "Write a number.")
                    number = each.getStoichiometry()
                    number = 1.0 if number != number else number
                    sums.setdefault(each.getSpecies(), []).append((sign * number, reaction.getId()))
        rates = {}
        for name, terms in sums.items():
            species = model.getSpecies(name)
            if species is None or species.getBoundaryCondition() or species.getConstant():
                continue
            total = combined(_weighted([each for each, _ in terms]), *(named(each) for _, each in terms))
            if not species.getHasOnlySubstanceUnits():
                total = combined(_divided, total, named(species.getCompartment()))
            rates[name] = total
        for rule in model.getListOfRules():
            if rule.isRate():
                rates[rule.getVariable()] = self.formula(rule, f"Rate rule of '{rule.getVariable()}'")
        return rates


def _weighted(weights: list[float]) -> Callable[..., Any]:
    return lambda *values: sum(w * x for w, x in zip(weights, values, strict=True))


def _times(x: Any, y: Any) -> Any:
    return x * y


def _divided(x: Any, y: Any) -> Any:
    return x / y
