"""What labels of treatments stand for: as the map says, or by a name of the catalogue without a dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from windup.datasets.aggregates.reading.mapping import AggregateMap, Cells
from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.trial_columns import other_names, trial_tables
from windup.datasets.files.errors import Fault, close_to

_DOSE = ("dose_per_administration", "dose_low", "dose_high")
_NO_DOSE = ("not stated", "not convertible")
_CONTROLS = ("placebo", "none")


@final
@dataclass(frozen=True)
class Treatment:
    """What an arm received.

    Attributes
    ----------
    name
        Its label, as the map spells it.
    phases
        Cells of ``dosing.csv``, one mapping for each drug and phase.
    place
        Table of the map that says so; ``''`` where it was guessed or is not known.
    known
        Whether it is known at all.
    """

    name: str
    phases: tuple[Cells, ...]
    place: str = ""
    known: bool = True

    @property
    def is_control(self) -> bool:
        """Whether it is placebo or no treatment."""
        return self.known and all(phase.get("drug") in _CONTROLS for phase in self.phases)


@final
class Treatments:
    """Treatments by the labels of a file.

    Parameters
    ----------
    told
        The map.
    catalogue
        Words of the column ``drug``.

    Attributes
    ----------
    guessed
        Word of the column ``drug`` by each label that the map does not have and the catalogue does.
    """

    def __init__(self, told: AggregateMap, catalogue: Catalogue) -> None:
        self._told, self._catalogue = told, catalogue
        self.guessed: dict[str, str] = {}
        self._unknown: dict[str, tuple[int, str, int]] = {}
        self._without_dose: dict[str, str] = {}
        columns = {column.name: column for column in trial_tables(catalogue)["dosing.csv"]}
        self._drugs = columns["drug"]
        free = set(catalogue.without_dose) - {"other"}
        others = (*other_names(catalogue.outside_classes), *other_names(catalogue.procedures))
        self._words = {other.casefold(): word for other, word in others}
        self._words |= {word.casefold(): word for word in free}

    def treatment_of(self, study: str, label: str, line: int, column: str) -> Treatment:
        """What a label of a study stands for; one that is not known is remembered.

        Parameters
        ----------
        study, label
            As they stand in the file.
        line, column
            Where that is.
        """
        if (told := self._told.treatment_of(study, label)) is not None:
            name, phases = told
            own = (study, name) in self._told.treatments and self._told.treatments[study, name] is phases
            place = f'study."{study}".treatment."{name}"' if own else f'treatment."{name}"'
            self._look_for_dose(place, phases)
            return Treatment(name, phases, place)
        word = self._words.get(label.casefold())
        if word is not None:
            self.guessed[label] = word
            return Treatment(word, ({"drug": word},))
        first, where, count = self._unknown.get(label, (line, column, 0))
        self._unknown[label] = (min(line, first), where, count + 1)
        return self._stand_in(label)

    def _stand_in(self, label: str) -> Treatment:
        """What stands for it meanwhile, so that other cells can be checked, its dose in the map included."""
        given = [phase for phase in self._told.treatments.get(("", label), ()) if phase.get(_DOSE[0])]
        if not given:
            return Treatment(label, ({"drug": "none"},), known=False)
        drug = next(iter(self._catalogue.drug_by_name))
        phases = tuple({**phase, "drug": drug} for phase in given)
        return Treatment(label, phases, f'treatment."{label}"', known=False)

    def _look_for_dose(self, place: str, phases: tuple[Cells, ...]) -> None:
        for phase in phases:
            drug = phase.get("drug", "")
            given = any(phase.get(name) for name in _DOSE) or phase.get("dose_how") in _NO_DOSE
            if drug in self._catalogue.drug_by_name and not given:
                self._without_dose[place] = drug

    def faults(self, file: str) -> list[Fault]:
        """One fault for each label that is not known, and for each drug without a dose.

        Parameters
        ----------
        file
            Name of the file of the labels.
        """
        faults = []
        wrong = " ".join(fault.column for fault in self._told.faults)
        for label, (line, column, count) in self._unknown.items():
            if f'treatment."{label}" drug' in wrong:
                # The map has the label, and its drug is a fault already.
                continue
            rows = "1 row" if count == 1 else f"{count} rows"
            close = close_to(label, self._drugs.allowed, self._drugs.other_names)
            meant = close.removeprefix("Did you mean ").removesuffix("?")
            drug = f"drug = {meant}," if close else "its drug,"
            remedy = f'Write [treatment."{label}"] in the map, with {drug} and its dose where it has one.'
            found = f"The map does not say what the treatment '{label}' is ({rows})."
            faults.append(Fault(file, line, column, found, remedy))
        for place, drug in self._without_dose.items():
            found = f"The drug '{drug}' has no dose, and a dose is never guessed."
            remedy = 'Write dose_per_administration and dose_unit, or dose_how = "not stated".'
            faults.append(Fault(self._told.name, 0, place, found, remedy))
        return faults
