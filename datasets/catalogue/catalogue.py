"""All drugs, conditions and instruments that a folder of trials may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import final

from windup.datasets.catalogue.condition import Condition, PlaceboGroup, Procedure
from windup.datasets.catalogue.drug import Action, Drug, Substance
from windup.datasets.catalogue.instrument import Instrument
from windup.datasets.catalogue.outside_class import OutsideClass
from windup.datasets.dictionary.usage import ANY_INSTRUMENT, kind_of

NO_DRUG = ("placebo", "none", "other")
"""Words of the column ``drug`` that are no drug: placebo, no treatment, a treatment of no class."""


@final
@dataclass(frozen=True)
class Catalogue:
    """What the words of the tables of trials stand for, in the order of the tables.

    Attributes
    ----------
    drugs, substances, actions
        Rows of ``drugs.csv``, ``substances.csv``, ``actions.csv``.
    conditions, placebo_groups
        Rows of ``conditions.csv``, ``placebo_groups.csv``.
    instruments
        Rows of ``instruments.csv``.
    outside_classes
        Rows of ``outside_classes.csv``: treatments that no model has a mechanism for.
    procedures
        Rows of ``procedures.csv``: operations that take the cause of pain away.
    """

    drugs: tuple[Drug, ...]
    substances: tuple[Substance, ...]
    actions: tuple[Action, ...]
    conditions: tuple[Condition, ...]
    placebo_groups: tuple[PlaceboGroup, ...]
    instruments: tuple[Instrument, ...]
    outside_classes: tuple[OutsideClass, ...] = ()
    procedures: tuple[Procedure, ...] = ()

    def drug(self, name: str) -> Drug:
        """The drug of a name; KeyError where there is none."""
        return self.drug_by_name[name]

    @cached_property
    def drug_by_name(self) -> Mapping[str, Drug]:
        """Drugs by the word of the tables."""
        return {drug.name: drug for drug in self.drugs}

    @cached_property
    def condition_by_name(self) -> Mapping[str, Condition]:
        """Conditions by the word of the tables."""
        return {condition.name: condition for condition in self.conditions}

    @cached_property
    def instrument_by_name(self) -> Mapping[str, Instrument]:
        """Instruments by the word of the tables."""
        return {instrument.name: instrument for instrument in self.instruments}

    @cached_property
    def outside_class_by_name(self) -> Mapping[str, OutsideClass]:
        """Classes of treatments outside the models by the word of the tables."""
        return {each.name: each for each in self.outside_classes}

    @cached_property
    def procedure_by_name(self) -> Mapping[str, Procedure]:
        """Procedures that take a cause away, by the word of the tables."""
        return {each.name: each for each in self.procedures}

    @property
    def without_dose(self) -> tuple[str, ...]:
        """Words of the column ``drug`` whose rows have no dose: no drug, a class, a procedure."""
        return (*NO_DRUG, *self.outside_class_by_name, *self.procedure_by_name)

    @property
    def links(self) -> tuple[str, ...]:
        """Links of other instruments with 0-10, in the order of the table."""
        return tuple(dict.fromkeys(each.link for each in self.instruments if each.link))

    @property
    def links_of_attacks(self) -> tuple[bool, ...]:
        """Whether each of the links is one of attacks or menses."""
        of_attacks = {each.link for each in self.instruments if each.of_attacks}
        return tuple(link in of_attacks for link in self.links)

    @property
    def chronic_conditions(self) -> tuple[str, ...]:
        """Conditions in which a weekly mean of pain means something."""
        return tuple(condition.name for condition in self.conditions if condition.chronic)

    @property
    def episodic_conditions(self) -> tuple[str, ...]:
        """Conditions in which pain comes in attacks or menses."""
        return tuple(condition.name for condition in self.conditions if condition.episodic)

    def pain_counts(self, condition: str, scale: str) -> bool:
        """Whether pain on a scale means something in a condition.

        A weekly mean does in chronic pain, and the pain of attacks, or how many there are, in episodic pain.
        An empty or unknown condition has its own fault.
        """
        known, instrument = self.condition_by_name.get(condition), self.instrument_by_name.get(scale)
        of_attacks = instrument is not None and instrument.of_attacks
        return known is None or (known.episodic if of_attacks else known.chronic)

    @property
    def dose_columns(self) -> tuple[str, ...]:
        """Names under which a model finds the doses of every drug."""
        return tuple(dict.fromkeys(column for drug in self.drugs for column in drug.dose_columns))

    @property
    def treatments(self) -> tuple[str, ...]:
        """Every word that the column ``drug`` may hold."""
        return (*NO_DRUG, *self.drug_by_name, *self.outside_class_by_name, *self.procedure_by_name)

    def kind_of(self, outcome: str, scale: str) -> str:
        """Likelihood that a row of ``observations.csv`` belongs to, ``''`` when the fit has none for it.

        Parameters
        ----------
        outcome, scale
            As in that table.
        """
        instrument = self.instrument_by_name.get(scale)
        return kind_of(outcome, instrument.quantity) if instrument is not None else ""

    def link_of(self, scale: str) -> str:
        """Link of the instrument of a row, ``''`` where it is read as it is."""
        instrument = self.instrument_by_name.get(scale)
        return instrument.link if instrument is not None else ""

    def told_on(self, scale: str) -> str:
        """Instrument of a row as far as it tells two facts apart.

        It is the link of the scale, ``''`` where pain is read as it is, and `ANY_INSTRUMENT` of a
        standardised difference.
        """
        instrument = self.instrument_by_name.get(scale)
        standardised = instrument is not None and instrument.quantity == "standardised_pain"
        return ANY_INSTRUMENT if standardised else self.link_of(scale)

    def joined(self, more: Catalogue) -> Catalogue:
        """This catalogue and the rows of another one."""
        return Catalogue(
            self.drugs + more.drugs,
            self.substances + more.substances,
            self.actions + more.actions,
            self.conditions + more.conditions,
            self.placebo_groups + more.placebo_groups,
            self.instruments + more.instruments,
            self.outside_classes + more.outside_classes,
            self.procedures + more.procedures,
        )
